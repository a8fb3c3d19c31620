package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// secretService is gnome-keyring with one machine's keyring, on a session bus that starts nothing by itself: no prompter either.
type secretService struct{ conn *dbus.Conn }

const (
	secretsName = "org.freedesktop.secrets"
	secretsPath = "/org/freedesktop/secrets"
	loginPath   = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	secretsType = "org.freedesktop.Secret.Service"
	master      = "pw"

	busConfig = `<busconfig><type>session</type><listen>unix:dir=%s</listen>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`
)

// startSecretService gives m an unlocked keyring until the test ends.
func (m *machine) startSecretService(t *testing.T) *secretService {
	t.Helper()
	need(t, "dbus-daemon", "gnome-keyring-daemon", "secret-tool")
	config := writeFile(t, filepath.Join(t.TempDir(), "bus.conf"), fmt.Appendf(nil, busConfig, t.TempDir()))
	bus := m.command(t, "dbus-daemon", "--config-file="+config, "--nofork", "--print-address")
	m.env["DBUS_SESSION_BUS_ADDRESS"] = startProcess(t, bus, "unix:")
	conn, err := dbus.Connect(m.env["DBUS_SESSION_BUS_ADDRESS"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	owned := make(chan *dbus.Signal, 10)
	conn.Signal(owned)
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, secretsName)); err != nil {
		t.Fatal(err)
	}
	daemon := m.command(t, "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	daemon.Stdin = strings.NewReader(master)
	start(t, daemon)
	for s := range owned {
		if s.Name == "org.freedesktop.DBus.NameOwnerChanged" {
			break
		}
	}
	return &secretService{conn}
}

// start runs cmd until the test ends.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

func (s *secretService) call(t *testing.T, method string, args ...any) *dbus.Call {
	t.Helper()
	call := s.conn.Object(secretsName, secretsPath).CallWithContext(t.Context(), method, 0, args...)
	if call.Err != nil {
		t.Fatal(call.Err)
	}
	return call
}

// lock is what happens when the person leaves the desk.
func (s *secretService) lock(t *testing.T) {
	t.Helper()
	s.call(t, secretsType+".Lock", []dbus.ObjectPath{loginPath})
	if !s.locked(t) {
		t.Fatal("gnome-keyring did not lock its keyring")
	}
}

// unlock is what PAM does when the person is back.
func (s *secretService) unlock(t *testing.T) {
	t.Helper()
	var none dbus.Variant
	password := struct {
		Session           dbus.ObjectPath
		Parameters, Value []byte
		ContentType       string
	}{Parameters: []byte{}, Value: []byte(master), ContentType: "text/plain"}
	if err := s.call(t, secretsType+".OpenSession", "plain", dbus.MakeVariant("")).Store(&none, &password.Session); err != nil {
		t.Fatal(err)
	}
	s.call(t, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword", loginPath, password)
}

func (s *secretService) locked(t *testing.T) bool {
	t.Helper()
	property, err := s.conn.Object(secretsName, loginPath).GetProperty("org.freedesktop.Secret.Collection.Locked")
	if err != nil {
		t.Fatal(err)
	}
	return property.Value().(bool)
}
