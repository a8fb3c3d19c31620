package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob"
)

// Lone is the source of a process that minds its own token only, as x/oauth2's ReuseTokenSource is one: when a caller finds that it has
// expired, one caller at a time asks for another, once. It uses a token to its very end, where x/oauth2 would ask 10 s before.
type Lone struct {
	URL  string
	Key  int
	Over http.RoundTripper

	turn chan struct{}
	tok  atomic.Pointer[fob.Token]
}

// NewLone asks the token endpoint at url.
func NewLone(url string, key int, over http.RoundTripper) *Lone {
	return &Lone{URL: url, Key: key, Over: over, turn: make(chan struct{}, 1)}
}

// Token is of a context that has ended only if no wait is needed.
func (l *Lone) Token(ctx context.Context) (fob.Token, error) {
	if tok := l.tok.Load(); tok != nil && time.Now().Before(tok.Expiry) {
		return *tok, nil
	}
	if err := ctx.Err(); err != nil {
		return fob.Token{}, err
	}
	l.turn <- struct{}{} // as x/oauth2's mutex: no context ends the wait
	defer func() { <-l.turn }()
	if tok := l.tok.Load(); tok != nil && time.Now().Before(tok.Expiry) {
		return *tok, nil
	}
	tok, err := l.ask(ctx)
	if err == nil {
		l.tok.Store(&tok)
	}
	return tok, err
}

var errRefused = errors.New("no token from the server")

func (l *Lone) ask(ctx context.Context) (fob.Token, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strconv.Itoa(l.Key)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return fob.Token{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sent := time.Now()
	resp, err := l.Over.RoundTrip(req)
	if err != nil {
		return fob.Token{}, err
	}
	defer resp.Body.Close()
	var answer struct {
		Access string  `json:"access_token"`
		Life   float64 `json:"expires_in"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		return fob.Token{}, errRefused
	}
	return fob.Token{Access: fob.Secret(answer.Access), Expiry: sent.Add(time.Duration(answer.Life * float64(time.Second)))}, nil
}
