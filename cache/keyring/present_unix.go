//go:build unix && !darwin

package keyring

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	ss "github.com/zalando/go-keyring/secret_service"
)

// present reports whether there is a session bus, where godbus will find it: by its variable, or in the user's usual runtime
// directory. Anywhere else godbus would start a stray one that nobody ends.
func present() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return !strings.HasPrefix(address, "autolaunch:")
	}
	dir := filepath.Clean(os.Getenv("XDG_RUNTIME_DIR"))
	if dir != filepath.Join("/run/user", strconv.Itoa(os.Getuid())) {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil
}

// locked reports whether the keyring says that it is locked. To be asked for a secret then, it would raise a window, and
// close it in the face of whoever types as soon as the caller's patience ends.
func locked() bool {
	service, err := ss.NewSecretService()
	if err != nil {
		return false
	}
	property, err := service.GetLoginCollection().GetProperty("org.freedesktop.Secret.Collection.Locked")
	if err != nil {
		return false
	}
	is, _ := property.Value().(bool)
	return is
}
