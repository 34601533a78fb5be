package harness

import "testing"

func TestField(t *testing.T) {
	a := Answer{Body: `{"data":{"orders":[{"id":12345678901234567890,"paid":true},null]}}`}
	for path, want := range map[string]string{
		"data.orders.0.id":   "12345678901234567890",
		"data.orders.0.paid": "true",
		"data.orders.1":      "",
		"data.orders.2.id":   "",
		"data.orders.x":      "",
		"data.orders.-1":     "",
		"nothing.at.all":     "",
	} {
		if got := a.Field(t, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
