package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/retry"
)

// members are an answer's, each as its JSON text; a form-encoded answer's are strings.
type members map[string]json.RawMessage

var (
	errAnswer  = errors.New("neither JSON nor form")
	errAccess  = errors.New("no access token")
	errSecret  = errors.New("a token is not of visible ASCII characters")
	errType    = errors.New("token type is no word")
	errExpires = errors.New("expires_in is not a number above zero")
	errScope   = errors.New("scope is not a list of words")
)

func parseMembers(body []byte, contentType string) (members, error) {
	if !utf8.Valid(body) {
		return nil, errAnswer
	}
	if text := bytes.TrimSpace(body); len(text) > 0 && text[0] == '{' {
		var m members
		if json.Unmarshal(text, &m) != nil {
			return nil, errAnswer
		}
		return m, nil
	}
	return parseForm(string(body), contentType)
}

// parseForm reads answers of servers that speak form-encoding, as some did before RFC 6749. Some call it text/plain.
func parseForm(body, contentType string) (members, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	form, err := url.ParseQuery(strings.TrimSpace(body))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "text/plain" {
		return nil, errAnswer
	}
	m := make(members, len(form))
	for name := range form {
		m[name], _ = json.Marshal(form.Get(name))
	}
	return m, nil
}

// text is a member that is a string, or "" if it is not there. ok is false for one of another kind.
func (m members) text(name string) (s string, ok bool) {
	if !m.has(name) {
		return "", true
	}
	err := json.Unmarshal(m[name], &s)
	return s, err == nil
}

func (m members) has(name string) bool {
	v := m[name]
	return len(v) > 0 && string(v) != "null"
}

// token makes of the answer a token or an error.
func (a *answer) token(q question) (fob.Token, error) {
	m, err := parseMembers(a.body, a.header.Get("Content-Type"))
	if a.status/100 != 2 || m.has("error") && !m.has("access_token") {
		return fob.Token{}, a.refused(q, m, err)
	}
	if q.amend != nil && err == nil {
		q.amend(m)
	}
	var tok fob.Token
	if err == nil {
		tok, err = m.token(a.sent)
	}
	if err == nil && q.accept != nil {
		err = q.accept(&tok)
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return fob.Token{}, err // of another question, which the answer made necessary
	}
	if err != nil {
		// A server that says yes in words we do not know may have used the refresh token up.
		return fob.Token{}, &Error{Op: q.op, Host: q.endpoint.Host, Status: a.status, Problem: err.Error(), doubt: q.single}
	}
	return tok, nil
}

const errRedirect = "a redirect, which is not followed"

// refused makes an Error of an answer that is a refusal. A page that is no answer of OAuth's is a problem by itself, but for an empty one.
func (a *answer) refused(q question, m members, parseErr error) *Error {
	e := &Error{Op: q.op, Host: q.endpoint.Host, Status: a.status, Skew: a.skew, doubt: q.single && a.status >= 500}
	e.RetryAfter, _ = retry.After(a.header, time.Now())
	if code, _ := m.text("error"); isCode(code) {
		e.Code = code
	}
	description, _ := m.text("error_description")
	e.Description = fob.Secret(description)
	switch {
	case a.status/100 == 3:
		e.Problem = errRedirect
	case parseErr != nil && len(bytes.TrimSpace(a.body)) > 0:
		e.Problem = parseErr.Error()
	}
	return e
}

// isCode reports whether s looks like an error code: all registered ones do, and hardly any secret that a server may echo.
func isCode(s string) bool {
	return s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

func (m members) token(sent time.Time) (fob.Token, error) {
	tok := fob.Token{Issued: sent, Type: "Bearer"}
	var err error
	for name, dst := range map[string]*fob.Secret{"access_token": &tok.Access, "refresh_token": &tok.Refresh, "id_token": &tok.ID} {
		if *dst, err = m.secret(name); err != nil {
			return fob.Token{}, err
		}
	}
	if tok.Access == "" {
		return fob.Token{}, errAccess
	}
	if tok.Type, err = m.tokenType(); err != nil {
		return fob.Token{}, err
	}
	if tok.Expiry, err = m.expiry(sent); err != nil {
		return fob.Token{}, err
	}
	if tok.Scopes, err = m.scopes(); err != nil {
		return fob.Token{}, err
	}
	tok.Extra = m.extra()
	return tok, nil
}

// secret is a member that is a token. Spaces are refused beside what RFC 6749 §A.12 does: it would end a header's value.
func (m members) secret(name string) (fob.Secret, error) {
	s, ok := m.text(name)
	if !ok || !isVisible(s) {
		return "", errSecret
	}
	return fob.Secret(s), nil
}

func isVisible(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// tokenType is the token's type. One that is not named, against RFC 6749 §5.1, is Bearer.
func (m members) tokenType() (string, error) {
	kind, ok := m.text("token_type")
	switch {
	case !ok, !isWord(kind):
		return "", errType
	case kind == "", strings.EqualFold(kind, "bearer"):
		return "Bearer", nil
	case strings.EqualFold(kind, notApplicable):
		return notApplicable, nil
	}
	return kind, nil
}

// notApplicable is the type of a token that opens nothing by being presented (RFC 8693 §2.2.1).
const notApplicable = "N_A"

// isWord reports whether s has the characters of an authentication scheme, which a token type becomes in a header.
func isWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') && !strings.ContainsRune("-._", r)
	}) < 0
}

// expiry reads expires_in, a number or a string of one. Absent: the token does not expire.
func (m members) expiry(sent time.Time) (time.Time, error) {
	if !m.has("expires_in") {
		return time.Time{}, nil
	}
	text := string(m["expires_in"])
	if s, ok := m.text("expires_in"); ok {
		text = s
	}
	seconds, err := strconv.ParseFloat(text, 64)
	life := seconds * float64(time.Second)
	if err != nil || strings.Trim(text, "0123456789.eE+-") != "" || !(life >= 1 && life < math.MaxInt64) {
		return time.Time{}, errExpires
	}
	return sent.Add(time.Duration(life)), nil
}

// scopes reads scope: words in a string, which GitHub parts by commas, or a list of words. Absent, null or empty: as asked.
func (m members) scopes() ([]string, error) {
	text, ok := m.text("scope")
	list := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if !ok && json.Unmarshal(m["scope"], &list) != nil {
		return nil, errScope
	}
	for _, word := range list {
		if word == "" || !isVisible(word) {
			return nil, errScope
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, nil
}

var known = map[string]bool{"access_token": true, "token_type": true, "expires_in": true, "refresh_token": true, "scope": true, "id_token": true}

// extra are the members that fob does not know, each as compact JSON.
func (m members) extra() map[string]fob.Secret {
	var extra map[string]fob.Secret
	for name, value := range m {
		var text bytes.Buffer
		if known[name] || json.Compact(&text, value) != nil {
			continue
		}
		if extra == nil {
			extra = make(map[string]fob.Secret)
		}
		extra[name] = fob.Secret(text.String())
	}
	return extra
}
