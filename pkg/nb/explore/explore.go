// Package explore puts sliders beside the literals of a cell: what the cell runs is
// tried with other numbers by moving a slider and clicking Run, instead of by
// editing. It is a package of its own because only cells that import it should pay
// for linking the way to the browser and back.
//
//	explore.Run(func(v explore.Values) {
//		lab.Load(load.Stage{Name: "try", Rate: load.Constant(v.Float("rate"), v.Seconds("seconds"))}, order)
//	}, explore.Slider("rate", 60, 10, 400), explore.Slider("seconds", 5, 1, 30))
package explore

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// IdleTimeout is how long the controls wait for the next click on Run or movement of a
// slider before the cell ends by itself.
const IdleTimeout = 30 * time.Second

// Headless is the environment variable that, when it is not empty, says that the
// notebook runs without a browser. The kernel of `sagalab run` sets it.
const Headless = "SAGALAB_HEADLESS"

// Control is a number that can be changed while a cell runs.
type Control struct {
	name            string
	value, min, max int
}

// Slider is a control that starts at the literal, and reaches from min to max, both
// included. Its name is the label, and what Values knows it by.
func Slider(name string, literal, min, max int) Control {
	return Control{name, literal, min, max}
}

// validate is what is wrong with the controls, all of it.
func validate(controls []Control) error {
	if len(controls) == 0 {
		return errors.New("there is nothing to vary: give at least one explore.Slider")
	}
	var wrong []error
	seen := map[string]bool{}
	for i, c := range controls {
		switch {
		case strings.TrimSpace(c.name) == "":
			wrong = append(wrong, fmt.Errorf("slider %d has no name: give it one", i+1))
		case seen[c.name]:
			wrong = append(wrong, fmt.Errorf("two sliders are named %q: rename one", c.name))
		}
		seen[c.name] = true
		switch {
		case c.min > c.max:
			wrong = append(wrong, fmt.Errorf("slider %q reaches from %d down to %d: exchange the two", c.name, c.min, c.max))
		case c.value < c.min || c.value > c.max:
			wrong = append(wrong, fmt.Errorf("slider %q starts at %d, want %d to %d", c.name, c.value, c.min, c.max))
		}
	}
	return errors.Join(wrong...)
}

// Values are the numbers of one run. They do not change, so any number of goroutines
// may read them.
type Values struct{ controls []Control }

// Int is the value of the slider with the name. Any other name ends the cell's
// program with a sentence.
func (v Values) Int(name string) int {
	n, err := v.find(name)
	exitOnError(err)
	return n
}

// Float is Int as a float64, for rates.
func (v Values) Float(name string) float64 { return float64(v.Int(name)) }

// Seconds is Int as a number of seconds.
func (v Values) Seconds(name string) time.Duration { return time.Duration(v.Int(name)) * time.Second }

func (v Values) find(name string) (int, error) {
	for _, c := range v.controls {
		if c.name == name {
			return c.value, nil
		}
	}
	return 0, fmt.Errorf("there is no slider %q, only %s: correct the name", name, v)
}

// String is "rate = 60, seconds = 5".
func (v Values) String() string {
	parts := make([]string, len(v.controls))
	for i, c := range v.controls {
		parts[i] = fmt.Sprintf("%s = %d", c.name, c.value)
	}
	return strings.Join(parts, ", ")
}

// with is v at other values, given in the order of the controls.
func (v Values) with(values []int) (Values, error) {
	if len(values) != len(v.controls) {
		return v, fmt.Errorf("%d values came for %d sliders", len(values), len(v.controls))
	}
	moved := make([]Control, len(values))
	for i, c := range v.controls {
		c.value = values[i]
		moved[i] = c
	}
	return Values{moved}, validate(moved)
}

// Run calls f once with the literals. Where a person has the notebook open it then
// shows the controls, and calls f again at every click on Run with what they show,
// until a click on Done, the stop button, or IdleTimeout without either. Headless,
// without a browser that answers, and outside a notebook the one call is all.
//
// Each run's output begins with its values. While f runs, and when the cell has
// ended, there is text in place of the controls, so that a click counts once, a saved
// notebook has no controls that do nothing, and f may exitOnError the program. Interrupting
// f is f's own business: a stage keeps what it has recorded.
//
// Controls that make no sense exitOnError the cell's program with what is wrong with them.
func Run(f func(Values), controls ...Control) {
	exitOnError(validate(controls))
	v := Values{controls}
	if !gonbui.IsNotebook || os.Getenv(Headless) != "" {
		printLine(v.String())
		f(v)
		return
	}
	exitOnError(session(newPage(), v, f))
}

// exitOnError ends the cell's program when err is not nil, with its sentence.
func exitOnError(err error) {
	if err == nil {
		return
	}
	gonbui.Sync()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
