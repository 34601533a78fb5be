package fault_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"sagalab/pkg/fault"
)

// A proxy in front of a service loses the replies of some purchases. The service
// has acted on them, which the client cannot know.
func Example() {
	acted := 0
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		acted++
		w.WriteHeader(http.StatusCreated)
	}))
	defer service.Close()
	proxy, err := fault.NewProxy(fault.Service{Address: service.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proxy.Close()

	plan := fault.Plan{Seed: 7, Windows: []fault.Window{{To: time.Minute, Fault: fault.DropReply, Probability: 0.3}}}
	if err := proxy.Start(plan, time.Now()); err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range []string{"order-1", "order-2", "order-3", "order-4"} { // the same seed takes the same ones
		resp, err := http.Post(proxy.URL()+"/purchase", "application/json", strings.NewReader(`{"idempotency_key": "`+key+`"}`))
		if err != nil {
			fmt.Println(key, "no reply")
			continue
		}
		resp.Body.Close()
		fmt.Println(key, resp.StatusCode)
	}
	fmt.Println("the service acted on", acted)
	fmt.Println("faults:", proxy.Counts().Faults)
	// Output:
	// order-1 no reply
	// order-2 no reply
	// order-3 no reply
	// order-4 201
	// the service acted on 4
	// faults: map[drop_reply:3]
}

// A client marks its attempts at a purchase of a service that has another contract.
func ExampleAttemptMark() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Printf("%s %s, mark %q\n", r.Method, r.URL, r.Header.Get(fault.AttemptHeader))
	}))
	defer service.Close()
	proxy, err := fault.NewProxy(fault.Service{Address: service.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proxy.Close()
	plan := fault.Plan{Windows: []fault.Window{{To: time.Minute, Fault: fault.Duplicate, Probability: 1}}}
	if err := proxy.Start(plan, time.Now()); err != nil {
		fmt.Println(err)
		return
	}

	req, err := http.NewRequest(http.MethodPut, proxy.URL()+"/api/orders/7", strings.NewReader("item=1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	mark := fault.AttemptMark{Key: "order 7", Number: 1}
	req.Header.Set(fault.AttemptHeader, mark.String())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println("faults:", proxy.Counts().Faults)
	// Output:
	// PUT /api/orders/7, mark ""
	// PUT /api/orders/7, mark ""
	// faults: map[duplicate:1]
}

func ExampleParsePlan() {
	plan, err := fault.ParsePlan([]byte(`{"seed": 7, "windows": [
	  {"from": "2s", "to": "5s", "fault": "drop_reply", "probability": 0.3},
	  {"from": "5s", "to": "6s", "fault": "unavailable", "retry_after": "1s"}]}`))
	fmt.Println(len(plan.Windows), plan.Windows[0].Probability, plan.Windows[1].Probability, err)
	text, err := json.Marshal(plan)
	fmt.Println(string(text), err)
	// Output:
	// 2 0.3 1 <nil>
	// {"seed":7,"windows":[{"from":"2s","to":"5s","fault":"drop_reply","probability":0.3},{"from":"5s","to":"6s","fault":"unavailable","probability":1,"retry_after":"1s"}]} <nil>
}

func ExamplePlan_Validate() {
	plan := fault.Plan{Windows: []fault.Window{
		{From: 2 * time.Second, To: time.Second, Fault: fault.DropReply, Probability: 1},
		{To: time.Second, Fault: fault.WireDown, Probability: 0.3},
	}}
	fmt.Println(plan.Validate())
	// Output:
	// fault plan: windows[0] (drop_reply): to is 1s, want later than from, 2s
	// fault plan: windows[1] (wire_down): probability is 0.3, want 1: this fault takes all or nothing
}

func ExampleEvery() {
	for _, w := range fault.Every(5*time.Second, time.Second, 10*time.Second, fault.Stall) {
		fmt.Println(w.From, w.To, w.Fault, w.Probability)
	}
	// Output:
	// 4s 5s stall 1
	// 9s 10s stall 1
}
