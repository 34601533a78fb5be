package purchase

import (
	"testing"

	"sagalab/pkg/retry"
)

func TestReadAnswer(t *testing.T) {
	r := Request{UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4}
	for _, tt := range []struct {
		status  int
		class   retry.Class
		body    string
		amount  int64
		differs string
		means   Meaning
	}{
		{201, "", `{"order_id":"o","amount":30,"user_id":1,"product_id":2,"quantity":3,"payment_method_id":4}`, 30, "", MeansConfirmed},
		{200, "", `{"order_id":"o","amount":30,"user_id":2}`, 30, "user_id 2", MeansConfirmed},
		{201, "", `{"payment_method_id":0,"quantity":-1,"product_id":1,"user_id":2}`, 0, "user_id 2, product_id 1, quantity -1, payment_method_id 0", MeansConfirmed},
		{201, "", `{"us\u0065r_id":7,"amount":5}`, 5, "user_id 7", MeansConfirmed},
		{201, "", `{"user_id":"1","quantity":3.5,"product_id":null,"amount":"30"}`, 0, "", MeansConfirmed},
		{201, "", `{"user_id":"2","product_id":"alice","quantity":"4","payment_method_id":""}`, 0, "user_id 2, product_id alice", MeansConfirmed},
		{201, "", `{"order_id":"o","status":"CONFIRMED"}`, 0, "", MeansConfirmed},
		{201, "", `{"order_id":"o","status":"PENDING"}`, 0, "status PENDING", MeansConfirmed},
		{200, "", `{"quantity":4,"status":"CANCELLED"}`, 0, "quantity 4, status CANCELLED", MeansConfirmed},
		{200, "", `{"status":"paid"}`, 0, "", MeansConfirmed},
		{409, "", `{"code":"out_of_stock","status":"PENDING"}`, 0, "", MeansNoStock},
		{201, "", `{}`, 0, "", MeansConfirmed},
		{201, "", `[{"user_id":2,"amount":5}]`, 0, "", MeansUnclear},
		{409, "", `{"code":"out_of_stock","amount":30,"user_id":2}`, 0, "", MeansNoStock},
		{500, "", `{"amount":30,"user_id":2}`, 0, "", MeansUnclear},
		{201, retry.EOF, `{"amount":30,"user_id":2}`, 0, "", MeansUnclear},
	} {
		got := ReadAnswer(r, retry.Attempt{Sent: true, Status: tt.status, Class: tt.class, Body: []byte(tt.body)})
		if got.Amount != tt.amount || got.Differs != tt.differs || got.Meaning != tt.means {
			t.Errorf("HTTP %d %s %s: %+v; want amount %d, differs %q, %s", tt.status, tt.class, tt.body, got, tt.amount, tt.differs, tt.means)
		}
	}
}
