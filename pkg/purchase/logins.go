package purchase

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sagalab/pkg/retry"
)

// maxLogins is how many logins are remembered; beyond it all begin anew.
const maxLogins = 1 << 17

// logins are the users that are logged in at a service. The zero value has none; it is safe
// for concurrent use.
type logins struct {
	mu sync.Mutex
	of map[ID]*login

	pollsPass atomic.Bool // a poll was answered otherwise than by 401
}

// login is one user's. Its fields belong to the holder of turn.
type login struct {
	turn    chan struct{} // has a value while one purchase looks at the login, or makes it
	number  int           // of the login, from 1; 0 before the first
	kept    map[string]string
	secrets *retry.Secrets
	failed  error     // of the last attempt to make it, nil when it was made
	begun   time.Time // when that attempt began, for one that failed
}

// get returns the login of a user.
func (l *logins) get(user ID) *login {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.of[user]; known != nil {
		return known
	}
	if l.of == nil || len(l.of) >= maxLogins {
		l.of = map[ID]*login{}
	}
	added := &login{turn: make(chan struct{}, 1)}
	l.of[user] = added
	return added
}

// logIn makes sure that the user of the purchase is logged in, by another login than the one
// that it has used so far. Purchases of one user that need it at once share it, or its error.
func (f *flow) logIn(ctx context.Context, a Authenticator) error {
	l, asked := f.client.logins.get(f.call.Purchase.UserID), time.Now()
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	f.ownLogin = l.number == 0 || l.number == f.login
	switch {
	case f.ownLogin && l.failed != nil && l.begun.After(asked): // tried while this purchase waited
		return l.failed
	case f.ownLogin:
		if err := f.makeLogin(ctx, a, l); err != nil {
			return err
		}
	}
	f.login, f.loginSecrets = l.number, l.secrets.And(f.loginSecrets) // an answer that is replayed has the token of before
	f.secrets = f.loginSecrets.With(f.stepSecrets...)
	return f.keep(l.kept)
}

// makeLogin logs the user in. An error that is due to this purchase alone, such as its deadline, is
// not that of others.
func (f *flow) makeLogin(ctx context.Context, a Authenticator, l *login) error {
	begun := time.Now()
	kept, err := f.sendLogin(ctx, a)
	if err != nil {
		err = fmt.Errorf("login of user %v: %w", f.call.Purchase.UserID, err)
		if l.failed = nil; ctx.Err() == nil {
			l.failed, l.begun = err, begun
		}
		return err
	}
	l.number, l.kept, l.secrets, l.failed = l.number+1, kept, retry.NewSecrets(slices.Collect(maps.Values(kept))...), nil
	return nil
}

// sendLogin logs the user in and returns the values to keep.
func (f *flow) sendLogin(ctx context.Context, a Authenticator) (kept map[string]string, err error) {
	user := f.call.Purchase.UserID
	r, err := f.loginRequest(a, user)
	if err != nil {
		return nil, err
	}
	r.Secrets = r.Secrets.And(credentialsOf(r)) // so that those of many users are not remembered for all
	o := f.client.http.Send(ctx, f.client.endpoint.base, r)
	if len(o.Attempts) == 0 {
		return nil, o.Err
	}
	for _, attempt := range o.Attempts {
		f.other(LoginRequest, attempt, Answer{})
	}
	if last := o.Last(); last.Class != "" {
		err = cmp.Or(o.Err, last.Err)
	} else {
		kept, err = f.readLogin(a, user, last)
	}
	if err != nil {
		f.others[len(f.others)-1].Answer.Reason = "login_failed"
	}
	return kept, err
}

// credentialsOf returns the values of the headers of a request that are credentials.
func credentialsOf(r retry.Request) *retry.Secrets {
	var values []string
	for _, h := range r.Headers {
		if retry.IsCredential(h.Name) {
			values = append(values, h.Value)
		}
	}
	return retry.NewSecrets(values...)
}

// loginRequest asks the adapter what to send; a panic is an error.
func (f *flow) loginRequest(a Authenticator, user ID) (r retry.Request, err error) {
	defer f.client.ended("Login", &err)
	return a.Login(user)
}

// readLogin asks the adapter what an answer says; a panic is an error.
func (f *flow) readLogin(a Authenticator, user ID, answer retry.Attempt) (kept map[string]string, err error) {
	defer f.client.ended("ReadLogin", &err)
	return a.ReadLogin(user, answer)
}
