package purchase_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

func ExampleClient_Purchase() {
	attempts := 0
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if attempts++; attempts == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"order_id":"o-1","status":"CONFIRMED"}`)
	}))
	defer service.Close()

	endpoint, err := purchase.ParseEndpoint(service.URL)
	if err != nil {
		panic(err)
	}
	sender, err := retry.New(retry.Config{Policy: retry.Default()})
	if err != nil {
		panic(err)
	}
	defer sender.Close()
	client := purchase.NewClient(endpoint, sender)
	result := client.Purchase(context.Background(), purchase.Request{UserID: 1, ProductID: 1, Quantity: 2, PaymentMethodID: 1})
	fmt.Println(result.Outcome, result.OrderID, len(result.Operation.Attempts))
	// Output: ok o-1 2
}

func ExampleRequest_Validate() {
	fmt.Println(purchase.Request{UserID: 1, ProductID: 1}.Validate())
	// Output:
	// quantity is 0, want an integer of at least 1
}

func ExampleParseEndpoint() {
	e, err := purchase.ParseEndpoint("http://localhost:8000/purchase")
	fmt.Println(e, err)
	_, err = purchase.ParseEndpoint("https://shop.example")
	fmt.Println(err)
	e, err = purchase.ParseEndpoint("https://shop.example", "shop.example")
	fmt.Println(e, err)
	// Output:
	// http://localhost:8000 <nil>
	// API address "https://shop.example": shop.example is not on this machine: if you may put load on it, allow it by name (SAGALAB_ALLOW_HOST=shop.example)
	// https://shop.example <nil>
}
