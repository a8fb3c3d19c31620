//go:build linux

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
	"github.com/fobkit/fob/internal/oauthtest"
)

// dump looks for all that Redis must not know in all that it has on its disk, or had.
func (f *fleet) dump(t *testing.T) {
	f.redis.CLI("SAVE")
	found := f.redis.OnDisk()
	if name := order.Grant(nil).Key().Name(); !bytes.Contains(found, []byte(name)) {
		t.Fatal("the dump lacks the record")
	}
	host, _ := os.Hostname()
	secrets := []string{oauthtest.Canary, string(f.keys), order.Client, order.Scope, order.URL, "127.0.0.1", "access", "Bearer"}
	for _, s := range f.sites {
		address, _, _ := net.SplitHostPort(s.server)
		secrets = append(secrets, s.server, address)
	}
	for _, m := range f.members {
		secrets = append(secrets, fmt.Sprint(m.cmd.Process.Pid, " ", host)) // of a lease
	}
	for i, secret := range secrets {
		for _, disguise := range []string{secret, hex.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret))} {
			if bytes.Contains(found, []byte(disguise)) {
				t.Errorf("secret %d lies there in the clear", i)
			}
		}
	}
	t.Logf("%d bytes on disk hold none of %d secrets", len(found), len(secrets))
}
