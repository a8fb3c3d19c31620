package defect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

var tokens = []Defect{
	{"D2", "callers with a deadline wait for a token endpoint one after the other", []string{"x/oauth2"},
		on(waitsInSeries, fobs, oauth2.in(peer.OAuth2Probe), cloud, azure, oras)},
	{"D3", "what the token endpoint said first is lost", []string{"x/oauth2"}, on(losesReason, fobs, oauth2.in(peer.OAuth2Probe))},
	{"D4", "a caller with a deadline waits behind one without", []string{"cloud auth"}, on(waitsBehind, fobs, oauth2, cloud, azure, oras)},
	{"D5", "after one failed refresh none is tried until the token is dead", []string{"cloud auth"}, on(givesUp, fobs, cloud)},
	{"D6", "a short-lived token is minted for each call", []string{"cloud auth", "x/oauth2"}, on(mintsPerCall, fobs, oauth2, cloud, azure)},
	{"D8", "a refusal is fetched once a caller, in series", []string{"azcore"}, on(refusedInSeries, fobs, oauth2, cloud, azure)},
	{"D9", "each 401 of an endpoint that refuses all tokens costs a mint", []string{"azcore"}, on(mintsPerRefusal, fobs, oauth2, cloud, azure, oras, ggcr)},
	{"D11", "a follower gets the leader's deadline", []string{"oras-go"}, on(sharesDeadline, fobs, oauth2, cloud, azure, oras)},
}

// endpoint issues tokens after wait, with that status; seconds are their life.
func endpoint(wait time.Duration, status, seconds int) *api {
	return &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		swallow(req)
		select {
		case <-time.After(wait):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
		if status != http.StatusOK {
			return peer.Answer(req, status, `{"error":"invalid_client"}`), nil
		}
		return peer.Issue(req, fmt.Sprintf("fob-canary-7f3a9c-%d", n), seconds), nil
	}}
}

const hour = 3600

// cold is p before its first token, over an API that refuses who has none.
func cold(p peer.Peer, tokens *api) http.RoundTripper {
	a := &api{handler: func(_ int, req *http.Request) (*http.Response, error) {
		swallow(req)
		if req.Header.Get("Authorization") == "" {
			return answer(req, http.StatusUnauthorized), nil
		}
		return answer(req, http.StatusOK), nil
	}}
	return p.Wrap(peer.Net{API: a, Tokens: tokens, Cold: true, Wait: time.Millisecond})
}

// call sends a request under a deadline; zero is none.
func call(rt http.RoundTripper, deadline time.Duration) (status int, err error) {
	ctx := context.Background()
	if deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadline)
		defer cancel()
	}
	resp, err := rt.RoundTrip(get().WithContext(ctx))
	if err != nil {
		return 0, err
	}
	finish(resp)
	return resp.StatusCode, nil
}

const patience = 50 * time.Millisecond

// back fails if a caller with patience was back much later.
func back(start time.Time) error {
	if took := time.Since(start); took > patience+250*time.Millisecond {
		return fmt.Errorf("back after %v, with a deadline of %v", took.Round(10*time.Millisecond), patience)
	}
	return nil
}

func waitsInSeries(p peer.Peer) error {
	tokens := endpoint(150*time.Millisecond, http.StatusServiceUnavailable, 0)
	rt, start := cold(p, tokens), time.Now()
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { call(rt, patience) })
	}
	wg.Wait()
	return back(start)
}

func losesReason(p peer.Peer) error {
	tokens := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		swallow(req)
		if n == 1 {
			return peer.Answer(req, http.StatusBadRequest, `{"error":"invalid_scope"}`), nil
		}
		return peer.Answer(req, http.StatusUnauthorized, `{"error":"invalid_client"}`), nil
	}}
	if _, err := call(cold(p, tokens), 0); err == nil || !strings.Contains(err.Error(), "invalid_scope") {
		return errors.New("the error does not say invalid_scope")
	}
	return nil
}

func waitsBehind(p peer.Peer) error {
	rt := cold(p, endpoint(time.Second, http.StatusOK, hour))
	go call(rt, 0)
	time.Sleep(20 * time.Millisecond)
	start := time.Now()
	call(rt, patience)
	return back(start)
}

// givesUp has a token that is due to be replaced, and a first try that fails.
func givesUp(p peer.Peer) error {
	tokens := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		swallow(req)
		switch n {
		case 1:
			return peer.Issue(req, "fob-canary-7f3a9c-1", 10), nil
		case 2:
			return peer.Answer(req, http.StatusBadGateway, ""), nil
		}
		return peer.Issue(req, "fob-canary-7f3a9c-3", hour), nil
	}}
	rt := p.Wrap(peer.Net{API: peer.Stub, Tokens: tokens, Early: 20 * time.Second, Life: 100 * time.Second, Aged: 90 * time.Second})
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end) && tokens.count() < 3; time.Sleep(50 * time.Millisecond) {
		if _, err := call(rt, 0); err != nil {
			return err
		}
	}
	if tokens.count() < 3 {
		return fmt.Errorf("%d attempts in five seconds of use", tokens.count()-1)
	}
	return nil
}

func mintsPerCall(p peer.Peer) error {
	for _, seconds := range []int{10, 60} {
		tokens := endpoint(0, http.StatusOK, seconds)
		rt := cold(p, tokens)
		for range 50 {
			if _, err := call(rt, 0); err != nil {
				return err
			}
			time.Sleep(time.Millisecond) // for what is done in the background
		}
		if n := tokens.count(); n > 2 {
			return fmt.Errorf("%d mints in 50 calls, with tokens of %d s", n, seconds)
		}
	}
	return nil
}

func refusedInSeries(p peer.Peer) error {
	tokens := endpoint(50*time.Millisecond, http.StatusBadRequest, 0)
	rt := cold(p, tokens)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { call(rt, 0) })
	}
	wg.Wait()
	if n := tokens.count(); n > 1 {
		return fmt.Errorf("%d token requests of 8 callers at once", n)
	}
	return nil
}

func mintsPerRefusal(p peer.Peer) error {
	tokens := endpoint(0, http.StatusOK, hour)
	rt := p.Wrap(peer.Net{API: answers(http.StatusUnauthorized), Tokens: tokens})
	for range 5 {
		call(rt, 0)
	}
	if n := tokens.count(); n > 3 {
		return fmt.Errorf("%d mints in 5 calls", n)
	}
	return nil
}

func sharesDeadline(p peer.Peer) error {
	rt := cold(p, endpoint(300*time.Millisecond, http.StatusOK, hour))
	go call(rt, 80*time.Millisecond)
	time.Sleep(20 * time.Millisecond)
	if _, err := call(rt, 0); err != nil {
		return fmt.Errorf("a caller without a deadline failed: %w", err)
	}
	return nil
}
