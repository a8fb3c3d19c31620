package oauthtest

import (
	"crypto/rand"
	"net/url"
	"sync"
	"time"
)

// Person is who logs in, in a browser or by device, and what the server makes of it. The zero value consents at once.
type Person struct {
	Subject string // sub of ID tokens. Zero: "alice"
	Error   string // what either flow ends in, such as "access_denied". Zero: it succeeds
	Iss     string // iss of the answer by the browser. Zero: the issuer; "-": none

	Push     bool // the server takes pushed authorization requests (RFC 9126),
	PushOnly bool // and no others

	Interval   any           // interval of the device answer. Nil: it is left out, so 5 s
	DeviceLife time.Duration // of a device code. Zero: ten minutes
	SlowDown   int           // how many polls are told slow_down
	Pending    int           // how many polls after those are told authorization_pending

	IDLife   time.Duration                       // how long ID tokens live. Zero: an hour
	IDOnce   bool                                // a refresh brings none
	Claims   func(map[string]any)                // changes the claims of each ID token. Nil: they stay
	Sign     func(claims map[string]any) string  // makes the ID token of them. Nil: the server's key signs
	Device   func(members map[string]any)        // changes the device answer. Nil: it stays
	Redirect func(redirect string) (lead string) // where the browser is led instead. Nil: where it should
}

const (
	authorizePath = "/oauth2/authorize"
	pushPath      = "/oauth2/par"
	devicePath    = "/oauth2/device"
	keysPath      = "/oauth2/keys"
	codeGrant     = "authorization_code"
	deviceGrant   = "urn:ietf:params:oauth:grant-type:device_code"
)

// logins are those under way.
type logins struct {
	mu      sync.Mutex
	pushed  map[string]*request
	codes   map[string]*request
	devices map[string]*device
}

// request is what a client wants of a person.
type request struct {
	client, redirect, challenge, nonce string
	scopes                             []string
	params                             url.Values
	family                             *family // once the code was exchanged
}

// device is a device code, and what became of it.
type device struct {
	request
	expires, polled time.Time
	interval        time.Duration
	polls           int
	spent           bool
}

func (p Person) subject() string {
	if p.Subject == "" {
		return "alice"
	}
	return p.Subject
}

func code(kind string) string { return kind + "-" + Canary + "-" + rand.Text() }

// put is a map with one more member.
func put[T any](m map[string]T, name string, value T) map[string]T {
	if m == nil {
		m = make(map[string]T)
	}
	m[name] = value
	return m
}
