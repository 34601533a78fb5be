// Package vendure starts Vendure, a shop in TypeScript with a GraphQL API, on SQLite. A purchase takes several mutations in one session,
// whose token the first answer has in the header vendure-auth-token (vendure-steps.yaml); since those of one document are executed in
// order, it can also be one request: Purchase (vendure.yaml). There is no idempotency key. A refusal is answered 200 with an errorCode,
// and leaves an order in the state AddingItems: an abandoned cart.
package vendure

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

//go:embed shop
var embedded embed.FS

// Purchase is the document that buys a quantity of a product variant, in a session of its own unless the request names one. It has the
// variables variant, quantity, key and email; the key becomes the name in the shipping address, which staff can read with the order.
const Purchase = `mutation ($variant: ID!, $quantity: Int!, $key: String!, $email: String!) {
  add: addItemToOrder(productVariantId: $variant, quantity: $quantity) { __typename ... on ErrorResult { errorCode message } }
  customer: setCustomerForOrder(input: {firstName: "A", lastName: "B", emailAddress: $email}) { __typename ... on ErrorResult { errorCode message } }
  address: setOrderShippingAddress(input: {fullName: $key, streetLine1: "1", countryCode: "JP"}) { __typename ... on ErrorResult { errorCode message } }
  shipping: setOrderShippingMethod(shippingMethodId: ["1"]) { __typename ... on ErrorResult { errorCode message } }
  arrange: transitionOrderToState(state: "ArrangingPayment") { __typename ... on ErrorResult { errorCode message } }
  pay: addPaymentToOrder(input: {method: "dummy-payment", metadata: {}}) { __typename ... on ErrorResult { errorCode message } ... on Order { id code state totalWithTax } }
}`

// Start starts the shop on loopback for one test and returns its URL; the APIs are /shop-api and /admin-api. It installs what
// shop/package-lock.json pins, with npm, where that has not been done yet, which compiles SQLite with make and a C++ compiler, and makes
// a database: variants 1 (2 in stock), 2 (none) and 3 (a million) at 400 cents, and the administrator "superadmin" with the password
// "superadmin". Each start has a copy of that database of its own.
func Start(t *testing.T) (url string) {
	t.Helper()
	dir := install(t)
	database := harness.Copy(t, filepath.Join(dir, "seed.sqlite"))
	port := harness.Port(t)
	cmd := exec.Command("node", "serve.js", database, port)
	cmd.Dir = filepath.Join(dir, "shop")
	url = "http://127.0.0.1:" + port
	harness.Run(t, cmd, url+"/health")
	return url
}

// install returns the folder that has the packages, the shop's own files and the database.
func install(t *testing.T) string {
	t.Helper()
	files, err := fs.Sub(embedded, "shop")
	if err != nil {
		t.Fatal(err)
	}
	return harness.Installed(t, "vendure", harness.Pins(t, files, harness.Version(t, "node")), func(dir string) error {
		shop := filepath.Join(dir, "shop")
		if err := os.CopyFS(shop, files); err != nil {
			return err
		}
		if err := harness.Command(shop, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
			return err
		}
		return harness.Command(shop, "node", "seed.js", filepath.Join(dir, "seed.sqlite"))
	})
}

// Administrator logs the administrator in and returns the token of the session, for the header "Authorization: Bearer ".
func Administrator(t *testing.T, url string) string {
	t.Helper()
	query, err := json.Marshal(map[string]string{"query": `mutation { login(username: "superadmin", password: "superadmin") { __typename } }`})
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url+"/admin-api", "application/json", strings.NewReader(string(query)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	token := response.Header.Get("Vendure-Auth-Token")
	if token == "" {
		t.Fatalf("logging in: %s, without a token", response.Status)
	}
	return token
}
