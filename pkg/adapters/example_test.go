package adapters_test

import (
	"fmt"

	"sagalab/pkg/adapters"
	"sagalab/pkg/purchase"
)

func ExampleParse() {
	const text = `
purchase:
  send: POST /orders
  header: {Idempotency-Key: "{{.Key}}", X-Token: "{{.Var.token}}"}
  json: '{"user": {{json .User}}, "count": {{.Quantity}}}'
  order: order.id
  means:
    - {http: 201, when: {order.status: completed}, is: confirmed}
`
	f, err := adapters.Parse("shop.yaml", []byte(text), map[string]string{"token": "t0ken"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := f.Request(purchase.Call{Purchase: purchase.Request{UserID: 7, ProductID: 1, Quantity: 2, PaymentMethodID: 7}, Key: "k-1", Attempt: 1})
	fmt.Println(r.Path, string(r.Body), r.Headers, err)
	// Output: /orders {"user": "7", "count": 2} [{Idempotency-Key k-1} {X-Token t0ken}] <nil>
}

func ExampleError() {
	_, err := adapters.Parse("shop.yaml", []byte("purchase:\n  send: POST\n  means: [{http: 2xx, is: confirmd}]\nstok: {}\n"), nil)
	fmt.Println(err)
	// Output:
	// shop.yaml:2:9: purchase.send: "POST" is no METHOD with a path, want such as POST /orders
	// shop.yaml:3:27: purchase.means[0].is: "confirmd" is no meaning of an answer, did you mean confirmed?
	// shop.yaml:4:1: stok: "stok" is unknown, did you mean stock?
}
