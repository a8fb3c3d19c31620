package oauth

import (
	"context"
	"errors"
	"time"

	"github.com/fobkit/fob"
)

// loginTime is how long a browser is waited for.
const loginTime = 5 * time.Minute

// Browser is the way to a person's browser, and back.
type Browser struct {
	// Open is called once, with the URL of the server's page, and must not wait for the person. An error ends the login.
	Open func(url string) error

	// Pasted are URLs at which the browser ended up, from a person whose browser does not reach this machine. Nil: none come.
	Pasted <-chan string
	Stray  func(error) // told of a pasted text that is not the answer, which the login survives. Nil: nobody is

	Timeout time.Duration // zero: 5 minutes
}

// Browse logs a person in with a browser (RFC 8252): it listens on loopback for the answer, which it shows there. It returns when one has come,
// in ErrUnanswered if none does in time, or when ctx ends. The token is nobody's yet: keep it with fob.CachedSource.Replace.
func (g Person) Browse(ctx context.Context, b Browser) (fob.Token, error) {
	l, err := listen(g.Redirects)
	if err != nil {
		return fob.Token{}, err
	}
	defer l.close()
	a, err := g.Authorize(ctx, l.redirect)
	if err != nil {
		return fob.Token{}, err
	}
	if err := b.Open(a.URL); err != nil {
		return fob.Token{}, &LocalError{"browser", err}
	}
	return b.wait(ctx, a, l)
}

func (b Browser) wait(ctx context.Context, a *Authorization, l *loopback) (fob.Token, error) {
	over := time.NewTimer(b.timeout())
	defer over.Stop()
	var stray error // of the last answer that was another login's
	for {
		select {
		case answer := <-l.landed:
			tok, err := a.Finish(ctx, answer.url)
			if !errors.Is(err, ErrStray) {
				l.finish(err)
			}
			if answer.done <- err; !errors.Is(err, ErrStray) {
				l.linger(ctx)
				return tok, err
			}
			stray = err
		case text := <-b.Pasted:
			tok, err := a.Finish(ctx, text)
			if !errors.Is(err, ErrStray) {
				return tok, err
			}
			if b.Stray != nil {
				b.Stray(err)
			}
		case <-over.C:
			return fob.Token{}, &unanswered{stray}
		case <-ctx.Done():
			return fob.Token{}, context.Cause(ctx)
		}
	}
}

func (b Browser) timeout() time.Duration {
	if b.Timeout == 0 {
		return loginTime
	}
	return b.Timeout
}
