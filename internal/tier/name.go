package tier

import (
	"fmt"
	"strings"
)

// checkName is the grammar of fob.Store, less the name of our own note: a far store has none of its own, and a near one comes second.
func checkName(name string) error {
	const bytes = "abcdefghijklmnopqrstuvwxyz0123456789._-"
	if name == "" || len(name) > 128 || name[0] < 'a' || name[0] > 'z' || strings.TrimLeft(name, bytes) != "" || name == noteName {
		return fmt.Errorf("%q is no record name", name)
	}
	return nil
}
