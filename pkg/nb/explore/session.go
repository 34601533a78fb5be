package explore

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// handshake bounds the wait for the first sign of the controls. The kernel takes up
// to 3 s to find that no browser answers.
const handshake = 10 * time.Second

var errStopped = errors.New("stopped while waiting for a click: all runs so far are kept; run this cell again to go on")

// frontend is where the controls are shown.
type frontend interface {
	// printLine adds text to the cell's output.
	printLine(text string)
	// text is shown in place of the controls.
	text(text string)
	// controls shows the sliders at v. The first controls are number 1.
	controls(v Values, number int)
	// messages are "<number> ready", "<number> moved", "<number> run <value>..." and
	// "<number> done", where the number is that of the controls they come from.
	messages() <-chan string
	// interrupts begins to take the stop button's signals until the function is called.
	interrupts() (<-chan os.Signal, func())
}

// session is Run where a browser may be.
func session(p frontend, v Values, f func(Values)) error {
	for number := 1; ; number++ {
		p.text(fmt.Sprintf("Running with %s. The controls are here between runs.", v))
		p.printLine(v.String())
		f(v)
		next, why, err := ask(p, v, number)
		if next == nil {
			p.text(fmt.Sprintf("%s (%s; %s)", v, runs(number), why))
			return err
		}
		v = *next
	}
}

func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs, this was the last", n)
}

// ask shows the controls and waits for the next values; nil, and why, when there are
// none to come.
func ask(p frontend, v Values, number int) (next *Values, why string, err error) {
	interrupts, release := p.interrupts()
	defer release()
	p.controls(v, number)
	patience, timeUp := handshake, "no browser answered"
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-interrupts:
			return nil, "stopped", errStopped
		case <-timer.C:
			return nil, timeUp, nil
		case message := <-p.messages():
			word, values, ok := parse(message, number)
			if !ok {
				continue
			}
			switch word {
			case "done":
				return nil, "done", nil
			case "run":
				if moved, err := v.with(values); err == nil {
					return &moved, "", nil
				}
			}
			patience, timeUp = IdleTimeout, fmt.Sprintf("ended after %.0f s without a click", IdleTimeout.Seconds())
			timer.Reset(patience)
		}
	}
}

// parse reads a message from the controls with the number. A late one from earlier
// controls, such as the second half of a double click, is not ok.
func parse(message string, number int) (word string, values []int, ok bool) {
	fields := strings.Fields(message)
	if len(fields) < 2 || fields[0] != strconv.Itoa(number) {
		return "", nil, false
	}
	for _, f := range fields[2:] {
		n, err := strconv.Atoi(f)
		if err != nil {
			return "", nil, false
		}
		values = append(values, n)
	}
	return fields[1], values, true
}
