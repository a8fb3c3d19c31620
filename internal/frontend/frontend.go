// Package frontend is what fob-helper and fob's own helper command have in common: how a tool's request becomes a question
// to the routes, and a token its answer.
package frontend

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

// Choose finds the profile of index that may answer req, as [route.Index.Choose] does; what the request prefers breaks ties, and then
// prefer does. A loopback server named without a scheme, as Docker names registries, may be one of plain http.
func Choose(index *route.Index, req credhelper.Request, prefer string) (*route.Profile, error) {
	q, err := Query(req)
	if err != nil {
		return nil, err
	}
	q.Prefer = cmp.Or(req.Prefer, prefer)
	p, err := index.Choose(q)
	if errors.Is(err, route.ErrNoProfile) && q.Target.Scheme == "https" && route.Loopback(q.Target.Host) && req.Server != "" && !strings.Contains(req.Server, "://") {
		q.Target.Scheme = "http"
		return index.Choose(q)
	}
	return p, err
}

// Query is req as a question to the routes. The error is that of [route.ParseTarget].
func Query(req credhelper.Request) (route.Query, error) {
	q := route.Query{Profile: req.Profile, Username: req.Username}
	if req.Host == "" {
		q.Front = req.Protocol
		return q, nil
	}
	host := req.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	path := "/" + req.Path
	if req.Protocol == "git" {
		path = strings.ReplaceAll(path, "%", "%25") // it comes decoded, and must not be so again
	}
	var err error
	q.Target, err = route.ParseTarget(req.Scheme, host+":"+strconv.Itoa(int(req.Port)), path)
	return q, err
}

// Credential answers a tool with p's token.
func Credential(tok fob.Token, p *route.Profile) credhelper.Credential {
	c := credhelper.Credential{
		Username: p.Username, Secret: tok.Access, ID: tok.ID, Form: form(tok.Type),
		Mark: Mark(p.Record, tok), Issued: tok.Issued, Expiry: tok.Expiry,
	}
	if p.Bearer && c.Form == credhelper.Token {
		c.Form = credhelper.Bearer
	}
	return c
}

// Answer is Credential for req, which may be for the ID token in place of the access token. ok is false if an ID token that is wanted is about to
// end: one may live shorter than the access token that it came with.
func Answer(tok fob.Token, p *route.Profile, req credhelper.Request) (c credhelper.Credential, ok bool) {
	c = Credential(tok, p)
	until := time.Now().Add(req.MinTTL)
	if p.KubernetesID && req.Protocol == "kubernetes" {
		return c.WithID(until)
	}
	return c, !req.IDToken || !c.IDEndsBefore(until)
}

// form is how a token of that type may be presented. What is no access token (RFC 8693 §2.2.1) must not be sent as one.
func form(typ string) credhelper.Form {
	switch typ {
	case "AWS4":
		return credhelper.AWSKeys
	case "N_A":
		return credhelper.Password
	}
	return credhelper.Token
}

// Mark names tok among all that its record will ever hold, and is not made of its secret. Empty: it lies in no record, and there is no other.
func Mark(record string, tok fob.Token) string {
	if record == "" || tok.Issued.IsZero() {
		return ""
	}
	return record[max(0, len(record)-8):] + "-" + strconv.FormatInt(tok.Issued.UnixMilli(), 36)
}
