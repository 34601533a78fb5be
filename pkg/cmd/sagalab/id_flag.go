package main

import "sagalab/pkg/purchase"

// idFlag is an id as the value of a flag.
type idFlag purchase.ID

// String implements pflag.Value: an id that is not given is "".
func (f *idFlag) String() string {
	if *f == 0 {
		return ""
	}
	return purchase.ID(*f).String()
}

// Set implements pflag.Value.
func (f *idFlag) Set(text string) error {
	id, err := purchase.ParseID(text)
	*f = idFlag(id)
	return err
}

// Type implements pflag.Value: --help shows it after the flag.
func (f *idFlag) Type() string { return "id" }
