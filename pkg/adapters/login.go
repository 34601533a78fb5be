package adapters

import (
	"fmt"
	"strings"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// login is how a user logs in.
type login struct {
	request request
	keep    []keeping
}

// readLogin reads the part login of a file.
func (n node) readLogin(all []header) *login {
	l, r := new(login), requestReader{scope: userScope, node: n}
	keeps := false
	n.fields(r.fields(map[string]func(node){
		"send": r.readAddress,
		"keep": func(n node) { keeps, l.keep = true, n.readKeep(userScope, nil) },
	}))
	r.headers = withDefaults(all, r.headers)
	if l.request = r.finish(); !n.isMapping() {
		return l
	}
	if !r.set {
		n.fault("has no send: that says how a user logs in, such as send: POST /sessions")
	}
	if !keeps {
		n.fault("has no keep: that says which values of the answer the purchase needs, such as keep: {token: access_token} for {{.Keep.token}}")
	}
	return l
}

// LoginKeeps returns the names of the values that are kept of the answer to a login, nil without
// a part login.
func (f *File) LoginKeeps() (names []string) {
	if f.login == nil {
		return nil
	}
	for _, k := range f.login.keep {
		names = append(names, k.name)
	}
	return names
}

// Login implements purchase.Authenticator. The error wraps purchase.ErrNotRead when the file has
// no part login.
func (f *File) Login(user purchase.ID) (retry.Request, error) {
	if f.login == nil {
		return retry.Request{}, f.lacks("login")
	}
	var in inputs
	in.call.Purchase.UserID = user
	r, err := f.login.request.build(&in)
	return r, f.in("login", err)
}

// ReadLogin implements purchase.Authenticator: an answer with a status below 400 that has all
// values to keep.
func (f *File) ReadLogin(user purchase.ID, a retry.Attempt) (map[string]string, error) {
	if f.login == nil {
		return nil, f.lacks("login")
	}
	if a.Status >= 400 {
		return nil, f.in("login", fmt.Errorf("HTTP %d: %s", a.Status, clip(strings.TrimSpace(string(a.Body)))))
	}
	var in inputs
	in.call.Purchase.UserID = user
	values, err := valuesOf(f.login.keep, a, &in, true) // whatever their names
	return values, f.in("login", err)
}
