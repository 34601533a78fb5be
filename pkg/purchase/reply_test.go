package purchase

import (
	"bytes"
	"encoding/json"
	"testing"
)

var answers = []string{
	`{"order_id":"o1","status":"CONFIRMED"}`, ` { "order_id" : "o1" , "amount" : -1.5e+10, "steps":[{"seq":1},{}, [] ,"x"] } ` + "\n",
	`{}`, `{ }`, `[]`, `[1]`, `"order_id"`, `null`, `1`, ``, ` `, `{`, `}`, `{]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{"a":1}}`, `{"a":1}x`,
	`{"code":"out_of_stock","detail":"none left","status":409,"order_id":"x"}`, `{"code":7,"order_id":"x"}`, `{"code":null,"order_id":"x"}`, `{"order_id":{}}`, `{"order_id":["x"]}`,
	`{"ORDER_ID":"x","Code":"y"}`, `{"order_id":"x","ORDER_ID":"y"}`, `{"order_id":"x","order_id":"y"}`, `{"order_id":"x","order_id":null}`, `{"order_id":"a\u0062c"}`, `{"order\u005fid":"x"}`, `{"code":"在庫"}`,
	"{\"code\":\"\xff\"}", "{\"a\":\"\xff\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\n\"}", "{\"\u017f\":1}", "{\"code\":\"x\",\"\u212aode\":\"y\"}", "\v{}", "{}\f", "\u00a0{}",
	`{"n":01}`, `{"n":-}`, `{"n":1.}`, `{"n":.5}`, `{"n":1e}`, `{"n":0.0}`, `{"n":0e1}`, `{"n":-0}`, `{"n":+1}`, `{"n":1E-2}`, `{"n":tru}`, `{"n":true,"m":false,"o":null}`, `{"n":nul}`,
	`{"amount":7,"user_id":1,"product_id":2,"quantity":3,"payment_method_id":4}`, `{"amount":-0,"user_id":9223372036854775807}`, `{"amount":9223372036854775808}`, `{"amount":1.0,"user_id":1e3}`,
	`{"amount":"7","user_id":null,"quantity":{},"product_id":[1]}`, `{"amount":7,"amount":8}`, `{"amount":7,"amount":null}`, `{"Amount":7}`, `{"USER_ID":7,"user_id":8}`, `{"user_id":8,"USER_ID":7}`,
	`{"status":"PENDING"}`, `{"status":"CANCELLED","status":"CONFIRMED"}`, `{"status":"PENDING","status":409}`, `{"status":"COMPENSATING"}`, `{"status":"pending"}`, `{"status":"\u0050ENDING"}`, `{"Status":"PENDING"}`,
	`{"status":["PENDING"]}`, `{"status":"\"PENDING\""}`, `{"status":""}`, `{"status":null}`, `{"status":"CANCELLED","STATUS":null}`,
	`{"user_id":"alice","product_id":"12","payment_method_id":"a\u0062","quantity":"3"}`, `{"user_id":"","product_id":"007","payment_method_id":-9223372036854775808}`,
	`{"order_id":5,"amount":7}`, `{"quantity":01}`, `{"quantity":1_0}`, `{"amount": 7 ,"quantity":2}`, `{"quantity":+1}`,
	`{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"order_id":"deep"}`,
}

// parseWithEncodingJSON is parseReply by encoding/json alone.
func parseWithEncodingJSON(body []byte) reply {
	var answer struct {
		OrderID         string `json:"order_id"`
		Code            Code   `json:"code"`
		Amount          any    `json:"amount"`
		UserID          any    `json:"user_id"`
		ProductID       any    `json:"product_id"`
		Quantity        any    `json:"quantity"`
		PaymentMethodID any    `json:"payment_method_id"`
		Status          any    `json:"status"`
	}
	n := reply{isObject: isObject(body)}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if !json.Valid(body) || d.Decode(&answer) != nil {
		return n
	}
	n.orderID, n.code = answer.OrderID, answer.Code
	for i, v := range []any{answer.Amount, answer.UserID, answer.ProductID, answer.Quantity, answer.PaymentMethodID} {
		if id, is := idOf(v); is && i != amountMember && i != quantityMember {
			n.integers[i] = integer{int64(id), true}
			continue
		}
		number, _ := v.(json.Number)
		if value, err := number.Int64(); err == nil {
			if n.integers[i] = (integer{value, true}); i != amountMember && i != quantityMember {
				n.integers[i].value = int64(NumberID(value))
			}
		}
	}
	if text, _ := answer.Status.(string); text == "PENDING" || text == "COMPENSATING" || text == "CANCELLED" {
		n.unfinished = Status(text)
	}
	return n
}

// idOf returns the ID that a value is when it is a text.
func idOf(v any) (ID, bool) {
	text, is := v.(string)
	id, err := ParseID(text)
	return id, is && err == nil
}

func TestParseReplyAgreesWithEncodingJSON(t *testing.T) {
	fast := 0
	for _, a := range answers {
		if got, want := parseReply([]byte(a)), parseWithEncodingJSON([]byte(a)); got != want {
			t.Errorf("parseReply(%q) = %+v, want %+v", a, got, want)
		}
		if _, ok := parseFast([]byte(a)); ok {
			fast++
		}
	}
	if fast < 21 {
		t.Errorf("%d of %d answers were read by the fast path, want 21 at least", fast, len(answers))
	}
}

func FuzzParseReply(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, want := parseReply(body), parseWithEncodingJSON(body); got != want {
			t.Errorf("parseReply(%q) = %+v, want %+v", body, got, want)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, key := range []string{"", "0198c0de-0000-7000-8000-000000000000", `a"b`, `a\b`, "<&>", "\n", "\x7f", "\u2028", "\xff", "注文"} {
		f.Add(key, int64(1), int64(-2))
	}
	f.Fuzz(func(t *testing.T, key string, a, z int64) {
		r := Request{UserID: NumberID(a), ProductID: NumberID(z), Quantity: a, PaymentMethodID: NumberID(z), IdempotencyKey: "not this one"}
		got := r.Body(key)
		r.IdempotencyKey = key
		if want, err := json.Marshal(r); err != nil || string(got) != string(want) {
			t.Errorf("Body(%q) = %s, want %s (%v)", key, got, want, err)
		}
	})
}
