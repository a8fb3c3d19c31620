// Package frontend is what fob-helper and fob's own helper command have in common: how a tool's request becomes a question
// to the routes, and a token its answer.
package frontend

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

// Choose finds the profile of index that may answer req, as [route.Index.Choose] does; prefer breaks ties. A loopback server named
// without a scheme, as Docker names registries, may be one of plain http.
func Choose(index *route.Index, req credhelper.Request, prefer string) (*route.Profile, error) {
	q, err := Query(req)
	if err != nil {
		return nil, err
	}
	q.Prefer = prefer
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
	path := req.Path
	if req.Protocol == "git" {
		path = strings.ReplaceAll(path, "%", "%25") // it comes decoded, and must not be so again
	}
	var err error
	q.Target, err = route.ParseTarget(req.Scheme, host+":"+strconv.Itoa(int(req.Port)), path)
	return q, err
}

// Credential answers a tool with p's token.
func Credential(tok fob.Token, p *route.Profile) credhelper.Credential {
	c := credhelper.Credential{Username: p.Username, Secret: tok.Access, Issued: tok.Issued, Expiry: tok.Expiry}
	if p.Bearer {
		c.Form = credhelper.Bearer
	}
	return c
}
