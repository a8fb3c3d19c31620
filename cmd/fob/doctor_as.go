package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/frontend"
	"github.com/fobkit/fob/internal/login"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/term"
)

// rehearsal is what a call would come to.
type rehearsal struct {
	Caller  string    `json:"caller"`
	Asked   string    `json:"asked"`               // for what, in the words of fob
	Order   []string  `json:"order,omitempty"`     // whom the tool asks, the first one first
	Profile string    `json:"profile,omitempty"`   // that answers; empty: none
	WhyNot  []refusal `json:"why_not,omitempty"`   // the others
	Kept    string    `json:"kept,omitempty"`      // of its token
	Outcome string    `json:"outcome"`             // what would happen
	Exit    *int      `json:"exit_code,omitempty"` // nil: that is for the server to decide
	Says    string    `json:"says,omitempty"`      // what the tool would be told if it gets nothing
	Hint    string    `json:"hint,omitempty"`

	app    *app
	s      *session.Session
	failed error
	open   bool // what a server would answer nobody knows
}

// refusal is a profile that does not answer, and why.
type refusal struct {
	Profile string `json:"profile"`
	Why     string `json:"why"`
}

// rehearse follows a call of a tool as far as it can go without asking a server.
func (a *app) rehearse(ctx context.Context, caller, url string, asJSON bool) error {
	caller = cmp.Or(tools[caller], caller)
	c, err := callOf(caller, url)
	if err != nil {
		return err
	}
	p, err := a.patient()
	if err != nil {
		return err
	}
	if p.Err != nil {
		return configError(p.Err)
	}
	r := &rehearsal{Caller: caller, app: a, s: p.Session}
	r.play(ctx, c)
	if order, known := p.Order(ctx, caller, withScheme(url)); known {
		r.Order = order
	}
	if asJSON {
		return a.writeJSON(r)
	}
	return a.writeTable(r.rows())
}

// play has credhelper read the call and render the answer, so that exit status and message are those that the tool would get.
func (r *rehearsal) play(ctx context.Context, c call) {
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string {
		if value, given := c.env[name]; given {
			return value
		}
		return r.app.getenv(name)
	}
	args := append([]string{"fob", r.Caller}, c.args...)
	code, _ := credhelper.Serve(ctx, r, credhelper.Call{Args: args, Getenv: getenv, Stdin: strings.NewReader(c.stdin), Stdout: &stdout, Stderr: &stderr})
	if r.open {
		return
	}
	if r.Exit = &code; r.failed == nil && r.Outcome != "" {
		return // stdout holds a token
	}
	r.Says = term.Clean(strings.TrimSpace(stdout.String() + stderr.String()))
	r.Hint = cmp.Or(hint(r.failed), r.Hint)
	if r.Outcome == "" {
		r.Outcome = "the call is refused: it is out of form, or for a place that gets no secret"
	}
}

// errRehearsal ends a call whose answer would be a new token.
var errRehearsal = errors.New("not asked for")

// Credential is the handler's, without a mint.
func (r *rehearsal) Credential(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	r.Asked = term.Clean(req.String())
	c, err := r.credential(ctx, req)
	if r.open = errors.Is(err, errRehearsal); r.open {
		return credhelper.Credential{}, credhelper.ErrTryLater
	}
	r.failed = err
	return c, err
}

func (r *rehearsal) credential(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	r.compare(req)
	chosen, err := frontend.Choose(r.s.Routes(), req, r.s.Config.Chosen)
	if errors.Is(err, route.ErrNoProfile) {
		return r.shelf(ctx, req)
	}
	if err != nil {
		r.Outcome = "nothing: " + err.Error()
		return credhelper.Credential{}, classify(err)
	}
	r.Profile = chosen.Name
	r.WhyNot = slices.DeleteFunc(r.WhyNot, func(no refusal) bool { return no.Profile == chosen.Name })
	p, err := r.s.Profile(chosen.Name)
	if err != nil {
		r.Outcome = "nothing: the profile cannot be opened"
		return credhelper.Credential{}, configError(err)
	}
	if p, chosen, err = wished(p, chosen, req); err != nil {
		r.Outcome = "nothing: the request is not what the profile is for"
		return credhelper.Credential{}, configError(err)
	}
	return r.answer(ctx, p, chosen, req)
}

// compare says of each profile why it does not answer.
func (r *rehearsal) compare(req credhelper.Request) {
	q, err := frontend.Query(req)
	if err != nil {
		return
	}
	for _, p := range r.s.Routes().Profiles {
		r.WhyNot = append(r.WhyNot, refusal{p.Name, outranked(p, q)})
	}
}

// outranked is why p does not answer q: it does not match, or another matches better.
func outranked(p route.Profile, q route.Query) string {
	only := &route.Index{Profiles: []route.Profile{p}}
	if _, err := only.Choose(q); err == nil {
		return "another profile matches better"
	}
	return whyNot(p, q)
}

// shelf is what the tool itself gave to keep, where no profile answers.
func (r *rehearsal) shelf(ctx context.Context, req credhelper.Request) (credhelper.Credential, error) {
	h := &handler{app: r.app, s: r.s}
	c, err := h.kept(ctx, req, kind{credhelper.ErrNotFound, whyNone(r.s, req)})
	if err != nil {
		if r.Outcome = "nothing: no profile answers"; req.Host != "" {
			r.Hint = "add the host, just as it is asked for, to hosts of the profile whose token belongs there"
		}
		return c, err
	}
	r.Kept, r.Outcome = "what the tool gave to keep", "hit: that is given back"
	return c, nil
}

// answer says what is kept of p's token, and what that leads to.
func (r *rehearsal) answer(ctx context.Context, p *session.Profile, chosen *route.Profile, req credhelper.Request) (credhelper.Credential, error) {
	if !p.Kept() {
		r.Kept, r.Outcome = "nothing: it is read where it was written", "the "+p.GrantType()+" is read, and given"
		return credhelper.Credential{}, errRehearsal
	}
	tok, now := p.Source.Kept(ctx), time.Now()
	r.Kept = keptOf(tok, now)
	failed := p.Source.Failed(ctx)
	switch {
	case tok.Lasts(now, req.MinTTL):
		r.Outcome = "hit: the kept token is given"
		return frontend.Credential(tok, chosen), nil
	case failed != nil:
		r.Outcome = "nothing: the last request failed, and no server is asked until " + failed.Until.Local().Format(time.TimeOnly)
		return credhelper.Credential{}, classify(&session.ProfileError{Name: p.Name, Err: failed})
	case tok.Refresh == "" && takesPerson(p):
		return credhelper.Credential{}, r.person(p, req)
	case tok.Refresh != "":
		r.Outcome = "refresh: a new token is asked for with the refresh token"
	default:
		r.Outcome = "mint: a new token is asked for by " + p.GrantType()
	}
	return credhelper.Credential{}, errRehearsal
}

// person says whether a person would be asked to log in, and how.
func (r *rehearsal) person(p *session.Profile, req credhelper.Request) error {
	v := &interview{app: r.app, s: r.s, p: p, tool: req.Protocol, interactive: req.Interactive, screen: term.Open(r.app.stderr, r.app.getenv)}
	defer v.screen.Close()
	v.choice = v.scene(true, true).Choose()
	if v.choice.Way == login.None {
		r.Outcome = "login: it is needed, and nobody is asked: " + v.choice.Why
		return v.nobody()
	}
	r.Outcome = "login: a person is asked, by " + string(v.choice.Way) + ": " + v.choice.Why
	return errRehearsal
}

func takesPerson(p *session.Profile) bool {
	g := p.GrantType()
	return g == config.DeviceCode || g == config.AuthorizationCode
}

func keptOf(tok fob.Token, now time.Time) string {
	what := "no token"
	switch {
	case tok.Access == "":
	case tok.Expiry.IsZero():
		what = "a token without end"
	case tok.Valid(now):
		what = "a token, valid for " + span(tok.Expiry.Sub(now))
	default:
		what = "a token that has expired " + span(now.Sub(tok.Expiry)) + " ago"
	}
	if tok.Refresh != "" {
		what += ", and a refresh token"
	}
	return what
}

// rows are r for people.
func (r *rehearsal) rows() [][]string {
	rows := [][]string{{"call", r.Caller + " asks for " + r.Asked}}
	if r.Asked == "" {
		rows[0][1] = r.Caller + " asks"
	}
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{name, text})
		}
	}
	for i, name := range r.Order {
		add("asked", fmt.Sprintf("%d. %s", i+1, name))
	}
	add("answers", r.Profile)
	for _, no := range r.WhyNot {
		add("not", no.Profile+": "+no.Why)
	}
	add("kept", r.Kept)
	add("then", r.Outcome)
	if r.Exit != nil {
		add("exit", fmt.Sprint(*r.Exit))
	}
	add("says", r.Says)
	add("mend", r.Hint)
	return rows
}
