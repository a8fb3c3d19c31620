//go:build unix && !darwin

package keyring

import (
	"os"
	"path/filepath"
)

// present reports whether there is a session bus. The library underneath would start a stray one that nobody ends.
func present() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil
}
