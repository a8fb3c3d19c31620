package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/fobkit/fob"
)

const opGitHubActions = "github_actions"

// GitHubActions asks the runner of a GitHub Actions job for a JWT that says which workflow this is. It is a SecretSource; the job needs the
// permission id-token: write.
type GitHubActions struct {
	Audience  string     // aud of the JWT. Empty: GitHub chooses
	URL       string     // the job's ACTIONS_ID_TOKEN_REQUEST_URL
	Token     fob.Secret // the job's ACTIONS_ID_TOKEN_REQUEST_TOKEN
	Transport http.RoundTripper
}

var errNoIDToken = errors.New("ACTIONS_ID_TOKEN_REQUEST_URL is not set: this is no job with the permission id-token: write")

// Secret asks for a new JWT. Its error is an *Error, or a *LocalError where nobody was asked.
func (g GitHubActions) Secret(ctx context.Context) (fob.Secret, error) {
	if g.URL == "" || g.Token == "" {
		return "", &LocalError{opGitHubActions, errNoIDToken}
	}
	place, err := parseURL(opGitHubActions, g.URL)
	if err != nil {
		return "", err
	}
	if g.Audience != "" {
		place.RawQuery = joinQuery(place.RawQuery, url.Values{"audience": {g.Audience}}.Encode())
	}
	a, err := (&Client{Transport: g.Transport}).get(ctx, opGitHubActions, place, http.Header{"Authorization": {"Bearer " + string(g.Token)}})
	if err != nil {
		return "", err
	}
	return g.read(a, place)
}

func (g GitHubActions) read(a *answer, place *url.URL) (fob.Secret, error) {
	q := question{op: opGitHubActions, endpoint: place}
	m, err := parseMembers(a.body, a.header.Get("Content-Type"))
	if a.status != http.StatusOK {
		return "", a.refused(q, m, err)
	}
	var jwt fob.Secret
	if err == nil {
		jwt, err = m.secret("value")
	}
	switch {
	case err != nil:
		return "", &Error{Op: q.op, Host: place.Host, Status: a.status, Problem: err.Error()}
	case jwt == "":
		return "", &Error{Op: q.op, Host: place.Host, Status: a.status, Problem: "no token"}
	}
	return jwt, nil
}

// Fingerprint tells one job from another, and asks nobody. See fob.Fingerprinter.
func (g GitHubActions) Fingerprint(context.Context) (fob.Secret, error) {
	return fob.Secret(g.URL+" "+g.Audience+" ") + g.Token, nil
}
