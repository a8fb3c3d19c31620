package config

import (
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// StoreURL says where machines share tokens. A password in it is not shown.
type StoreURL string

// String is the URL with xxxxx for a password.
func (u StoreURL) String() string {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return "[no URL]"
	}
	return parsed.Redacted()
}

// GoString is String, for %#v.
func (u StoreURL) GoString() string { return u.String() }

// Place is the URL without user and password.
func (u StoreURL) Place() string {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return u.String()
	}
	parsed.User = nil
	return parsed.String()
}

// Password reports whether there is one in the URL.
func (u StoreURL) Password() bool {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return false
	}
	_, written := parsed.User.Password()
	return written
}

// Clear reports whether what is said to the store crosses a network that others may read.
func (u StoreURL) Clear() bool {
	parsed, err := url.Parse(string(u))
	return err == nil && (parsed.Scheme == "redis" || parsed.Scheme == "valkey") && !route.Loopback(parsed.Hostname())
}

func (u StoreURL) tls() bool {
	return strings.HasPrefix(string(u), "rediss:") || strings.HasPrefix(string(u), "valkeys:")
}

// SharesStore reports whether p and q say the same of where machines share their tokens.
func (p *Profile) SharesStore(q *Profile) bool {
	return p.Store == q.Store && p.StoreCAFile == q.StoreCAFile && p.StorePassword.same(q.StorePassword) && p.StoreKeys.same(q.StoreKeys)
}

// same reports whether both references lead to one secret.
func (r SecretRef) same(o SecretRef) bool {
	r.owner, o.owner = nil, nil
	return reflect.DeepEqual(r, o)
}

// checkStore looks at the keys of the store; whether the profile's tokens may lie there is for checkShared.
func checkStore(p *Profile) (key, reason string) {
	for _, key := range []string{"store_password", "store_keys", "store_ca_file"} {
		if _, written := p.marks[key]; written && p.Store == "" {
			return key, p.missing("store")
		}
	}
	switch password := !p.StorePassword.IsZero(); {
	case p.Store == "":
		return "", ""
	case badStore(string(p.Store)) != "":
		return "store", badStore(string(p.Store))
	case password && p.Store.Password():
		return "store_password", "not beside a password in " + p.nameOf("store")
	case p.Store.Clear() && (password || p.Store.Password()):
		return "store", "wants rediss or valkeys: a password goes in the clear to 127.0.0.0/8, [::1], localhost and sockets only"
	case p.StoreKeys.IsZero():
		return "store", p.missing("store_keys")
	case p.StoreCAFile != "" && !filepath.IsAbs(p.StoreCAFile):
		return "store_ca_file", "wants an absolute path"
	case p.StoreCAFile != "" && !p.Store.tls():
		return "store_ca_file", "only for rediss and valkeys"
	}
	return "", ""
}

// badStore says what is wrong with the URL of a store, which it does not quote: there may be a password in it.
func badStore(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil, !slices.Contains([]string{"redis", "rediss", "valkey", "valkeys", "unix"}, u.Scheme), u.Opaque != "":
		return "wants redis://HOST, rediss://HOST, valkey://HOST, valkeys://HOST or unix:///PATH"
	case (u.RawQuery != "" || u.ForceQuery) && u.Scheme != "unix", strings.Contains(raw, "#"):
		return "wants a URL without query and fragment"
	case u.Scheme == "unix" && (u.Host != "" || len(u.Path) < 2):
		return "wants the absolute path of a socket"
	case u.Scheme == "unix":
		return badDatabase(strings.TrimPrefix(u.RawQuery, "db="))
	case u.Hostname() == "":
		return "wants a host"
	}
	return badDatabase(strings.TrimPrefix(u.Path, "/"))
}

func badDatabase(text string) string {
	if n, err := strconv.Atoi(text); text != "" && (err != nil || n < 0) {
		return "wants the number of a database: redis://HOST/1, unix:///PATH?db=1"
	}
	return ""
}

// checkShared refuses a store for tokens that no other machine may have, or could replace.
func (c *Config) checkShared() error {
	for _, name := range c.Names() {
		p := c.Profiles[name]
		if p.Store == "" {
			continue
		}
		if reason := c.unshared(p); reason != "" {
			return p.error("store", "not for "+reason)
		}
	}
	return nil
}

const unfenced = ", which two machines would send: a lease cannot fence the authorization server"

// unshared says what of p keeps its tokens from being shared. Nothing: any machine that knows p can mint the next.
func (c *Config) unshared(p *Profile) (reason string) {
	switch grant := p.GrantType(); {
	case p.Person():
		return "grant " + grant + ", whose login brings a refresh token" + unfenced
	case !p.RefreshToken.IsZero():
		return "a refresh_token" + unfenced
	case !p.Kept():
		return "grant " + grant + ", for which nothing is minted"
	}
	for _, v := range p.Vouchers() {
		if reason := c.unsharedVoucher(v); reason != "" {
			return reason
		}
	}
	return ""
}

// Voucher is a token that another is given for, and so says whose that one is.
type Voucher struct {
	Key string
	SecretRef
}

// Vouchers are those that are written in p.
func (p *Profile) Vouchers() []Voucher {
	all := []Voucher{{"subject_token", p.SubjectToken}, {"actor_token", p.ActorToken}}
	return slices.DeleteFunc(all, func(v Voucher) bool { return v.IsZero() })
}

// unsharedVoucher lets those pass that tell machines apart which are not the same to the server: package session puts what a file or variable
// says of itself into the record's name.
func (c *Config) unsharedVoucher(v Voucher) (reason string) {
	switch {
	case v.Env != "" || v.File != "":
		return ""
	case v.Profile != "":
		if reason = c.unshared(c.Profiles[v.Profile]); reason != "" {
			reason = "the token of profile " + v.Profile + ", for it is for " + reason
		}
		return reason
	case v.Request:
		return v.Key + " of a request, which is nobody else's"
	case v.GitHubActions != "":
		return v.Key + " of a job, which is nobody else's"
	}
	return v.Key + " that does not say whose it is before it is fetched"
}
