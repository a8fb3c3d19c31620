package tier

import (
	"fmt"

	"github.com/fobkit/fob"
)

// checkName is fob.CheckName, less the name of our own note.
func checkName(name string) error {
	if name == noteName {
		return fmt.Errorf("%q is no record name", name)
	}
	return fob.CheckName(name)
}
