package market

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// request is a purchase as it was asked for.
type request struct {
	key                             string
	inHeader                        bool // the key came in the header alone
	user, product, quantity, method int64
	payload                         string // the body without the key, members in the order of their names
	raw                             string // the body as it came
}

// refusal is an error with the status and the code of its problem.
type refusal struct {
	status int
	code   string
}

func (r refusal) Error() string { return r.code }

func (r refusal) answer() answer { return answer{status: r.status, code: r.code} }

var (
	errMalformed = refusal{http.StatusBadRequest, "malformed"}
	digits       = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
)

// body reads a JSON body of at most max bytes.
func body(r *http.Request, max int64) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil, refusal{http.StatusUnsupportedMediaType, "unsupported_media_type"}
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, max+1))
	switch {
	case err != nil:
		return nil, errMalformed
	case int64(len(text)) > max:
		return nil, refusal{http.StatusRequestEntityTooLarge, "too_large"}
	}
	return text, nil
}

// parseRequest reads a purchase.
func parseRequest(r *http.Request) (request, error) {
	text, err := body(r, 64<<10)
	if err != nil {
		return request{}, err
	}
	object, err := parseObject(text)
	if err != nil {
		return request{}, err
	}
	req := request{raw: string(text)}
	for name, to := range map[string]*int64{"user_id": &req.user, "product_id": &req.product,
		"quantity": &req.quantity, "payment_method_id": &req.method} {
		if *to, err = integer(object[name], 1); err != nil {
			return request{}, err
		}
	}
	if err := req.takeKey(r.Header, object); err != nil {
		return request{}, err
	}
	delete(object, "idempotency_key")
	canonical, err := json.Marshal(object)
	req.payload = string(canonical)
	return req, err
}

// takeKey sets the key from the header or the body.
func (req *request) takeKey(h http.Header, object map[string]any) error {
	values := h.Values("Idempotency-Key")
	inBody, isString := object["idempotency_key"].(string)
	if _, given := object["idempotency_key"]; len(values) > 1 || given && !isString {
		return errMalformed
	}
	inHeader := strings.Join(values, "")
	if inHeader != "" && inBody != "" && inHeader != inBody {
		return errMalformed
	}
	req.key, req.inHeader = inBody, inBody == "" && inHeader != ""
	if req.inHeader {
		req.key = inHeader
	}
	if !utf8.ValidString(req.key) || utf8.RuneCountInString(req.key) > 255 || strings.ContainsRune(req.key, utf8.RuneError) {
		return errMalformed
	}
	return nil
}

// parseObject reads a JSON object. Members that come twice and numbers that are not digits alone are malformed.
func parseObject(text []byte) (map[string]any, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errMalformed
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := parseValue(d)
	if err != nil {
		return nil, errMalformed
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errMalformed
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errMalformed
	}
	return object, nil
}

func parseValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return parseMembers(d)
		}
		return parseItems(d)
	case json.Number:
		if !digits.MatchString(t.String()) {
			return nil, errMalformed
		}
	}
	return t, nil
}

func parseMembers(d *json.Decoder) (any, error) {
	object := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if _, twice := object[key]; !ok || twice {
			return nil, errMalformed
		}
		if object[key], err = parseValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

func parseItems(d *json.Decoder) (any, error) {
	items := []any{}
	for d.More() {
		v, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	_, err := d.Token()
	return items, err
}

// integer returns a JSON value that must be an integer of at least least.
func integer(v any, least int64) (int64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, errMalformed
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || i < least {
		return 0, errMalformed
	}
	return i, nil
}
