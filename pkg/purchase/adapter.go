package purchase

import (
	"errors"
	"fmt"
	"time"

	"sagalab/pkg/retry"
)

// Adapter says how a service is asked for a purchase, and what its answers mean. Contract is
// the one for services that implement openapi.yaml. What else a service offers an Adapter
// says by implementing HealthChecker, OrderLister or OrderPager, OrderReader, ProductReader,
// UserReader, LedgerLister or LedgerPager, VersionReader, LagDeclarer, FixtureSetter and
// Resetter, and how it buys otherwise than with one request as a Stepper, a ValueKeeper, a Poller and an
// Authenticator: what it does not implement is not read, and the rules that need it stay unknown.
// CheckMethods finds methods that miss such an interface. An Adapter whose requests have
// secrets elsewhere than in headers with credentials (retry.IsCredential) is a SecretKeeper.
//
// Implementations are safe for concurrent use. A panic in a method that is asked about a
// purchase or about state is an error that names it.
type Adapter interface {
	// Request returns what is sent for a call. It is called anew for each attempt; an error
	// ends the purchase without the attempt.
	Request(c Call) (retry.Request, error)
	// Read says what the answer to a call means. It is called once for each attempt that got
	// a whole answer, of whatever status. The zero Answer means that it is not known what
	// became of the purchase.
	Read(c Call, a retry.Attempt) Answer
}

// Call is one attempt at a purchase.
type Call struct {
	// Purchase is what is bought.
	Purchase Request
	// Key is the idempotency key of the attempt, "" for a purchase without one.
	Key string
	// Attempt counts from 1, the attempts of its step alone; of a poll, the polls.
	Attempt int
	// Poll is true for a poll, which Keep sees as well as the attempts before it.
	Poll bool
	// Step is the name of the step, "" for a purchase of one request.
	Step string
	// Kept are the values that the login and earlier answers said to keep (ValueKeeper), by
	// their names. It must not be changed.
	Kept map[string]string
	// Order is the id of the order that an earlier answer named, "" without one.
	Order string
}

// Stepper is an Adapter of a service at which a purchase takes several requests, such as a
// cart, a payment and an order. The steps are done in order, each with attempts of its own
// under a key of its own; a step is retried, the purchase never. An answer that confirms ends
// a step, that of the last step the purchase. At the first refusal the purchase ends.
type Stepper interface {
	// Steps returns the names of the steps in order: 1 to MaxSteps different ones of at most
	// MaxStepName bytes; nil or one for a purchase of one request.
	Steps() []string
}

// MaxSteps is the most steps of a purchase, MaxStepName the longest name of one, in bytes.
const (
	MaxSteps    = 20
	MaxStepName = 32
)

// ValueKeeper is an Adapter whose later steps and polls need values of earlier answers, such as
// the id of a cart.
type ValueKeeper interface {
	// Keep returns the values to keep of an answer to an attempt or to a poll after which the
	// purchase goes on, by their names: at most MaxKept bytes in all. Those under the name of a
	// secret (IsSecretName) are not recorded. An error ends the purchase.
	Keep(c Call, a retry.Attempt) (map[string]string, error)
}

// MaxKept is the most bytes of the names and values that one purchase keeps.
const MaxKept = 64 << 10

// Poller is an Adapter of a service that accepts a purchase and ends it later: after an answer
// that means MeansPending it is asked what became of the purchase, until an answer settles
// it or PollTimes have passed.
type Poller interface {
	// Poll returns what is sent to ask. An error ends the purchase, whose outcome is unknown.
	Poll(c Call) (retry.Request, error)
	// ReadPoll says what the answer means, as Read does. MeansPending, and all that settles
	// nothing, is asked again.
	ReadPoll(c Call, a retry.Attempt) Answer
}

// PollTimer is a Poller with times of its own.
type PollTimer interface {
	PollTimes() PollTimes
}

// Authenticator is an Adapter of a service at which each user logs in before the first
// purchase, and again when an answer has the status 401.
type Authenticator interface {
	// Login returns what is sent to log a user in.
	Login(user ID) (retry.Request, error)
	// ReadLogin returns the values that the user's calls need (Call.Kept), of which none is
	// recorded. It is called for an answer of whatever status; an error fails the purchase.
	ReadLogin(user ID, a retry.Attempt) (map[string]string, error)
}

// HealthChecker is an Adapter of a service that can be asked whether it is there. Of one
// that is no HealthChecker any answer to a GET of its address says so.
type HealthChecker interface {
	// Health returns what is sent; an answer with a status below 400 is a good one, and may
	// be JSON as Health has it.
	Health() retry.Request
}

// OrderLister is an Adapter of a service that shows all orders.
type OrderLister interface {
	// Orders returns all orders. Members that the service does not show are left zero; of
	// an order that was named in an answer the purchase is known all the same.
	Orders(s Service) ([]Order, error)
}

// OrderPager is an Adapter of a service that shows all orders page by page.
type OrderPager interface {
	// OrdersPage returns the page after a cursor, "" for the first one, of about limit orders.
	OrdersPage(s Service, after string, limit int) (Orders, error)
}

// OrderReader is an Adapter of a service that shows one order.
type OrderReader interface {
	Order(s Service, id string) (Order, error)
}

// ProductReader is an Adapter of a service that shows the stock of a product. A price that it
// does not show is 0.
type ProductReader interface {
	Product(s Service, id ID) (Product, error)
}

// UserReader is an Adapter of a service that shows the balance of a user.
type UserReader interface {
	User(s Service, id ID) (User, error)
}

// LedgerLister is an Adapter of a service that shows all movements of money.
type LedgerLister interface {
	Ledger(s Service) ([]Entry, error)
}

// LedgerPager is an Adapter of a service that shows all movements of money page by page.
type LedgerPager interface {
	// LedgerPage returns the page after a cursor, "" for the first one, of about limit entries.
	LedgerPage(s Service, after string, limit int) (Ledger, error)
}

// VersionReader is an Adapter of a service that says what it is.
type VersionReader interface {
	Version(s Service) (Version, error)
}

// FixtureSetter is an Adapter of a service whose users and products can be set.
type FixtureSetter interface {
	// SetFixture drops all orders and sets users and products. The error wraps ErrNoFixture
	// when the service turns out not to have the call.
	SetFixture(s Service, f Fixture) error
}

// Resetter is an Adapter of a service whose orders can be dropped, and whose users and products
// are those of the service then: unlike those of a FixtureSetter they are not chosen.
type Resetter interface {
	Reset(s Service) error
}

// LagDeclarer is an Adapter of a service of which it is known how late its reads may be.
type LagDeclarer interface {
	// ReadsLag returns what Health.ReadsLag does, of 0 to MaxReadsLag; false when nothing is
	// declared.
	ReadsLag() (time.Duration, bool)
}

// PortableAdapter is an Adapter that another process can make again: of a file, not of a Go
// type. See package adapters.
type PortableAdapter interface {
	Adapter
	// Contents is the text of the file.
	Contents() string
	// String is its name.
	String() string
}

// Portable returns the contents of the file of an adapter, "" for Contract and nil. The error
// says that a Go type is not of a file.
func Portable(a Adapter) (contents string, err error) {
	if _, contract := ContractOf(a); contract {
		return "", nil
	}
	if file, ok := a.(PortableAdapter); ok {
		return file.Contents(), nil
	}
	return "", fmt.Errorf("the adapter %s is a Go type, which exists in this program alone: another process needs a file (`sagalab api new` writes one, adapters.Open reads it)", NameOf(a))
}

// SecretKeeper is an Adapter whose requests have secrets.
type SecretKeeper interface {
	// Secrets returns the values, for retry.Config.Secrets.
	Secrets() []string
}

// SecretsOf returns the secrets of an adapter, nil when it is no SecretKeeper.
func SecretsOf(a Adapter) []string {
	if k, ok := a.(SecretKeeper); ok {
		return k.Secrets()
	}
	return nil
}

// ErrNotRead is wrapped by the errors of reads that a service's Adapter does not offer.
var ErrNotRead = errors.New("the adapter of the service does not read it")

// NameOf returns the name of an adapter: its String method, else its Go type, also where
// String panics.
func NameOf(a Adapter) (name string) {
	defer func() {
		if recover() != nil {
			name = fmt.Sprintf("%T", a)
		}
	}()
	if s, ok := a.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", a)
}

// notRead is the error of a read that an adapter does not offer.
func notRead(a Adapter, what string) error {
	return fmt.Errorf("%s: %w (%s)", what, ErrNotRead, NameOf(a))
}

// recovered makes a panic in an adapter the error err, which names the adapter and the
// method.
func recovered(a Adapter, method string, err *error) {
	if r := recover(); r != nil {
		*err = panicked(a, method, r)
	}
}

// panicked is the error of a panic in an adapter.
func panicked(a Adapter, method string, with any) error {
	return fmt.Errorf("adapter %s: %s panicked: %v", NameOf(a), method, with)
}

// ended makes a panic in a method of the adapter the error err, and removes secrets from it:
// it may name an address that has one.
func (c *Client) ended(method string, err *error) {
	if r := recover(); r != nil {
		*err = panicked(c.adapter, method, r)
	}
	*err = c.http.RedactError(*err)
}
