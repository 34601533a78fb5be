package figure

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// storm is how a made-up service and its clients fare when a fault of two seconds
// hits them: 40 users, a service that answers at most perTenth attempts of each
// tenth of a second and lets the others time out, and clients that retry at once.
type storm struct {
	name     string
	perTenth int
	attempts int64 // of a purchase, at most
	budget   bool  // no retries of more than a fifth of the last second's attempts
}

var fault = []Span{{From: 3 * time.Second, To: 5 * time.Second, Label: "service answers 503"}}

// user is a virtual user: what it does next, and when.
type user struct {
	at  time.Duration
	op  runs.Operation
	num int64
}

// stage makes the storm up, the same one at every call.
func (s storm) stage() runs.Stage {
	random := rand.New(rand.NewPCG(1, uint64(s.attempts)+uint64(len(s.name))))
	out := runs.Stage{Info: runs.Info{Stage: s.name, State: runs.Complete, Started: began}}
	users := make([]user, 40)
	for i := range users {
		users[i].at = time.Duration(random.IntN(150)) * time.Millisecond
	}
	for n := 0; ; {
		u := &users[0]
		for i := range users {
			if users[i].at < u.at {
				u = &users[i]
			}
		}
		if u.at > 10*time.Second {
			return out
		}
		if u.num == 0 {
			u.op = runs.Operation{Stage: s.name, Index: int64(n), Key: fmt.Sprintf("run-%s-%06x", s.name, n*40503%0xffffff), StartTS: began.Add(u.at)}
			n++
		}
		u.num++
		a := s.answer(out.Attempts, u, random)
		out.Attempts = append(out.Attempts, a)
		end := u.at + time.Duration(a.LatencyMS*1e6)
		wait := time.Duration(random.IntN(15)*int(u.num)) * time.Millisecond
		if a.Reason == "" || u.num == s.attempts || s.budget && retries(out.Attempts, u.at) > .2 {
			o := u.op
			o.EndTS, o.Attempts, o.Status, o.Reason, o.Outcome = began.Add(end), u.num, a.Status, a.Reason, purchase.Unknown
			if o.Success = a.Reason == ""; o.Success {
				o.Outcome = purchase.OK
			}
			o.LatencyMS = float64(o.EndTS.Sub(o.StartTS)) / 1e6
			out.Operations = append(out.Operations, o)
			u.num, wait = 0, time.Duration(100+random.IntN(100))*time.Millisecond
		}
		u.at = end + wait
	}
}

func (s storm) answer(sent []runs.Attempt, u *user, random *rand.Rand) runs.Attempt {
	a := runs.Attempt{Stage: s.name, Index: u.op.Index, Number: u.num, Key: u.op.Key, StartTS: began.Add(u.at), Sent: true}
	recent := 0
	for i := len(sent) - 1; i >= 0 && a.StartTS.Sub(sent[i].StartTS) < 100*time.Millisecond; i-- {
		recent++
	}
	switch {
	case u.at >= fault[0].From && u.at < fault[0].To:
		a.Status, a.Reason, a.LatencyMS = 503, "http_503", 2+random.ExpFloat64()
	case recent > s.perTenth:
		a.Class, a.Reason, a.LatencyMS = "timeout", "timeout", 60
	default:
		a.Status, a.LatencyMS = 201, 8+8*random.ExpFloat64()
	}
	return a
}

// retries is the share of retries in the last second's attempts.
func retries(sent []runs.Attempt, at time.Duration) float64 {
	n, again := 0, 0
	for i := len(sent) - 1; i >= 0 && began.Add(at).Sub(sent[i].StartTS) < time.Second; i-- {
		if n++; sent[i].Number > 1 {
			again++
		}
	}
	return float64(again) / float64(max(n, 1))
}

// storms is one without and one with a budget of retries, made up once.
var storms = sync.OnceValue(func() []runs.Stage {
	return []runs.Stage{
		storm{name: "no-budget", perTenth: 31, attempts: 8}.stage(),
		storm{name: "budget-20%", perTenth: 31, attempts: 8, budget: true}.stage(),
	}
})

// crowdedStorms is eight stages of unlike rates, some of which end early.
func crowdedStorms() (stages []runs.Stage) {
	for i, name := range []string{"light", "medium", "heavy", "checkout-during-sale", "retry-storm-after-outage-2", "f", "WWWWWWWWWWWWWWWWWWWW", "重い"} {
		s := storms()[i%2]
		s.Stage = name
		end := began.Add(time.Duration(12+i*7%8) * 700 * time.Millisecond)
		other := func(index int64, t time.Time) bool { return int(index)%8 > i || t.After(end) }
		s.Operations = slices.DeleteFunc(slices.Clone(s.Operations), func(o runs.Operation) bool { return other(o.Index, o.EndTS) })
		s.Attempts = slices.DeleteFunc(slices.Clone(s.Attempts), func(a runs.Attempt) bool { return other(a.Index, a.StartTS) })
		stages = append(stages, s)
	}
	return stages
}

// mixed is purchases that end in every way, and one that is alone in its stage.
func mixed() []runs.Stage {
	type tries []runs.Attempt
	answer := func(after, latency float64, status int64, reason string) runs.Attempt {
		return runs.Attempt{WaitMS: after, LatencyMS: latency, Status: status, Reason: reason, Sent: true}
	}
	broken := func(after, latency float64, class string, sent bool) runs.Attempt {
		return runs.Attempt{WaitMS: after, LatencyMS: latency, Class: class, Reason: class, Sent: sent}
	}
	replayed := answer(2000, 25, 200, "")
	replayed.Replayed = true
	anew := answer(2000, 180, 201, "")
	anew.Key = "another-key"
	make := func(name string, all ...tries) runs.Stage {
		s := runs.Stage{Info: runs.Info{Stage: name, Started: began}}
		for i, list := range all {
			o := runs.Operation{Stage: name, Index: int64(i), Key: fmt.Sprintf("0192-%s-%x", name, 0xa1b2c3+i*7919), StartTS: began, Attempts: int64(len(list))}
			for j, a := range list {
				o.LatencyMS += a.WaitMS
				a.Index, a.Number, a.StartTS = o.Index, int64(j+1), began.Add(time.Duration(o.LatencyMS*1e6))
				a.Key = cmp.Or(a.Key, o.Key)
				o.LatencyMS += a.LatencyMS
				s.Attempts = append(s.Attempts, a)
			}
			s.Operations = append(s.Operations, o)
		}
		return s
	}
	return []runs.Stage{
		make("light",
			tries{answer(0, 320, 503, "http_503"), answer(1000, 300, 503, "http_503"), answer(2000, 120, 201, "")},
			tries{broken(0, 1500, "timeout", true), answer(1000, 40, 409, "in_progress"), replayed},
			tries{broken(0, 1500, "eof", true), answer(1000, 420, 503, "http_503"), anew},
			tries{broken(0, 2, "refused", false), broken(1000, 2, "refused", false), broken(2000, 2, "refused", false)},
			tries{answer(0, 90, 500, "http_500"), answer(1000, 60, 409, "out_of_stock")},
			tries{answer(0, 700, 409, "insufficient_balance")},
			tries{answer(0, 80, 201, "")}),
		make("heavy", tries{answer(0, 900, 503, "http_503"), broken(1000, 2500, "timeout", true), answer(2000, 35, 409, "out_of_stock")}),
	}
}
