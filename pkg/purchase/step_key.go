package purchase

import "unicode/utf8"

// StepKey returns the key under which a step is sent of a purchase under key: that of the last
// step is the purchase's own, which orders of the service may show, those of the others are
// derived from it. "" stays "".
func StepKey(key, step string, last bool) string {
	if key == "" || last {
		return key
	}
	derived := key + "." + step
	for utf8.RuneCountInString(derived) > MaxKeyLength { // the end of a key differs, its beginning need not
		_, n := utf8.DecodeRuneInString(derived)
		derived = derived[n:]
	}
	return derived
}

// StepsOf returns the steps of a purchase by an adapter, nil for one request.
func StepsOf(a Adapter) []string {
	s, ok := a.(Stepper)
	if !ok {
		return nil
	}
	steps := s.Steps()
	if len(steps) == 1 && steps[0] == "" {
		return nil
	}
	return steps
}
