package adapters

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// stepsOf is a file with a cart, some more members of the step that pays, and more parts.
func stepsOf(pay, more string) string {
	return "steps:\n  - {name: cart, send: POST /carts, keep: {cart: id}}\n  - name: pay\n    means: [{http: 2xx, is: confirmed}, {http: 202, is: pending}]\n" + pay + more
}

func TestFaultsOfStepsAreNamedWhereTheyStand(t *testing.T) {
	const send = "    send: POST /pay\n"
	for _, tt := range []struct{ text, want string }{
		{"steps: {}\n", "shop.yaml:1:8: steps: is a mapping, want a list such as"},
		{"steps: []\n", "shop.yaml:1:8: steps: has no steps"},
		{"steps: [a]\n", "shop.yaml:1:9: steps[0]: is a single value, want a mapping"},
		{"steps: [{send: POST /x, means: [{http: 2xx, is: confirmed}]}]\n", "steps[0]: has no name: that is what tables call the step"},
		{"steps: [{name: a b, send: POST /x, means: [{http: 2xx, is: confirmed}]}]\n", `shop.yaml:1:16: steps[0].name: "a b" is no name of a step`},
		{"steps: [{name: " + strings.Repeat("a", 33) + ", send: POST /x, means: [{http: 2xx, is: confirmed}]}]\n", "want 1 to 32 letters"},
		{"steps: [{name: a, means: [{http: 2xx, is: confirmed}]}]\n", "steps[0]: has no send: that says what the step is"},
		{"steps: [{name: a, send: POST /x}]\n", "steps[0]: has no means"},
		{"steps: [{name: a, send: POST /x, keep: {b: c}, means: [{http: 2xx, is: confirmed}]}]\n", "steps[0].keep: has no use here"},
		{"steps:\n" + strings.Repeat("  - {name: a, send: POST /x}\n", 21), "steps: has 21 steps, want at most 20"},
		{stepsOf(send, "  - {name: cart, send: POST /x, means: [{http: 2xx, is: confirmed}]}\n"), "there are two steps with the name cart"},
		{stepsOf(send, "purchase: {send: POST /x, means: [{http: 2xx, is: confirmed}]}\n"), "shop.yaml:2:3: steps: the file has a purchase, too: want one of them"},
		{stepsOf("    send: POST /carts/{{.Keep.crt}}\n", ""), "shop.yaml:5:11: steps[1].send: {{.Keep.crt}} is kept by no part, did you mean cart?"},
		{stepsOf("    send: POST /carts/{{.Keep.basket}}\n", ""), "{{.Keep.basket}} is kept by no part, want one of cart"},
		{stepsOf(send+"    keep: {cart: id}\n", "  - {name: end, send: POST /x, means: [{http: 2xx, is: confirmed}]}\n"), "shop.yaml:6:12: steps[1].keep.cart: cart is kept by step cart already: give it another name"},
		{stepsOf(send, "login: {send: POST /l, keep: {cart: token}}\n"), "steps[0].keep.cart: cart is kept by login already"},
		{stepsOf("    send: POST /carts/{{.Keep.a}}\n    keep: {a: b}\n", "  - {name: end, send: POST /x, means: [{http: 2xx, is: confirmed}]}\n"), "{{.Keep.a}} has no value here: step pay keeps it, which comes later"},
		{"steps:\n  - {name: a, send: 'POST /{{.Keep.b}}', keep: {c: d}}\n  - {name: e, send: POST /x, means: [{http: 2xx, is: confirmed}]}\n", "{{.Keep.b}} has no value here: no part before keeps one, such as keep: {b: id}"},
		{stepsOf("    send: POST /orders/{{.Order}}\n", ""), "{{.Order}} has no value here, want {{.User}}"},
		{stepsOf("    send: POST /orders/{{.Order}}\n    order: id\n", ""), "or order: in a part before it, which says where an answer names the order"},
		{stepsOf("    send: POST /x\n    keep: {'a b': c}\n", ""), `"a b" is no name of a value`},
		{stepsOf("    send: POST /x\n    keep: {}\n", ""), "keeps nothing"},
		{stepsOf("    send: POST /x\n    keep: {a: {pth: b}}\n", ""), "did you mean path?"},
		{stepsOf("    send: POST /x\n    keep: {a: \"\"}\n", ""), "the path is empty"},
		{stepsOf("    send: POST /x?a={{json .Keep.cart}}\n", ""), "{{json …}} stands in json: only"},
		{stepsOf("    send: POST /x?a={{.Keep}}\n", ""), "{{.Keep}} has no value here"},
		{stepsOf("    send: POST /x?a={{.Keep.NAME}}\n", ""), "{{.Keep.NAME}} is kept by no part"},
		{stepsOf(send, "stock: {get: \"/s/{{.Keep.cart}}\", value: a}\n"), "shop.yaml:6:14: stock.get: {{.Keep.cart}} has no value here: what is kept is of one purchase and its user, and stands in steps, purchase and poll alone"},
		{stepsOf(send, "header: {X-Token: \"{{.Keep.cart}}\"}\n"), "header.X-Token: {{.Keep.cart}} has no value here: what is kept is of one purchase"},
		{stepsOf(send, "login: {send: \"POST /l/{{.Keep.cart}}\", keep: {token: t}}\n"), "login.send: {{.Keep.cart}} has no value here"},
		{stepsOf(send, "login: {send: \"POST /l/{{.Product}}\", keep: {token: t}}\n"), "{{.Product}} has no value here, want {{.User}}"},
		{stepsOf(send, "login: {keep: {token: t}}\n"), "login: has no send: that says how a user logs in"},
		{stepsOf(send, "login: {send: POST /l}\n"), "login: has no keep: that says which values"},
		{stepsOf(send, "login: POST /l\n"), "login: is a single value, want a mapping"},
		{stepsOf(send, "poll: {every: 1s}\n"), "poll: has no get: that says what is asked for"},
		{stepsOf(send, "poll: {get: /x, every: 0s}\n"), "poll.every: 0s is too short, want 1ms"},
		{stepsOf(send, "poll: {get: /x, for: 2h}\n"), "is no duration of 0s to 1h0m0s"},
		{stepsOf(send, "poll: {get: /x, every: 3s, most: 2s}\n"), "the first wait of 3s is longer than the longest one of 2s"},
		{stepsOf(send, "poll: {get: /x, evry: 3s}\n"), "did you mean every?"},
		{stepsOf(send, "poll: {get: \"/x/{{.Order}}\"}\n"), "poll.get: {{.Order}} has no value here"},
		{least("poll: {get: /x}\n"), "poll: nothing would ever be asked after: no rule of means says pending"},
		{"login: {send: POST /l, keep: {token: t}}\n", "has no purchase"},
		{"purchase: {send: \"POST /{{.Keep.tokn}}\", means: [{http: 2xx, is: confirmed}]}\nlogin: {send: POST /l, keep: {token: t}}\n", "{{.Keep.tokn}} is kept by no part, did you mean token?"},
		{"purchase: {send: POST /x, means: [{http: 2xx, is: step_done}]}\n", `"step_done" is no meaning of an answer`},
		// a poll knows what is kept when the first step can be pending
		{"steps:\n  - {name: a, send: POST /a, means: [{http: 202, is: pending}, {http: 201, is: done}]}\n  - {name: b, send: POST /b, keep: {c: d}, order: e, means: [{http: 2xx, is: confirmed}]}\npoll: {get: \"/{{.Keep.c}}\"}\n", "poll.get: {{.Keep.c}} has no value here: step b keeps it, which comes later"},
		{"steps:\n  - {name: a, send: POST /a, means: [{http: 202, is: pending}, {http: 201, is: done}]}\n  - {name: b, send: POST /b, order: e, means: [{http: 2xx, is: confirmed}]}\npoll: {get: \"/{{.Order}}\"}\n", "poll.get: {{.Order}} has no value here"},
		{"steps:\n  - {name: a, send: POST /a, means: [{http: 202, is: pending}, {http: 201, is: done}]}\n  - {name: b, send: \"POST /{{.Keep.c}}\", means: [{http: 2xx, is: confirmed}]}\npoll: {get: /x, keep: {c: d}}\n", "poll alone keeps it. Let the step keep it, too"},
	} {
		if _, err := Parse("shop.yaml", []byte(tt.text), nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\ngave %v\nwant %q", tt.text, err, tt.want)
		}
	}
}

// TestFaultsOfStepsAreNamedOnce, although the names in steps are looked at before they are read.
func TestFaultsOfStepsAreNamedOnce(t *testing.T) {
	_, err := Parse("shop.yaml", []byte("steps:\n  - {name: a, send: POST /x, <<: *b, means: [{is: confirmed}]}\n"), nil)
	if err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), "anchors, aliases and tags") {
		t.Errorf("%v, want one line", err)
	}
}

// TestWhatAFileOffersOfSteps: a purchase of one request has no steps, and neither polls nor
// login where the file has none.
func TestWhatAFileOffersOfSteps(t *testing.T) {
	const one = "purchase: {send: POST /x, means: [{http: 202, is: pending}, {http: 201, is: confirmed}]}\n"
	for text, want := range map[string]struct {
		steps               []string
		poll, login, hinted bool
	}{
		least(""): {}, one: {hinted: true},
		one + "poll: {get: /x}\n":                                      {poll: true, hinted: true}, // 201 alone confirms
		one + "poll: {get: /x, means: [{http: 200, is: confirmed}]}\n": {poll: true},
		"purchase: {send: POST /x, means: [{http: 202, is: pending}, {http: 2xx, is: confirmed}]}\npoll: {get: /x}\n":                            {poll: true},
		least("login: {send: POST /l, keep: {token: t}}\n"):                                                                                      {login: true},
		stepsOf("    send: \"POST /{{.Keep.cart}}\"\n", ""):                                                                                      {steps: []string{"cart", "pay"}, hinted: true},
		least("login: {send: POST /l, keep: {token: t}}\n") + "# 2xx alone":                                                                      {login: true},
		"purchase: {send: POST /x, means: [{http: 4xx, is: refused}]}\nlogin: {send: POST /l, keep: {token: t}}\n":                               {login: true, hinted: true},
		"purchase: {send: POST /x, means: [{http: 401, is: turned_away}, {http: 4xx, is: refused}]}\nlogin: {send: POST /l, keep: {token: t}}\n": {login: true},
		"steps: [{name: a, send: POST /x, means: [{is: confirmed}]}]\n":                                                                          {steps: []string{"a"}},
	} {
		f := parse(t, text, nil)
		if offers := f.Offers(); !slices.Equal(purchase.StepsOf(f), want.steps) || offers.Poll != want.poll || offers.Login != want.login || (len(f.Hints()) > 0) != want.hinted {
			t.Errorf("%s\nhas the steps %v, offers %+v, hints %q; want %+v", text, f.Steps(), offers, f.Hints(), want)
		}
		if err := purchase.CheckMethods(f); err != nil {
			t.Error(err)
		}
	}
	f := parse(t, stepsOf("    send: POST /x\n", "poll: {get: /x, every: 10ms, most: 1s, for: 1m}\n"), nil)
	if got := f.PollTimes(); got != (purchase.PollTimes{First: 10 * time.Millisecond, Most: time.Second, For: time.Minute}) {
		t.Errorf("the times are %+v", got)
	}
}

// TestPendingMeansByPoll: without a poll an answer that is pending is unclear.
func TestPendingMeansByPoll(t *testing.T) {
	const text = "purchase: {send: POST /x, order: id, means: [{http: 202, is: pending}, {http: 201, is: done}]}\n"
	for more, want := range map[string]purchase.Meaning{"": purchase.MeansUnclear, "poll: {get: /x}\n": purchase.MeansPending} {
		f := parse(t, text+more, nil)
		if a := f.Read(purchase.Call{}, attemptOf(202, `{"id":"o-1"}`)); a.Meaning != want || a.OrderID != "o-1" {
			t.Errorf("%s%s: %+v, want %s and the order", text, more, a, want)
		}
		if a := f.Read(purchase.Call{}, attemptOf(201, "")); a.Meaning != purchase.MeansConfirmed {
			t.Errorf("done is %s", a.Meaning)
		}
	}
}

// TestPollsAreReadByRulesOfTheirOwn, where there are any, else by those of the step.
func TestPollsAreReadByRulesOfTheirOwn(t *testing.T) {
	const step = "    send: POST /x\n    order: id\n    amount: total\n"
	answer := attemptOf(200, `{"id":"o-1","total":7,"paid":{"sum":9,"state":"no"}}`)
	for more, want := range map[string]purchase.Answer{
		"poll: {get: \"/{{.Order}}\"}\n":                                               {Meaning: purchase.MeansConfirmed, OrderID: "o-1", Amount: 7},
		"poll: {get: /x, amount: paid.sum}\n":                                          {Meaning: purchase.MeansConfirmed, OrderID: "o-1", Amount: 9},
		"poll: {get: /x, means: [{when: {paid.state: no}, is: refused}]}\n":            {Meaning: purchase.MeansDeclined},
		"poll: {get: /x, order: id, means: [{when: {paid.state: no}, is: pending}]}\n": {Meaning: purchase.MeansPending, OrderID: "o-1"},
		"poll: {get: /x, means: [{http: 404, is: refused}]}\n":                         {},
	} {
		f := parse(t, stepsOf(step, more), nil)
		if got := f.ReadPoll(purchase.Call{Step: "pay"}, answer); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %+v, want %+v", more, got, want)
		}
	}
}

// TestKeep takes values out of bodies and headers, and of several headers of one name.
func TestKeep(t *testing.T) {
	const text = `
steps:
  - name: cart
    send: POST /carts
    means: [{http: 202, is: pending}, {http: 201, is: done}]
    keep:
      id: cart.id
      place: {header: Location, after: /carts/}
      session: {header: Set-Cookie, after: "session=", before: ";"}
      mine: '#(user=="{{.User}}").id'
  - {name: pay, send: "POST /{{.Keep.id}}", means: [{http: 2xx, is: confirmed}]}
poll: {get: /x, keep: {id: data.id, end: at}}
`
	f := parse(t, text, nil)
	call := purchase.Call{Purchase: purchase.Request{UserID: 5}, Step: "cart"}
	a := attemptOf(201, `{"cart":{"id":17}}`)
	a.Header = map[string][]string{"Location": {"/carts/c-1"}, "Set-Cookie": {"lang=en; Path=/", "session=s1; Path=/"}}
	if values, err := f.Keep(call, a); err == nil || !strings.Contains(err.Error(), "shop.yaml: step cart: keep mine: there is none at \"#(user==\\\"…\\\").id\" in the answer: HTTP 201") || values != nil {
		t.Errorf("without one value: %v, %v", values, err)
	}
	a.Status = 202
	if values, err := f.Keep(call, a); err != nil || fmt.Sprint(values) != "map[id:17 place:c-1 session:s1]" {
		t.Errorf("of a pending answer: %v, %v", values, err)
	}
	a.Status, a.Body = 201, []byte(`[{"user":5,"id":9}]`)
	f = parse(t, strings.Replace(text, "cart.id", `"0.id"`, 1), nil)
	if values, err := f.Keep(call, a); err != nil || fmt.Sprint(values) != "map[id:9 mine:9 place:c-1 session:s1]" {
		t.Errorf("of a whole answer: %v, %v", values, err)
	}
	call.Poll = true
	if values, err := f.Keep(call, attemptOf(200, `{"data":{"id":"p"}}`)); err != nil || fmt.Sprint(values) != "map[id:p]" {
		t.Errorf("of a poll: %v, %v", values, err)
	}
}

// TestCallsThatCannotBe: what is missing is an error, and no request.
func TestCallsThatCannotBe(t *testing.T) {
	f := parse(t, stepsOf("    send: POST /{{.Keep.cart}}\n    header: {X-Cart: \"{{.Keep.cart}}\"}\n    order: id\n", "poll: {get: \"/{{.Order}}\"}\n"), nil)
	for want, send := range map[string]func() (retry.Request, error){
		`step pay: path: {{.Keep.cart}} has no value: no answer had it`: func() (retry.Request, error) { return f.Request(purchase.Call{Step: "pay"}) },
		`there is no step "cancel"`:                                     func() (retry.Request, error) { return f.Request(purchase.Call{Step: "cancel"}) },
		`poll: path: {{.Order}} is empty`:                               func() (retry.Request, error) { return f.Poll(purchase.Call{Step: "pay"}) },
		`header X-Cart: {{.Keep.cart}} has the contr`: func() (retry.Request, error) {
			return f.Request(purchase.Call{Step: "pay", Kept: map[string]string{"cart": "a\nb"}})
		},
		`header X-Cart: the value begins or ends`: func() (retry.Request, error) {
			return f.Request(purchase.Call{Step: "pay", Kept: map[string]string{"cart": "a "}})
		},
		"has no part login": func() (retry.Request, error) { return f.Login(1) },
	} {
		if _, err := send(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if a := f.Read(purchase.Call{Step: "cancel"}, attemptOf(200, "{}")); a.Meaning != purchase.MeansUnclear {
		t.Errorf("the answer to no step means %s", a.Meaning)
	}
}
