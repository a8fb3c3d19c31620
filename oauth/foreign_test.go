package oauth

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/fobkit/fob"
	"github.com/go-jose/go-jose/v4"
)

func FuzzLanding(f *testing.F) {
	for _, landed := range []string{
		"http://127.0.0.1:7/?code=c&state=s", "http://127.0.0.1:7/?error=access_denied&state=s", "/?code=c&state=s&iss=https://h", "?state=s&state=s", "%zz", "http://[::1]/?code=\x00&state=s",
	} {
		f.Add(landed)
	}
	f.Fuzz(func(t *testing.T, landed string) {
		a := &Authorization{g: Person{Client: &Client{Issuer: "https://h"}}, host: "h", state: "s", saysIssuer: true}
		code, err := a.code(landed)
		if err == nil && (!strings.Contains(landed, "state=s") || !strings.Contains(landed, "iss=") || code == "" || !isVisible(code)) {
			t.Errorf("a code of %q", landed)
		}
		if err != nil && strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("%q quotes what it was told", err)
		}
	})
}

func FuzzDeviceAnswer(f *testing.F) {
	for _, body := range []string{
		`{"device_code":"d","user_code":"WDJB-MJHT","verification_uri":"https://h/device","interval":5,"expires_in":600}`,
		`{"device_code":"d","user_code":"U","verification_url":"https://h/","verification_uri_complete":"file:///x","interval":"1e9","expires_in":-1}`,
		"device_code=d&user_code=U&verification_uri=https%3A%2F%2Fh%2F", `{"interval":{}}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		m, err := parseMembers([]byte(body), "application/x-www-form-urlencoded")
		d := new(device)
		if err != nil || d.read(m, time.Unix(0, 0)) != nil {
			return
		}
		for _, url := range []string{d.URL, d.Complete} {
			if url != "" && (!strings.HasPrefix(strings.ToLower(url), "http") || strings.Trim(url, uri) != "") {
				t.Errorf("%q would be shown", url)
			}
		}
		if d.interval < time.Second || strings.ContainsFunc(d.UserCode, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("interval %v, code %q", d.interval, d.UserCode)
		}
	})
}

func FuzzKeySet(f *testing.F) {
	for _, body := range []string{
		`{"keys":[{"kty":"RSA","n":"sXch","e":"AQAB"},{"kty":"oct","k":"c2VjcmV0"},{"kty":"?"},null,7]}`, `{"keys":null}`, `[]`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"}]}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		keys, err := parseKeys([]byte(body))
		if len(keys) > maxKeys || err != nil && keys != nil {
			t.Errorf("%d keys, error %v", len(keys), err)
		}
		for _, k := range keys {
			if !k.IsPublic() || !k.Valid() {
				t.Error("a key that verifies nothing, or is a secret")
			}
		}
	})
}

// TestKeySetIsBounded: a set of many keys costs no more than one of maxKeys.
func TestKeySetIsBounded(t *testing.T) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	one := jose.JSONWebKey{Key: public, Use: "sig"}
	set := jose.JSONWebKeySet{}
	for range 3 * maxKeys {
		set.Keys = append(set.Keys, one)
	}
	data, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := parseKeys(data); err != nil || len(keys) != maxKeys {
		t.Errorf("%d keys, error %v, want %d", len(keys), err, maxKeys)
	}
}

// TestKeysOfNoUsualSizeAreNone: a short one can be broken, and a long one takes minutes of whoever logs in.
func TestKeysOfNoUsualSizeAreNone(t *testing.T) {
	for bits, want := range map[int]int{1024: 0, 2047: 0, 2048: 1, 4096: 1, 400_000: 0} {
		n := new(big.Int).SetBit(big.NewInt(1), bits-1, 1)
		data, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &rsa.PublicKey{N: n, E: 65537}}}})
		if err != nil {
			t.Fatal(err)
		}
		if keys, err := parseKeys(data); err != nil || len(keys) != want {
			t.Errorf("%d bits: %d keys, error %v, want %d", bits, len(keys), err, want)
		}
	}
}

// TestPageShowsForeignTextHarmlessly: an error's text is the server's, and anybody can send a browser here.
func TestPageShowsForeignTextHarmlessly(t *testing.T) {
	err := &Error{Op: opAuthorize, Host: "h", Code: "access_denied", Description: "<script>alert(1)</script> \u202egnp \x1b]8;;x\x07 \u200b" + "é" + "x\xff"}
	text := pageOf(err).html()
	if strings.Contains(text, "<script") || strings.ContainsAny(text, "\u202e\x1b\x07\u200b") || !strings.Contains(text, "&lt;script&gt;alert(1)&lt;/script&gt; gnp ]8;;x éx") {
		t.Errorf("page %q", text)
	}
	if host := pageOf(&Error{Op: opKeys, Host: "\u202eexample", Code: "e"}).html(); strings.Contains(host, "\u202e") {
		t.Error("a host of metadata turns the page's text round")
	}
	long := pageOf(&Error{Code: "e", Description: fob.Secret(strings.Repeat("é", 5000))}).html()
	if n := strings.Count(long, "é"); n > maxDetail {
		t.Errorf("%d letters of a description shown, want %d at most", n, maxDetail)
	}
}
