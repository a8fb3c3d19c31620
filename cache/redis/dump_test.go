package redis_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/redistest"
)

func TestADumpRevealsNothing(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Append: true, Config: []string{"rdbcompression no"}})
	member := join(t, server)
	key := fob.Key{Issuer: "https://login.corp.example", Client: "report-job", Scopes: []string{"reports:read"}}
	grant := fob.GrantFunc(func(context.Context, fob.Token) (fob.Token, error) {
		return fob.Token{Access: canary, ID: canary, Expiry: time.Now().Add(time.Hour), Scopes: key.Scopes}, nil
	})
	cache := fob.Cache{Store: member}
	if _, err := cache.Source(key, grant).Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	lease, err := member.Lease(t.Context(), "held")
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	server.CLI("SAVE")
	found := everything(server)
	if !bytes.Contains(found, []byte(key.Name())) {
		t.Fatal("the dump lacks the record")
	}
	host, _ := os.Hostname()
	for _, secret := range []string{canary, string(keys), "login.corp.example", "report-job", "reports:read", "access=", strconv.Itoa(os.Getpid()) + " " + host} {
		for _, disguise := range []string{secret, hex.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret))} {
			if bytes.Contains(found, []byte(disguise)) {
				t.Errorf("something of %d bytes lies there in the clear", len(secret))
			}
		}
	}
}

// everything is what the server has on its disk and in its memory.
func everything(s *redistest.Server) []byte {
	var all bytes.Buffer
	for _, key := range strings.Fields(s.CLI("KEYS", "*")) {
		all.WriteString(key + "\n")
		if s.CLI("TYPE", key) == "hash" {
			all.WriteString(s.CLI("HGETALL", key))
		} else {
			all.WriteString(s.CLI("GET", key))
		}
	}
	all.Write(s.OnDisk())
	return all.Bytes()
}
