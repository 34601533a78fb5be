package explore

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		controls []Control
		says     []string // nil when they are fine
	}{
		{[]Control{Slider("rate", 60, 10, 400), Slider("seconds", 5, 5, 5)}, nil},
		{[]Control{Slider("at both ends", -3, -3, 0), Slider("top", 0, -3, 0)}, nil},
		{nil, []string{"nothing to vary"}},
		{[]Control{Slider("rate", 5, 10, 400)}, []string{`"rate" starts at 5, want 10 to 400`}},
		{[]Control{Slider("rate", 401, 10, 400)}, []string{`"rate" starts at 401, want 10 to 400`}},
		{[]Control{Slider("a", 5, 9, 1), Slider("a", 1, 1, 2), Slider(" ", 1, 1, 2)},
			[]string{"reaches from 9 down to 1", `two sliders are named "a"`, "slider 3 has no name"}},
	} {
		err := validate(c.controls)
		if (err == nil) != (c.says == nil) {
			t.Errorf("%v: %v", c.controls, err)
		}
		for _, part := range c.says {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %v, want %q in it", c.controls, err, part)
			}
		}
	}
}

func TestValues(t *testing.T) {
	v := Values{[]Control{Slider("rate", 60, 10, 400), Slider("seconds", 5, 1, 30)}}
	if v.Int("rate") != 60 || v.Float("rate") != 60 || v.Seconds("seconds") != 5*time.Second || v.String() != "rate = 60, seconds = 5" {
		t.Errorf("the values are %s", v)
	}
	if _, err := v.find("rat"); err == nil || !strings.Contains(err.Error(), `no slider "rat"`) {
		t.Errorf("a name that is none: %v", err)
	}
	moved, err := v.with([]int{400, 1})
	if err != nil || moved.String() != "rate = 400, seconds = 1" || v.String() != "rate = 60, seconds = 5" {
		t.Errorf("moved %s from %s: %v", moved, v, err)
	}
	for _, wrong := range [][]int{nil, {60}, {60, 5, 5}, {401, 5}, {60, 0}} {
		if _, err := v.with(wrong); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
}

func TestOutsideANotebook(t *testing.T) {
	var ran []string
	Run(func(v Values) { ran = append(ran, v.String()) }, Slider("rate", 60, 10, 400))
	if len(ran) != 1 || ran[0] != "rate = 60" {
		t.Errorf("ran with %q, want once with the literal", ran)
	}
}

// person answers each display of the controls with the next of its messages, after a
// second each.
type person struct {
	answers [][]string
	printed []string
	shown   string // what is in place of the controls
	waits   bool   // whether interrupts are taken
	sent    chan string
	stop    chan os.Signal
}

func (p *person) printLine(text string)   { p.printed = append(p.printed, text) }
func (p *person) text(text string)        { p.shown = text }
func (p *person) messages() <-chan string { return p.sent }
func (p *person) interrupts() (<-chan os.Signal, func()) {
	p.waits = true
	return p.stop, func() { p.waits = false }
}

func (p *person) controls(v Values, number int) {
	p.shown = "controls"
	if len(p.answers) == 0 {
		return
	}
	now := p.answers[0]
	p.answers = p.answers[1:]
	go func() {
		for _, a := range now {
			time.Sleep(time.Second)
			if a == "stop" {
				p.stop <- syscall.SIGINT
			} else {
				p.sent <- a
			}
		}
	}()
}

func TestSession(t *testing.T) {
	moves := strings.Split(strings.Repeat("1 moved,", 60)+"1 run 80 5,1 run 90 5", ",")
	for name, c := range map[string]struct {
		answers [][]string
		ran     string
		ends    string
		took    time.Duration
		err     error
	}{
		"no browser":            {nil, "60", "no browser answered", handshake, nil},
		"no click":              {[][]string{{"1 ready"}}, "60", "ended after 30 s without a click", time.Second + IdleTimeout, nil},
		"done":                  {[][]string{{"1 ready", "1 done"}}, "60", "rate = 60, seconds = 5 (1 run; done)", 2 * time.Second, nil},
		"twice, then done":      {[][]string{{"1 ready", "1 run 70 5"}, {"2 ready", "2 done"}}, "60 70", "rate = 70, seconds = 5 (2 runs", 4 * time.Second, nil},
		"a double click":        {[][]string{{"1 ready", "1 run 70 5", "1 run 70 5"}, {"2 ready"}}, "60 70", "without a click", 3*time.Second + IdleTimeout, nil},
		"moving is not waiting": {[][]string{moves}, "60 80", "no browser", 61*time.Second + handshake, nil},
		"nonsense is passed by": {[][]string{{"", "1", "x y", "1 run", "1 run 70", "1 run 9 5", "1 run a 5", "1 done"}}, "60", "done", 8 * time.Second, nil},
		"the stop button":       {[][]string{{"1 ready", "stop"}}, "60", "stopped", 2 * time.Second, errStopped},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &person{answers: c.answers, sent: make(chan string, 100), stop: make(chan os.Signal, 1)}
				var ran []string
				began := time.Now()
				err := session(p, Values{[]Control{Slider("rate", 60, 10, 400), Slider("seconds", 5, 1, 30)}}, func(v Values) {
					ran = append(ran, strings.TrimSuffix(strings.TrimPrefix(v.String(), "rate = "), ", seconds = 5"))
					if p.waits || p.shown == "controls" || p.printed[len(p.printed)-1] != v.String() {
						t.Errorf("while it runs with %s: interrupts taken %v, in place of the controls %q, said %q", v, p.waits, p.shown, p.printed)
					}
				})
				if !errors.Is(err, c.err) || strings.Join(ran, " ") != c.ran || !strings.Contains(p.shown, c.ends) || p.waits {
					t.Errorf("ended with %v after runs at %v, showing %q; want %v, %s, %q", err, ran, p.shown, c.err, c.ran, c.ends)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
				time.Sleep(2 * time.Second) // for the second half of the double click
			})
		})
	}
}

func TestPageHoldsNoLooseNames(t *testing.T) {
	p := &page{id: "p"}
	got := p.html(Values{[]Control{Slider(`</script><b>`, 1, 1, 2)}}, 3)
	if strings.Count(got, "</script>") != 1 || strings.Contains(got, "<b>") || !strings.Contains(got, `"ID":"p-3"`) || strings.Contains(got, "SETTINGS") {
		t.Errorf("the page is %s", got)
	}
}
