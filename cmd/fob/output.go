package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/oauth"
)

// output is how a token is written: its form, and what some forms need beside the token.
type output struct {
	form  string
	place string // netrc: the URL that it is for
	name  string // env: the variable
}

var (
	errNoBearer   = errors.New("it is no access token, which is all that a header carries")
	errAWS        = errors.New("it is a pair of AWS keys, which only the aws helper gives out")
	errNetrcToken = errors.New("it has characters that netrc cannot carry")
	errNetrcUser  = errors.New("username has characters that netrc cannot carry")
	errNetrcFor   = errors.New("netrc is for one host: --for is missing")
	errNetrcPort  = errors.New("--for: netrc knows no port but that of https")
	errEnvName    = errors.New("env wants --name, a variable of letters, digits and _ that begins with no digit")
)

// formError is a token that cannot be written in the form asked for.
type formError struct {
	Profile, Form string
	Err           error
}

func (e *formError) Error() string {
	return "profile " + e.Profile + ": its token cannot be written as " + e.Form + ": " + e.Err.Error()
}
func (e *formError) Unwrap() error { return e.Err }

// check reports what o lacks, before anybody is asked for a token.
func (o output) check(flag string) error {
	_, known := forms[o.form]
	switch {
	case !known:
		return usageError{fmt.Errorf("--%s %q: not one of %s", flag, o.form, strings.Join(slices.Sorted(maps.Keys(forms)), ", "))}
	case o.form == "env" && !variable(o.name):
		return usageError{errEnvName}
	case o.form != "env" && o.name != "":
		return usageError{fmt.Errorf("--name is for --%s env", flag)}
	case o.form == "netrc":
		return o.checkHost()
	}
	return nil
}

func (o output) checkHost() error {
	if o.place == "" {
		return usageError{errNetrcFor}
	}
	if t, err := parseURL(o.place); err == nil && (t.Scheme != "https" || t.Port != 443) { // choose says what is wrong with no URL
		return usageError{errNetrcPort}
	}
	return nil
}

// to is the place that the token must be allowed to go to: with netrc, which knows no paths, all of the host.
func (o output) to() string {
	if host := hostOf(o.place); host != "" && o.form == "netrc" {
		return "https://" + host
	}
	return o.place
}

// write is p's token in the form asked for.
func (o output) write(p *config.Profile, t fob.Token) ([]byte, error) {
	data, err := []byte(nil), errAWS
	if t.Type != oauth.TypeAWS4 {
		data, err = forms[o.form](o, p, t)
	}
	if err != nil {
		return nil, kind{credhelper.ErrConfig, &formError{p.Name, o.form, err}}
	}
	return data, nil
}

var forms = map[string]func(output, *config.Profile, fob.Token) ([]byte, error){
	"raw": func(_ output, _ *config.Profile, t fob.Token) ([]byte, error) {
		return []byte(string(t.Access) + "\n"), nil
	},
	"header": func(_ output, _ *config.Profile, t fob.Token) ([]byte, error) { return inHeader(t, "%s\n") },
	"curl":   func(_ output, _ *config.Profile, t fob.Token) ([]byte, error) { return inHeader(t, "header = %q\n") }, // curl undoes \\ and \", and a token has nothing else to quote
	"json":   func(_ output, _ *config.Profile, t fob.Token) ([]byte, error) { return tokenJSON(t) },
	"netrc":  netrcLine,
	"env":    envLine,
}

func inHeader(t fob.Token, format string) ([]byte, error) {
	scheme, ok := t.Scheme()
	if !ok {
		return nil, errNoBearer
	}
	return fmt.Appendf(nil, format, "Authorization: "+scheme+" "+string(t.Access)), nil
}

// tokenJSON is what scripts read: access_token and the rest of RFC 6749 §5.1, and expires_at, which does not depend on when
// it is read.
func tokenJSON(t fob.Token) ([]byte, error) {
	out := struct {
		AccessToken string     `json:"access_token"`
		TokenType   string     `json:"token_type"`
		ExpiresAt   *time.Time `json:"expires_at,omitempty"`
		Scopes      []string   `json:"scopes,omitempty"`
	}{AccessToken: string(t.Access), TokenType: t.Type, Scopes: t.Scopes}
	if !t.Expiry.IsZero() {
		utc := t.Expiry.UTC().Truncate(time.Second)
		out.ExpiresAt = &utc
	}
	data, err := json.Marshal(out)
	return append(data, '\n'), err
}

func netrcLine(o output, p *config.Profile, t fob.Token) ([]byte, error) {
	host, err := parseURL(o.place)
	user := cmp.Or(p.Username, "oauth2")
	switch {
	case err != nil:
		return nil, err
	case !netrcWord(user):
		return nil, errNetrcUser
	case !netrcWord(string(t.Access)):
		return nil, errNetrcToken
	}
	return fmt.Appendf(nil, "machine %s login %s password %s\n", host.Host, user, string(t.Access)), nil
}

// netrcWord reports whether all readers of netrc take s for one word. Some know quotes and backslashes, some do not, and some take
// what begins with # for a comment.
func netrcWord(s string) bool {
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\'' || r == '\\' }
	return s != "" && s[0] != '#' && !strings.ContainsFunc(s, odd)
}

func envLine(o output, _ *config.Profile, t fob.Token) ([]byte, error) {
	return fmt.Appendf(nil, "%s=%s\n", o.name, quoteShell(string(t.Access))), nil
}

// quoteShell is s between single quotes, in which nothing but their end means anything (POSIX.1-2024, Shell Command Language, 2.2.2).
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// variable reports whether a shell takes name for that of a variable (POSIX.1-2024, Base Definitions, 3.216).
func variable(name string) bool {
	odd := func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	return name != "" && (name[0] < '0' || name[0] > '9') && !strings.ContainsFunc(name, odd)
}
