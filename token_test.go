package fob_test

import (
	"testing"

	"github.com/fobkit/fob"
)

func TestOnlyTokensThatOpenDoorsAreShownAtThem(t *testing.T) {
	for kind, want := range map[string]string{"": "Bearer", "Bearer": "Bearer", "DPoP": "DPoP", "N_A": "", "AWS4": ""} {
		if scheme, ok := (fob.Token{Type: kind}).Scheme(); scheme != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", kind, scheme, ok, want)
		}
	}
}
