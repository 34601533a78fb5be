package retry

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Request is what one attempt sends. The zero value is a POST to the address itself without
// a body.
type Request struct {
	// Method is "" for POST.
	Method string
	// Path follows the address of the service: it begins with a slash or a question mark, or
	// is empty, and is escaped.
	Path string
	// Headers are set after those of Config.Header, of which one with the same name is
	// replaced.
	Headers []Header
	// Body is nil for none. Type is its media type, "" for application/json.
	Body []byte
	Type string
	// Secrets are values in it that are not recorded, beside those of Config. Headers with
	// one of them are not remembered as secrets of the Client.
	Secrets *Secrets
}

// Header is a header of a Request.
type Header struct{ Name, Value string }

// Get returns a GET of a path.
func Get(path string) Request { return Request{Method: http.MethodGet, Path: path} }

// PostJSON returns a POST of a value as JSON; the error is that of encoding/json.
func PostJSON(path string, value any) (Request, error) {
	body, err := json.Marshal(value)
	return Request{Path: path, Body: body}, err
}

// PostForm returns a POST of a form.
func PostForm(path string, form url.Values) Request {
	return Request{Path: path, Body: []byte(form.Encode()), Type: "application/x-www-form-urlencoded"}
}

// With returns the request with one more header. A value of "" adds none.
func (r Request) With(name, value string) Request {
	if value != "" {
		r.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], Header{name, value})
	}
	return r
}

// method returns the method, with its default.
func (r Request) method() string {
	if r.Method == "" {
		return http.MethodPost
	}
	return r.Method
}

// Validate reports what is wrong with r, nil when nothing is: what it sends must be a
// request to the service's own address, and no header may add another one.
func (r Request) Validate() error {
	if r.Path != "" && r.Path[0] != '/' && r.Path[0] != '?' {
		return fmt.Errorf("the path %q does not begin with / or ?: it follows the address of the service", r.Path)
	}
	if r.Method != "" && !isToken(r.Method) {
		return fmt.Errorf("%q is not an HTTP method", r.Method)
	}
	for _, h := range r.Headers {
		if h.Name != keyHeader && !isToken(h.Name) {
			return fmt.Errorf("%q is not the name of a header", h.Name)
		}
		if isOfConnection(h.Name) {
			return fmt.Errorf("the header %s cannot be set: it follows from the address and the body", h.Name)
		}
		if i := strings.IndexFunc(h.Value, isControl); i >= 0 {
			return fmt.Errorf("the value of the header %s has the control character %q", h.Name, h.Value[i])
		}
	}
	return nil
}

// isOfConnection reports whether a header follows from the address and the body of a request.
func isOfConnection(name string) bool {
	switch len(name) {
	case len("Host"):
		return strings.EqualFold(name, "Host")
	case len("Connection"):
		return strings.EqualFold(name, "Connection")
	case len("Content-Length"):
		return strings.EqualFold(name, "Content-Length")
	case len("Transfer-Encoding"):
		return strings.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

// isControl reports whether a header's value cannot carry a character.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// isToken reports whether s is a token of HTTP (RFC 9110, 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c > '~' || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// keyHeader is the name of the header with an idempotency key.
const keyHeader = "Idempotency-Key"

// WithKey returns the request with the header Idempotency-Key, where it can carry key as it
// is: HTTP cuts spaces off both ends of a value, forbids control characters, and leaves open
// in which encoding characters outside ASCII are. Else, and with "", it is unchanged.
func (r Request) WithKey(key string) Request {
	if !fitsHeader(key) {
		return r
	}
	return r.With(keyHeader, key)
}

// put makes req, of which the header is its own, the request r to address; the host is that
// of a header Host of Config.Header where resty has set one. The body cannot be rewound:
// net/http would otherwise send a request with an Idempotency-Key a second time by itself
// when a reused connection dies, an attempt without a record.
func (r Request) put(req *http.Request, address *url.URL) {
	req.Method, req.URL, req.Host, req.GetBody = r.method(), address, cmp.Or(req.Host, address.Host), nil
	r.putHeader(req.Header)
	putUser(req, address.User)
	if r.Body == nil && !takesBody(req.Method) {
		req.Body, req.ContentLength = nil, 0
		return
	}
	req.ContentLength = int64(len(r.Body))
	if len(r.Body) == 0 { // of another body with no bytes net/http does not know the length, and sends chunks
		req.Body = http.NoBody
		return
	}
	// a type that net/http treats specially: for others it sends the header first,
	// with a system call of its own
	req.Body = io.NopCloser(bytes.NewReader(r.Body))
}

// putUser sets the header Authorization to the user and password of an address, as net/http
// does, unless there is one.
func putUser(req *http.Request, user *url.Userinfo) {
	if user == nil || req.Header.Get("Authorization") != "" {
		return
	}
	password, _ := user.Password()
	req.SetBasicAuth(user.Username(), password)
}

// putHeader sets the headers of r in the header of a request for JSON.
func (r Request) putHeader(header http.Header) {
	switch {
	case r.Body == nil:
		delete(header, "Content-Type")
	case r.Type != "":
		header["Content-Type"] = []string{r.Type}
	}
	values := make([]string, len(r.Headers))
	for i := range r.Headers {
		values[i] = r.Headers[i].Value
		header[http.CanonicalHeaderKey(r.Headers[i].Name)] = values[i : i+1 : i+1]
	}
}

// takesBody reports whether a request with this method has a body, be it an empty one.
func takesBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}
