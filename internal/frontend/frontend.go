// Package frontend is what fob-helper and fob's own helper command have in common: how a tool's request becomes a question
// to the routes, and a token its answer.
package frontend

import (
	"strconv"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

// Query asks which profile may answer req.
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
	var err error
	q.Target, err = route.ParseTarget(req.Scheme, host+":"+strconv.Itoa(int(req.Port)), req.Path)
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
