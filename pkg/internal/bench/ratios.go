package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// minRounds is how many rounds a set of ratios needs: with fewer their noise is not known.
const minRounds = 3

// ratiosVersion is the version of the file format of Ratios.
const ratiosVersion = 1

// ErrSlower is the error of a run whose ratios are worse than the stored ones by more than the margin.
var ErrSlower = errors.New("slower than the stored ratios")

// Ratios are sagalab's figures of the closed loop, each divided by the baseline's of the same round. They are what a later run is compared
// with: absolute figures depend on the machine and its other work, ratios much less.
type Ratios struct {
	Version  int       `json:"version"`
	Measured time.Time `json:"measured"`
	Machine  Machine   `json:"machine"`
	Closed   []Ratio   `json:"closed"`
}

// Ratio is one figure at one size.
type Ratio struct {
	// Figure is RateFigure, of which more is better, or CPUFigure, of which less is.
	Figure   string `json:"figure"`
	VUs      int    `json:"vus"`
	Requests int64  `json:"requests"`
	// Rounds has the ratio of each round, above 0.
	Rounds []float64 `json:"rounds"`
}

// The figures of a Ratio.
const (
	RateFigure = "req/s"
	CPUFigure  = "CPU per request"
)

// Ratios returns the ratios of a report. Closed is empty when the closed loop was not measured.
func (r Report) Ratios() Ratios {
	ratios := Ratios{Version: ratiosVersion, Measured: r.Started.UTC(), Machine: r.Machine}
	for _, c := range r.Closed {
		if c.Tool == Sagalab {
			ratios.Closed = append(ratios.Closed,
				Ratio{RateFigure, c.VUs, c.Requests, c.RateRatios}, Ratio{CPUFigure, c.VUs, c.Requests, c.CPURatios})
		}
	}
	return ratios
}

// ReadRatios reads a file that Write wrote.
func ReadRatios(path string) (Ratios, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Ratios{}, err
	}
	r, err := parseRatios(text)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return r, err
}

func parseRatios(text []byte) (r Ratios, err error) {
	if err := json.Unmarshal(text, &r); err != nil {
		return Ratios{}, err
	}
	return r, r.Validate()
}

// Validate reports everything that is wrong with r at once.
func (r Ratios) Validate() error {
	var errs []error
	if r.Version != ratiosVersion {
		errs = append(errs, fmt.Errorf("version %d of the ratios is unknown, want %d", r.Version, ratiosVersion))
	}
	if len(r.Closed) == 0 {
		errs = append(errs, errors.New("no ratios"))
	}
	for _, c := range r.Closed {
		if c.Figure != RateFigure && c.Figure != CPUFigure {
			errs = append(errs, fmt.Errorf("%s: no such figure, want %q or %q", c, RateFigure, CPUFigure))
		}
		if len(c.Rounds) < minRounds {
			errs = append(errs, fmt.Errorf("%s: %d rounds, want at least %d", c, len(c.Rounds), minRounds))
		}
		for _, v := range c.Rounds {
			if !(v > 0) || math.IsInf(v, 0) {
				errs = append(errs, fmt.Errorf("%s: a ratio is %v, want it above 0", c, v))
			}
		}
	}
	return errors.Join(errs...)
}

// Write writes r to a file, which ReadRatios reads.
func (r Ratios) Write(path string) error {
	if err := r.Validate(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// String names the figure and the size.
func (r Ratio) String() string {
	return fmt.Sprintf("%s, %d VUs, %d requests", r.Figure, r.VUs, r.Requests)
}

// Change is a ratio beside the stored one.
type Change struct {
	Ratio string `json:"ratio"` // figure and size
	// Before and After are the geometric means of the rounds.
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	// Worse is by what part the ratio got worse: 0.1 is 10 %, below 0 is better. Low and High bound its 95 % confidence interval.
	Worse float64 `json:"worse"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	// Verdict is Slower, Unclear or NotSlower.
	Verdict string `json:"verdict"`
}

// The verdicts of a Change: the interval of Worse is above the margin, on both sides of it, or below it.
const (
	Slower    = "slower"
	Unclear   = "unclear: too much noise"
	NotSlower = "not slower"
)

// Compare compares the ratios after a change with stored ones, for a margin such as 0.1, which is 10 %. Each stored ratio needs one of the
// same figure and size in after. Both must be valid.
//
// Ratios are compared on a logarithmic scale by Welch's interval, whose noise is that of the rounds on both sides.
func (r Ratios) Compare(after Ratios, margin float64) (changes []Change, err error) {
	var missing []error
	for _, before := range r.Closed {
		found := false
		for _, now := range after.Closed {
			if now.String() == before.String() {
				found = true
				changes = append(changes, compareRatio(before, now, margin))
				break
			}
		}
		if !found {
			missing = append(missing, fmt.Errorf("%s was not measured, and the stored ratios have it: they are of another size", before))
		}
	}
	return changes, errors.Join(missing...)
}

func compareRatio(before, after Ratio, margin float64) Change {
	a, b := logs(before.Rounds), logs(after.Rounds)
	meanA, varA := stat.MeanVariance(a, nil)
	meanB, varB := stat.MeanVariance(b, nil)
	worse := meanB - meanA
	if before.Figure == RateFigure {
		worse = -worse
	}
	squareA, squareB := varA/float64(len(a)), varB/float64(len(b))
	reach := 0.0
	if total := squareA + squareB; total > 0 {
		freedom := total * total / (squareA*squareA/float64(len(a)-1) + squareB*squareB/float64(len(b)-1))
		reach = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(.975) * math.Sqrt(total)
	}
	c := Change{
		Ratio: before.String(), Before: math.Exp(meanA), After: math.Exp(meanB),
		Worse: math.Expm1(worse), Low: math.Expm1(worse - reach), High: math.Expm1(worse + reach), Verdict: Unclear,
	}
	switch {
	case c.Low > margin:
		c.Verdict = Slower
	case c.High <= margin:
		c.Verdict = NotSlower
	}
	return c
}

func logs(ratios []float64) []float64 {
	l := make([]float64, len(ratios))
	for i, v := range ratios {
		l[i] = math.Log(v)
	}
	return l
}

// againstStored compares the closed loop with the ratios in o.Against, prints the changes, and returns ErrSlower when one is slower.
func (b *Bench) againstStored(stored Ratios) error {
	ratios := b.Report.Ratios()
	if err := ratios.Validate(); err != nil {
		return fmt.Errorf("the ratios of this run: %w", err)
	}
	changes, err := stored.Compare(ratios, b.Margin)
	b.Report.Changes = changes
	if err != nil {
		return fmt.Errorf("%s: %w", b.Against, err)
	}
	t := table{
		title: fmt.Sprintf("sagalab ÷ net/http, against %s of %s; slower is worse by more than %g %%", b.Against, stored.Measured.Format(time.DateOnly), b.Margin*100),
		head:  []string{"ratio", "stored", "now", "worse by", "95 %", "verdict"}, left: true,
	}
	slower := 0
	for _, c := range changes {
		t.add(c.Ratio, fmt.Sprintf("%.3f", c.Before), fmt.Sprintf("%.3f", c.After), fmt.Sprintf("%+.1f %%", c.Worse*100),
			fmt.Sprintf("%+.1f to %+.1f %%", c.Low*100, c.High*100), c.Verdict)
		if c.Verdict == Slower {
			slower++
		}
	}
	t.print(b.Out)
	if was, is := stored.Machine, b.Report.Machine; was.CPUs != is.CPUs || was.Model != is.Model || was.Go != is.Go {
		fmt.Fprintf(b.Out, "\nThe stored ratios were measured with another machine or version of Go (%s): ratios may differ for that reason.\n", was)
	}
	if slower > 0 {
		return fmt.Errorf("%w: %d of %d, by more than %g %% and the noise of the rounds", ErrSlower, slower, len(changes), b.Margin*100)
	}
	return nil
}
