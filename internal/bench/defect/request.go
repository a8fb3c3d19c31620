package defect

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

var requests = []Defect{
	{"D1", "a redirect takes the token to another host", []string{"x/oauth2", "cloud auth"}, on(leaks, fobs, oauth2, cloud, azure, oras, ggcr)},
	{"D7", "the API key is written into the caller's URL", []string{"cloud auth"}, on(writesURL, fobs.in(peer.FobKey), oauth2, cloud.in(peer.CloudKey))},
	{"D10", "a reader is sought while the last attempt still reads it", []string{"azcore", "retryablehttp"}, on(seeksEarly, fobs, retryable, failsafe, azure)},
	{"D12", "after a 401 a body that was read is sent again, empty", []string{"go-containerregistry"}, on(sendsEmpty, fobs, oauth2, cloud, azure, oras, ggcr)},
	{"D13", "a POST is sent again after a 500, the caller's body replaced", []string{"retryablehttp"}, on(repeatsPost, fobs, retryable, failsafe, azure)},
	{"D14", "redirects are followed within RoundTrip", []string{"retryablehttp"}, on(follows, fobs, oauth2, retryable, failsafe, cloud, azure, oras, ggcr)},
	{"D26", "the length of a body is lost", []string{"retryablehttp"}, on(losesLength, fobs, retryable.in(peer.Rewound), failsafe, azure)},
}

func leaks(p peer.Peer) error {
	for _, elsewhere := range []string{"https://other.example.com/", peer.Origin + ":8443/"} {
		var seen string
		a := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
			if req.URL.Host != peer.Host {
				seen = req.Header.Get("Authorization")
				return answer(req, http.StatusOK), nil
			}
			resp := answer(req, http.StatusFound)
			resp.Header.Set("Location", elsewhere)
			return resp, nil
		}}
		resp, err := (&http.Client{Transport: over(p, a)}).Do(get())
		if err == nil {
			finish(resp)
		}
		if strings.Contains(seen, "canary") {
			return fmt.Errorf("%s got the token", elsewhere)
		}
	}
	return nil
}

func writesURL(p peer.Peer) error {
	rt, req := over(p, answers(http.StatusOK)), get()
	url, header := req.URL.String(), req.Header.Clone()
	resp, err := rt.RoundTrip(req)
	finish(resp)
	if now := req.URL.String(); now != url {
		return errors.New("the caller's URL was changed")
	}
	if !maps.EqualFunc(header, req.Header, func(a, b []string) bool { return strings.Join(a, ",") == strings.Join(b, ",") }) {
		return errors.New("the caller's header was changed")
	}
	return err
}

// seekable is a body as a file is one. sending is true as long as a transport may read it.
type seekable struct {
	io.ReadSeeker
	sending *atomic.Bool
	raced   *atomic.Bool
}

func (s seekable) Seek(offset int64, whence int) (int64, error) {
	if s.sending.Load() {
		s.raced.Store(true)
		return 0, errors.New("somebody reads")
	}
	return s.ReadSeeker.Seek(offset, whence)
}

func (s seekable) Close() error { return nil }

// seeksEarly answers 503 to an upload that is still going on, as net/http does when a server has heard enough.
func seeksEarly(p peer.Peer) error {
	var sending, raced atomic.Bool
	a := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		if n > 1 {
			swallow(req)
			return answer(req, http.StatusOK), nil
		}
		sending.Store(true)
		time.AfterFunc(100*time.Millisecond, func() { sending.Store(false) })
		return answer(req, http.StatusServiceUnavailable), nil
	}}
	body := func() (io.ReadCloser, error) { return seekable{strings.NewReader("0123456789"), &sending, &raced}, nil }
	req := put()
	req.Body, _ = body()
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("0123456789")), nil }
	resp, _ := over(p, a).RoundTrip(req)
	finish(resp)
	if raced.Load() {
		return errors.New("the reader was sought while it was read")
	}
	return nil
}

func sendsEmpty(p peer.Peer) error {
	var got string
	var accepted bool
	a := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		if n == 1 {
			swallow(req)
			return answer(req, http.StatusUnauthorized), nil
		}
		got, accepted = swallow(req), true
		return answer(req, http.StatusOK), nil
	}}
	resp, err := over(p, a).RoundTrip(streamed(http.MethodPut))
	finish(resp)
	if err == nil && accepted && resp.StatusCode == http.StatusOK && got != "0123456789" {
		return fmt.Errorf("200, for an upload of %d bytes in the place of 10", len(got))
	}
	return nil
}

func repeatsPost(p peer.Peer) error {
	a := answers(http.StatusInternalServerError)
	var closed atomic.Int64
	req := streamed(http.MethodPost)
	body := &counted{ReadCloser: req.Body, n: &closed}
	req.Body = body
	resp, _ := over(p, a).RoundTrip(req)
	finish(resp)
	switch {
	case a.count() > 1:
		return fmt.Errorf("%d attempts", a.count())
	case req.Body != io.ReadCloser(body):
		return errors.New("the caller's body was replaced")
	case closed.Load() == 0:
		return errors.New("the caller's body was never closed")
	}
	return nil
}

func follows(p peer.Peer) error {
	a := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		if n > 1 {
			return answer(req, http.StatusOK), nil
		}
		resp := answer(req, http.StatusFound)
		resp.Header.Set("Location", "/v1/others")
		return resp, nil
	}}
	resp, err := over(p, a).RoundTrip(get())
	finish(resp)
	if err == nil && resp.StatusCode != http.StatusFound {
		return fmt.Errorf("a 302 became a %d", resp.StatusCode)
	}
	return err
}

func losesLength(p peer.Peer) error {
	var lengths []int64
	a := &api{handler: func(n int, req *http.Request) (*http.Response, error) {
		lengths = append(lengths, req.ContentLength)
		swallow(req)
		if n == 1 {
			return answer(req, http.StatusServiceUnavailable), nil
		}
		return answer(req, http.StatusOK), nil
	}}
	resp, err := over(p, a).RoundTrip(put())
	finish(resp)
	for _, n := range lengths {
		if n != 10 {
			return fmt.Errorf("ContentLength %d, of 10 bytes", n)
		}
	}
	return err
}
