package buyers

import (
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

func TestFunc(t *testing.T) {
	f := Func(func(i int) purchase.Request {
		return purchase.Request{UserID: purchase.ID(i), ProductID: 2, Quantity: 1, PaymentMethodID: 1}
	})
	if a, b := f.Buy(1, 5), f.Buy(2, 5); a != b || a.Request.UserID != 5 || a.Keyless || a.SameKeyAs != 0 {
		t.Errorf("Buy = %+v, with another seed %+v", a, b)
	}
	if err := f.Validate(); err == nil || !strings.Contains(err.Error(), "purchase 0 of the function: user_id is 0") {
		t.Errorf("a function whose purchase 0 is not valid: %v", err)
	}
	if err := Func(nil).Validate(); err == nil || !strings.Contains(err.Error(), "nil") {
		t.Errorf("no function: %v", err)
	}
	if r, constant := purchase.Constant(f); constant {
		t.Errorf("a function is constant: %+v", r)
	}
}
