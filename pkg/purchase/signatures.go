package purchase

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// CheckMethods returns what is wrong with an adapter's methods beside Request and Read, nil
// when nothing is. Go takes one that has the name of an optional method, but another
// signature, for some method that is never called: such a name is an error when a type of
// this package is in its signature, and so is a method that only a pointer to a has.
func CheckMethods(a Adapter) error {
	t := reflect.TypeOf(a)
	if t == nil {
		return nil
	}
	p := t
	if t.Kind() != reflect.Pointer {
		p = reflect.PointerTo(t)
	}
	// each name is a constant: with another one a linker keeps all methods of all types
	for _, m := range []optionalMethod{
		optional[HealthChecker](p.MethodByName("Health")), optional[OrderLister](p.MethodByName("Orders")),
		optional[OrderPager](p.MethodByName("OrdersPage")), optional[OrderReader](p.MethodByName("Order")),
		optional[ProductReader](p.MethodByName("Product")), optional[UserReader](p.MethodByName("User")),
		optional[LedgerLister](p.MethodByName("Ledger")), optional[LedgerPager](p.MethodByName("LedgerPage")),
		optional[VersionReader](p.MethodByName("Version")), optional[FixtureSetter](p.MethodByName("SetFixture")),
		optional[Resetter](p.MethodByName("Reset")), optional[RequestChecker](p.MethodByName("Check")),
		optional[Offerer](p.MethodByName("Offers")), optional[LagDeclarer](p.MethodByName("ReadsLag")),
		optional[SecretKeeper](p.MethodByName("Secrets")),
		optional[Stepper](p.MethodByName("Steps")), optional[ValueKeeper](p.MethodByName("Keep")),
		optional[Poller](p.MethodByName("Poll")), optional[PollTimer](p.MethodByName("PollTimes")),
		optional[Authenticator](p.MethodByName("Login")),
	} {
		switch {
		case !m.there || t.Implements(m.of):
		case p.Implements(m.of):
			return fmt.Errorf("adapter %s: %s is a method of *%v: give a pointer, such as &%v{}", NameOf(a), m.Name, t, t)
		case m.isOurs():
			return fmt.Errorf("adapter %s: %s is %s, which is not that of purchase.%s: it would never be called", NameOf(a), m.Name, m.signature(), m.of.Name())
		}
	}
	return checkSteps(a)
}

// checkSteps returns what is wrong with the steps and the times of an adapter.
func checkSteps(a Adapter) (err error) {
	defer recovered(a, "Steps or PollTimes", &err)
	steps := StepsOf(a)
	if len(steps) > MaxSteps {
		return fmt.Errorf("adapter %s: a purchase has %d steps, want at most %d", NameOf(a), len(steps), MaxSteps)
	}
	for i, name := range steps {
		if name == "" || len(name) > MaxStepName || slices.Contains(steps[:i], name) {
			return fmt.Errorf("adapter %s: step %d is named %q, want a name of its own of 1 to %d bytes", NameOf(a), i+1, name, MaxStepName)
		}
	}
	if t, ok := a.(PollTimer); ok {
		return t.PollTimes().Validate()
	}
	return nil
}

// optionalMethod is a method with the name of one of an optional interface.
type optionalMethod struct {
	reflect.Method
	there bool
	of    reflect.Type
}

// optional returns a method that may be that of I.
func optional[I any](m reflect.Method, there bool) optionalMethod {
	return optionalMethod{m, there, reflect.TypeFor[I]()}
}

// isOurs reports whether a type of this package is in the signature.
func (m *optionalMethod) isOurs() bool {
	for i := 1; i < m.Type.NumIn(); i++ { // after the receiver
		if isOurs(m.Type.In(i)) {
			return true
		}
	}
	for i := range m.Type.NumOut() {
		if isOurs(m.Type.Out(i)) {
			return true
		}
	}
	return false
}

// isOurs reports whether a type, or that of its elements, is of this package.
func isOurs(t reflect.Type) bool {
	if k := t.Kind(); k == reflect.Slice || k == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == reflect.TypeFor[Service]().PkgPath()
}

// signature returns the signature without the receiver.
func (m *optionalMethod) signature() string {
	_, rest, several := strings.Cut(strings.TrimPrefix(m.Type.String(), "func("), ", ")
	if m.Type.NumIn() == 1 || !several {
		_, rest, _ = strings.Cut(m.Type.String(), ")")
		return "func()" + rest
	}
	return "func(" + rest
}
