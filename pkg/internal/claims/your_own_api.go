package claims

import (
	"errors"
	"fmt"
	"image/color"
)

// yourOwnAPI is the claims of the sixth notebook. What its loads buy follows from the
// fixture: anna has money for all 150 copies of Moby-Dick, ben for fewer books than he asks
// for.
var yourOwnAPI = []Claim{
	{Section: "Settings", Message: "the settings are valid and a run has begun",
		Check: says(`^Setup complete\. API=http`, `^Policy: 6 attempts, 2s each, waits \[50ms 100ms 200ms\]$`, `^Run: \d{8}-`)},
	{Section: "Settings", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "The first purchases", Message: "an order, a refusal with the same status and bad input are understood",
		Check: says(`^Case=one copy success=true status=201 [^\n]*\n+  understood: confirmed, order B-1$`,
			`^Case=too many success=false status=201 [^\n]*\n+  understood: no_stock, reason no_copies_left, order B-2$`,
			`^Case=no such book success=false status=400 [^\n]*\n+  understood: invalid, reason unknown_book$`)},
	{Section: "Load", Message: "all copies of the one book are sold, and of both books some purchases fail", Check: byBook},
	{Section: "Load", Message: "both reasons of the bookshop are drawn", Figure: "Failures by reason",
		Check: figure("Failures by reason", barsBelow(palette[3], 2))},
	{Section: "Audit", Message: "books and money add up, and only what needs steps of a saga stays unknown",
		Check: all(foundNothing, rule("S1", "holds"), rule("S2", "holds"), rule("B1", "holds"), rule("C1", "holds"), rule("C2", "holds"), rule("C4", "holds"),
			rule("K5", "holds"), rule("T1", "unknown"), rule("T2", "unknown"), rule("T3", "unknown"), rule("T4", "unknown"))},
	{Section: "With faults", Message: "replies were lost, requests arrived twice, and the purchases were retried", Check: lostAndDoubled},
	{Section: "With faults", Message: "nothing was done twice or got lost",
		Check: all(foundNothing, rule("S1", "holds"), rule("C1", "holds"), rule("C2", "holds"), rule("C3", "holds"), rule("C4", "holds"))},
	{Section: "With faults", Message: "purchases are drawn with several attempts each", Figure: "Attempts of single purchases: the 12 with the most attempts",
		Check: figure("Attempts of single purchases: the 12 with the most attempts", curves("faults"))},
	{Section: "The careless shop", Message: "each purchase is answered once, sold or refused", Check: all(answeredOnce, says(`^Setup complete\. API=http\S+/careless$`))},
	{Section: "The careless shop", Message: "more copies were sold than there were, and the audit computes how many",
		Check: all(rule("C1", "violated"), rule("S1", "violated"), says(`^C1 violated: `, `^  first: product \S+ has \d+ pieces? more than its confirmed orders leave: \d+ at first − \d+ in \d+ confirmed orders = -?\d+, but the state says stock \d+ `,
			`^S1 violated: `, `although there was not enough left: 150 pieces of product moby-dick in stock − 151 sold with it = -1 < 0`))},
	{Section: "The careless shop", Message: "the sale of a copy that there was not is drawn as a confirmed one", Figure: "Attempts of the first counterexample to S1",
		Check: figure("Attempts of the first counterexample to S1", func(p Picture) error {
			if _, n := p.extentIn(p.part(dataTop, dataBottom), palette[1]); n < 200 {
				return fmt.Errorf("%d pixels are of a confirmed attempt, want 200 or more", n)
			}
			return nil
		})},
}

// byBook checks the rows of both books, whose ids are texts. A copy that is set aside for
// ben, who cannot pay for it, may be refused to anna at the very end.
func byBook(s Section) error {
	t, err := s.Table("product")
	if err != nil {
		return err
	}
	if t.index("product_id") >= 0 {
		return errors.New("it has a column product_id, and all ids are texts")
	}
	sold := 0.
	for book, most := range map[string]float64{"moby-dick": 150, "walden": 250} {
		r, err := t.Row("stage", "quiet", "product", book, "requests", "300", "unknown", "0")
		if err != nil {
			return err
		}
		v, err := r.numbers("success", "failure")
		if err != nil {
			return err
		}
		if v[0]+v[1] != 300 || v[0] < 140 || v[0] > most {
			return fmt.Errorf("of %s %v are bought and %v are not, want 300 together, and 140 to %v bought", book, v[0], v[1], most)
		}
		sold += v[0]
	}
	got, err := stageLine(s, "quiet")
	if err == nil && (float64(got.success) != sold || got.requests != 600 || got.retries != 0) {
		err = fmt.Errorf("the stage had %d purchases, %d confirmed after %d retries; want 600, the %v of both books, and none", got.requests, got.success, got.retries, sold)
	}
	return err
}

// foundNothing checks that the section's audit has rules that hold and none that is
// violated.
func foundNothing(s Section) error {
	found := summary.FindAllStringSubmatch(s.Text(), -1)
	if len(found) != 1 || found[0][1] == "0" || found[0][2] != "0" {
		return fmt.Errorf("its audits are %q, want one with nothing violated", found)
	}
	return nil
}

// lostAndDoubled checks a stage whose faults take one request in five each: half of that
// at least, so that chance does not decide.
func lostAndDoubled(s Section) error {
	n, err := findNumbers(s, `^Faults: drop_reply (\d+) times, duplicate (\d+) times, in (\d+) requests$`)
	if err != nil {
		return err
	}
	got, err := stageLine(s, "faults")
	if err != nil {
		return err
	}
	if n[0] < .1*n[2] || n[1] < .05*n[2] || got.requests != 600 || got.retries < 60 || got.unknown > 6 {
		return fmt.Errorf("of %.0f requests %.0f lost their reply and %.0f came twice, and %d purchases had %d retries, %d stayed unknown; want 60 or more of each, 600 purchases, and 6 unknown or fewer",
			n[2], n[0], n[1], got.requests, got.retries, got.unknown)
	}
	return nil
}

// answeredOnce checks that the careless shop answered each purchase once, and as the other
// shop does: it sells, and refuses ben.
func answeredOnce(s Section) error {
	got, err := stageLine(s, "careless")
	if err == nil && (got.requests != 600 || got.retries != 0 || got.unknown != 0 || got.success <= 300 || got.failure == 0) {
		err = fmt.Errorf("the stage had %d purchases, %d confirmed, %d not, %d unknown, %d retries; want 600, more than 300 confirmed, some not, no retry", got.requests, got.success, got.failure, got.unknown, got.retries)
	}
	return err
}

// barsBelow checks that a picture has so many horizontal bars of a colour, one below another.
func barsBelow(c color.RGBA, want int) func(Picture) error {
	return func(p Picture) error {
		d := p.data()
		n, inside := 0, false
		for y := d.Min.Y; y < d.Max.Y; y++ {
			wide := 0
			for x := d.Min.X; x < d.Max.X; x++ {
				if p.at(x, y) == c {
					wide++
				}
			}
			if wide > 0 && !inside {
				n++
			}
			inside = wide > 0
		}
		if n != want {
			return fmt.Errorf("%d bars have the colour %v, want %d", n, c, want)
		}
		return nil
	}
}
