package credhelper

import (
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

// Request is what a tool asks, whatever its protocol. Everything in it comes from outside and may be hostile; it has been
// checked for form only.
type Request struct {
	Protocol string // "git", "docker", "kubernetes", …: the first word that chooses it
	Profile  string // asked for by flag or by the program's name; empty: by neither. It narrows what may be answered, and never widens it
	Prefer   string // named by the tool's own configuration: it breaks a tie between profiles, and does no more

	Scheme   string // "https", or "http" for loopback only; empty with Host
	Host     string // lower-case name or IP address (IPv6 without brackets); empty: the protocol names no host
	Port     uint16 // as written, else the scheme's own; 0 only without a Host
	Path     string // without a leading slash; git: decoded, others: as sent
	Username string // empty: any; else the answer is for this one only
	Server   string // docker, kubernetes, keyring, …: the server as the tool wrote it

	MinTTL      time.Duration // how long the answer shall last at least
	Bearer      bool          // the tool can send a bearer token as such
	IDToken     bool          // the tool wants an ID token, if there is one
	Interactive bool          // the tool says that a person may be asked
	Challenges  []string      // WWW-Authenticate values of the server's refusal, as sent: a claim, which may confirm a profile but never choose it
	Audience    string        // whom the token shall be for, where the tool says so; empty: the profile's own
	Subject     fob.Secret    // a token of the tool's own, to be exchanged (kubelet); it must never come back as an answer

	Refused  []string // marks of credentials that their server refused, as the tool brings them back
	Rejected bool     // the server refused whatever the tool was given last, which it cannot name
	SelfHeal bool     // nothing was said of a refusal, but that is what a second request in short order means (kubernetes)
}

// minTTL is what remains of a token that a tool is about to use.
const minTTL = time.Minute

// Origin is scheme, host and, unless it is the scheme's own, port: "https://git.example.com", "http://[::1]:3000". It is empty
// if the protocol names no host.
func (r Request) Origin() string {
	if r.Host == "" {
		return ""
	}
	host := r.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if r.Port != defaultPort(r.Scheme) {
		host += ":" + strconv.Itoa(int(r.Port))
	}
	return r.Scheme + "://" + host
}

// String is r for people: where it is for, percent-encoded, without "https://", or what asks if there is no host.
func (r Request) String() string {
	switch {
	case r.Host == "" && r.Profile != "":
		return r.Protocol + " profile " + oneLine(r.Profile)
	case r.Host == "":
		return r.Protocol
	}
	s := strings.TrimPrefix(r.Origin(), "https://")
	switch {
	case r.Path == "":
		return s
	case r.Protocol == "git":
		return s + "/" + percentEncode(r.Path, "/.~")
	}
	return s + "/" + percentEncode(r.Path, "/.~%") // as sent, which is encoded already
}
