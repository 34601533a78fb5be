package purchase

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/retry"
)

// keepOf keeps what the adapter says to keep of an answer after which the purchase goes on, and
// removes those that are secrets from what is recorded of it.
func (f *flow) keepOf(call Call, a *retry.Attempt, answer *Answer) error {
	k, ok := f.client.adapter.(ValueKeeper)
	goesOn := answer.Meaning == MeansStepDone || answer.Meaning == MeansPending && f.client.poller != nil
	if !ok || !goesOn {
		return nil
	}
	values, err := f.valuesOf(k, call, *a)
	if err != nil {
		return err
	}
	if f.hide(values) {
		f.secrets.RedactAttempt(a)
		f.redact(answer)
		f.call.Order = withoutSecret(f.call.Order, f.secrets)
	}
	return f.keep(values)
}

// valuesOf asks the adapter what to keep; a panic is an error.
func (f *flow) valuesOf(k ValueKeeper, call Call, a retry.Attempt) (values map[string]string, err error) {
	defer f.client.ended("Keep", &err)
	return k.Keep(call, a)
}

// redact removes secrets that are known now from what was read of an answer before. A text that
// may have been cut within one goes.
func (f *flow) redact(a *Answer) {
	clean := func(text string, most int) string {
		if len(text) > most-utf8.UTFMax {
			return ""
		}
		return f.secrets.Redact(text)
	}
	a.Reason, a.Code = clean(a.Reason, MaxReason), Code(clean(string(a.Code), MaxReason))
	a.OrderID, a.Differs = withoutSecret(a.OrderID, f.secrets), clean(a.Differs, MaxMessage)
	if a.Reason == "" && a.Meaning != MeansStepDone {
		a.Reason = a.Meaning.String()
	}
}

// keep adds values to those for later calls.
func (f *flow) keep(values map[string]string) error {
	if len(values) == 0 {
		return nil
	}
	kept := maps.Clone(f.call.Kept) // calls have the one before
	if kept == nil {
		kept = make(map[string]string, len(values))
	}
	maps.Copy(kept, values)
	size := 0
	for name, value := range kept {
		size += len(name) + len(value)
	}
	if size > MaxKept {
		return fmt.Errorf("the values to keep have %d bytes, want at most %d", size, MaxKept)
	}
	f.call.Kept = kept
	return nil
}

// hide makes those of the values secrets that have the name of one, and reports whether there are
// any that were none before.
func (f *flow) hide(values map[string]string) (more bool) {
	for name, value := range values {
		if value != "" && IsSecretName(name) && !slices.Contains(f.stepSecrets, value) {
			f.stepSecrets, more = append(f.stepSecrets, value), true
		}
	}
	if more {
		f.secrets = f.loginSecrets.With(f.stepSecrets...)
	}
	return more
}

// IsSecretName reports whether a value that is kept under a name is a secret (ValueKeeper): a token,
// or what retry.IsCredential takes for one.
func IsSecretName(name string) bool {
	return strings.Contains(strings.ToLower(name), "token") || retry.IsCredential(name)
}
