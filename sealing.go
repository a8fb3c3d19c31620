package fob

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/record"
)

// maxPlainLife is the longest life of an access token that lies in a store in the clear.
const maxPlainLife = 24 * time.Hour

// extraPrefix leads the names of sealed fields that hold members of the answer fob does not know.
const extraPrefix = "extra-"

var errNoSealer = errors.New("without a sealer, long-lived secrets stay in memory only")

// seal makes k's record. Without a sealer, what should be sealed is left out.
func (e *entry) seal(k kept) (record.Record, error) {
	r, tok := k.rec, k.tok
	r.Type, r.Scopes, r.Issued, r.Expiry, r.Intent = tok.Type, tok.Scopes, tok.Issued, tok.Expiry, k.intent
	if f := k.failed; e.cache.sealer() != nil || f.kind.passing() { // without a sealer, what tells credentials apart cannot be kept
		r.Failure, r.Reason, r.Failures, r.FailedAt, r.RetryAt = string(f.kind), f.reason, f.count, f.at, f.until
	} else {
		r.Failure, r.Reason, r.Failures, r.FailedAt, r.RetryAt = "", "", 0, time.Time{}, time.Time{}
	}
	r.Access, r.ID, r.Sealed = "", "", nil
	secrets := map[string]Secret{"refresh": tok.Refresh, "credentials": k.failed.credentials}
	maps.Copy(secrets, k.other)
	for name, value := range tok.Extra {
		if CheckName(strings.ToLower(name)) == nil { // any other cannot be a line's key, and stays in memory
			secrets[extraPrefix+name] = value
		}
	}
	if e.cache.SealAll || tok.Expiry.IsZero() || tok.Life() > maxPlainLife {
		secrets["access"], secrets["id"] = tok.Access, tok.ID
	} else {
		r.Access, r.ID = string(tok.Access), string(tok.ID)
	}
	err := e.sealInto(&r, secrets)
	return r, err
}

func (e *entry) sealInto(r *record.Record, secrets map[string]Secret) error {
	for field, plain := range secrets {
		switch {
		case plain == "":
			continue
		case e.cache.sealer() == nil:
			e.warn("unsealed", errNoSealer)
			return nil
		}
		sealed, err := e.cache.sealer().Seal(plain, Binding{e.name, field, r.Generation})
		if err != nil {
			return err
		}
		if r.Sealed == nil {
			r.Sealed = make(map[string]string)
		}
		r.Sealed[field] = sealed
	}
	return nil
}

// inTheClear is the token of r as far as it can be read by everyone. whole: what is sealed of it nobody needs who uses it.
func inTheClear(r record.Record) (tok Token, whole bool) {
	whole = r.Access != ""
	for field := range r.Sealed {
		whole = whole && (field == "refresh" || field == "credentials")
	}
	return Token{Access: Secret(r.Access), Type: r.Type, ID: Secret(r.ID), Scopes: slices.Clone(r.Scopes), Issued: r.Issued, Expiry: r.Expiry}, whole
}

// open makes a token of r. A record with a secret that cannot be opened here, since this program has no sealer or
// another key, is another's: what lies in the clear is used, and the record is left as it is.
func (e *entry) open(r record.Record) (kept, error) {
	k := kept{rec: r, lies: true, shared: true, intent: r.Intent}
	k.tok, _ = inTheClear(r)
	k.failed = failure{kind: failureKind(r.Failure), reason: r.Reason, count: r.Failures, at: r.FailedAt, until: r.RetryAt}
	for field, sealed := range r.Sealed {
		plain, err := e.openField(sealed, Binding{e.name, field, r.Generation})
		switch {
		case errors.Is(err, ErrForeignKey):
			e.warn("foreign", err)
			k.leave, k.blind = true, err
		case err != nil:
			return kept{}, err
		default:
			k.set(field, plain)
		}
	}
	return k, nil
}

func (e *entry) openField(sealed string, b Binding) (Secret, error) {
	if e.cache.sealer() == nil {
		return "", ErrForeignKey
	}
	return e.cache.sealer().Open(sealed, b)
}

// set takes one opened field.
func (k *kept) set(field string, plain Secret) {
	t := &k.tok
	switch field {
	case "credentials":
		k.failed.credentials = plain
	case "access":
		t.Access = plain
	case "id":
		t.ID = plain
	case "refresh":
		t.Refresh = plain
	default:
		if name, ok := strings.CutPrefix(field, extraPrefix); ok {
			t.Extra = with(t.Extra, name, plain)
		} else {
			k.other = with(k.other, field, plain)
		}
	}
}

func with(m map[string]Secret, name string, value Secret) map[string]Secret {
	if m == nil {
		m = make(map[string]Secret)
	}
	m[name] = value
	return m
}
