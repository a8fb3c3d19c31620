package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/session"
	"github.com/pelletier/go-toml/v2"
)

func TestSpanIsInTheUnitThatSuitsIt(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 119 * time.Second: "119 s", 2 * time.Minute: "2 min", 599*time.Second + 1: "10 min", 119 * time.Minute: "119 min",
		2 * time.Hour: "2 h", 47 * time.Hour: "47 h", 48 * time.Hour: "2 days", 8760 * time.Hour: "365 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestWhoOneIsIsAsMuchAsTheIDTokenSays(t *testing.T) {
	for claims, want := range map[string]string{
		`{"sub":"s","name":"Ada Lovelace","email":"ada@corp.example"}`:      "Ada Lovelace <ada@corp.example>",
		`{"sub":"s","preferred_username":"ada","email":"ada@corp.example"}`: "ada <ada@corp.example>",
		`{"sub":"s","name":"ada@corp.example","email":"ada@corp.example"}`:  "ada@corp.example",
		`{"sub":"s","email":"ada@corp.example"}`:                            "ada@corp.example",
		`{"sub":"s"}`:                                                       "s",
		`{"name":"\u001b]0;x\u0007\u202egnp\n\u200fAda"}`:                   "]0;xgnp Ada",
		`{}`:         "",
		`[]`:         "",
		`{"sub":17}`: "",
		`{"sub":"` + strings.Repeat("x", 1000) + `"}`: strings.Repeat("x", 100) + "…",
	} {
		id := "h." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".s"
		if got := whoIs(fob.Token{ID: fob.Secret(id)}); got != want {
			t.Errorf("%.60s: %q, want %q", claims, got, want)
		}
	}
	if got := whoIs(fob.Token{ID: "opaque"}); got != "" {
		t.Errorf("of no JWT: %q", got)
	}
}

func TestANewProfileIsNamedByWhatTellsItsServerFromOthers(t *testing.T) {
	for host, want := range map[string]string{
		"login.corp.example": "corp", "sso.eu.corp.example": "eu", "corp.example": "corp", "idp": "idp", "127.0.0.1": "login", "::1": "login",
	} {
		if got := tellingLabel(host); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func TestProfilesThatAreAddedAtOnceAreAllKept(t *testing.T) {
	dir := t.TempDir()
	a := &app{std: std{environ: []string{"FOB_CONFIG=" + filepath.Join(dir, "config.toml"), "FOB_STATE=" + filepath.Join(dir, "state")}}}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := session.Open(session.Options{Environ: a.environ, OneShot: true})
	if err != nil {
		t.Fatal(err)
	}
	const writers = 8
	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() {
			d := draft{name: fmt.Sprint("p", n), issuer: "https://login.corp.example", grant: "authorization_code", clientID: "c"}
			if _, err := a.add(t.Context(), s, d); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s, err = session.Open(session.Options{Environ: a.environ, OneShot: true}); err != nil || len(s.Config.Profiles) != writers {
		t.Errorf("error %v, want %d profiles", err, writers)
	}
}

func TestASecretTakesNoOthersPlace(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []string{"corp.secret", "corp-2.secret", "corp-3.secret"} {
		path := secretPlace(dir, "corp")
		if got := filepath.Base(path); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestANewProfileIsWrittenAsItIsRead(t *testing.T) {
	d := draft{
		name: "corp.two", provider: "keycloak", host: "sso.corp.example", tenant: `we"ird\realm`, grant: "authorization_code", clientID: "ünïcode",
		secretFile: `C:\xampp\users\secret`, scopes: []string{"openid", "a b"}, hosts: []string{"git.corp.example"}, allow: []string{"raw"},
	}
	if err := d.check(); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Profile map[string]struct {
			Provider, Host, Tenant, Grant string
			ClientID                      string                `toml:"client_id"`
			Secret                        struct{ File string } `toml:"client_secret"`
			Scopes, Hosts, Allow          []string
		}
	}
	if err := toml.Unmarshal([]byte(d.table()), &read); err != nil {
		t.Fatalf("%v\n%s", err, d.table())
	}
	p := read.Profile[d.name]
	got := draft{
		name: d.name, provider: p.Provider, host: p.Host, tenant: p.Tenant, grant: p.Grant, clientID: p.ClientID, secretFile: p.Secret.File,
		scopes: p.Scopes, hosts: p.Hosts, allow: p.Allow,
	}
	if !reflect.DeepEqual(got, d) {
		t.Errorf("read back as %+v\nwant %+v", got, d)
	}
	for _, odd := range []string{"a\nb", "\x1b[31m", "\x00", "\u202e", "\xff"} {
		if err := (draft{name: "corp", clientID: odd}).check(); err == nil {
			t.Errorf("%q passes", odd)
		}
	}
}
