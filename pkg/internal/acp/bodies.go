package acp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"sagalab/pkg/purchase"
)

// createBody is what a checkout is created with. Members stand in the order of their names.
type createBody struct {
	Buyer        *buyer      `json:"buyer,omitempty"`
	Capabilities *struct{}   `json:"capabilities,omitempty"`
	Currency     string      `json:"currency,omitempty"`
	Fulfillment  fulfillment `json:"fulfillment_details"`
	Items        []item      `json:"items,omitempty"`
	LineItems    []item      `json:"line_items,omitempty"`
}

type buyer struct {
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

type item struct {
	ID       string `json:"id"`
	Quantity int64  `json:"quantity"`
}

type fulfillment struct {
	Address address `json:"address"`
	Email   string  `json:"email"`
	Name    string  `json:"name"`
}

type address struct {
	City       string `json:"city"`
	Country    string `json:"country"`
	LineOne    string `json:"line_one"`
	Name       string `json:"name"`
	PostalCode string `json:"postal_code"`
	State      string `json:"state"`
}

// updateBody is what a checkout is updated with to choose a fulfillment option.
type updateBody struct {
	Selected []selectedOption `json:"selected_fulfillment_options"`
}

type selectedOption struct {
	Items    []string `json:"item_ids"`
	OptionID string   `json:"option_id"`
	Type     string   `json:"type"`
}

// completeBody is what a checkout is completed with.
type completeBody struct {
	Buyer   *buyer      `json:"buyer"`
	Payment paymentData `json:"payment_data"`
}

type paymentData struct {
	HandlerID  string     `json:"handler_id"`
	Instrument instrument `json:"instrument"`
}

type instrument struct {
	Credential credential `json:"credential"`
	Type       string     `json:"type"`
}

type credential struct {
	Token string `json:"token"`
	Type  string `json:"type"`
}

// standardHandler pays where the checkout names no handler and the settings none.
const standardHandler = "card_tokenized"

// buyerOf returns the buyer that a user is.
func buyerOf(user purchase.ID) *buyer {
	return &buyer{Email: emailOf(user.Text()), FirstName: "Test", LastName: "Buyer"}
}

// emailOf returns an address for a user, another one for each.
func emailOf(user string) string {
	var b strings.Builder
	for i := range len(user) {
		switch c := user[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "-%02x", c)
		}
	}
	return "user-" + b.String() + "@example.com"
}

// createBody returns what a purchase's checkout is created with.
func (a *Adapter) createBody(r purchase.Request) createBody {
	who := buyerOf(r.UserID)
	b := createBody{Buyer: who, Fulfillment: fulfillment{
		Address: address{City: "San Francisco", Country: "US", LineOne: "1 Test Street", Name: "Test Buyer", PostalCode: "94131", State: "CA"},
		Email:   who.Email, Name: "Test Buyer",
	}}
	bought := []item{{r.ProductID.Text(), r.Quantity}}
	if a.settings.items == items {
		b.Items = bought
		return b
	}
	b.LineItems, b.Capabilities, b.Currency = bought, &struct{}{}, a.settings.currency
	return b
}

// choiceOf returns the update that chooses the option that is kept, for the product.
func choiceOf(r purchase.Request, kept map[string]string) updateBody {
	return updateBody{[]selectedOption{{[]string{r.ProductID.Text()}, kept[keptOption], kept[keptType]}}}
}

// completeBody returns what a purchase's checkout is completed with; offered is the handler
// that it names, "" for none.
func (a *Adapter) completeBody(r purchase.Request, offered string) completeBody {
	return completeBody{buyerOf(r.UserID), paymentData{
		cmp.Or(a.settings.handler, offered, standardHandler),
		instrument{credential{a.variables.paymentToken, "spt"}, "card"},
	}}
}

// textOf returns a value as JSON.
func textOf(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
