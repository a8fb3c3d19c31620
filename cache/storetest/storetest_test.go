package storetest_test

import (
	"path/filepath"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/storetest"
)

func TestDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fob")
	storetest.Run(t, func(*testing.T) fob.Store { return fob.Dir(path) })
}

func TestMemory(t *testing.T) {
	m := new(fob.Memory)
	storetest.Run(t, func(*testing.T) fob.Store { return m })
}
