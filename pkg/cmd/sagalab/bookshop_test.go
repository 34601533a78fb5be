package main

import (
	"strings"
	"testing"
)

// TestBookshopRefusesFlagsOfTheReferenceService: it has no database and no defects, and a flag that does nothing misleads.
func TestBookshopRefusesFlagsOfTheReferenceService(t *testing.T) {
	for _, flag := range []string{"--lab", "--db=shop.db", "--defect=oversell", "--trouble=duplicate=1", "--seed=2"} {
		name, _, _ := strings.Cut(flag, "=")
		_, log, code, err := invoke(t, "serve", "--bookshop", "--addr", "nonsense", flag)
		if code != 3 || err == nil || err.Error() != name+" has no effect beside --bookshop: leave one of them out" {
			t.Errorf("serve --bookshop %s ended with %d, %v, %q", flag, code, err, log)
		}
	}
}
