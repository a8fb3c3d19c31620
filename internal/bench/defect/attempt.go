package defect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

var attempts = []Defect{
	{"D15", "an error page of 64 kB costs a connection", []string{"retryablehttp"}, on(dialsAnew, fobs, retryable, failsafe, azure)},
	{"D16", "after the last attempt the answer is gone", []string{"retryablehttp"}, on(losesAnswer, fobs, retryable, failsafe, azure)},
	{"D17", "discarded answers are not closed", []string{"failsafe-go"}, on(leavesOpen, fobs, retryable, failsafe, azure)},
	{"D18", "attempts without a pause, of a POST too", []string{"failsafe-go"}, on(hammers, fobs, retryable, failsafe, azure)},
}

func dialsAnew(p peer.Peer) error {
	var dials atomic.Int64
	page := strings.Repeat("x", 64<<10)
	w := peer.HTTP1(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, page)
	}))
	defer w.Close()
	dial := w.Transport.DialTLSContext
	w.Transport.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, network, addr)
	}
	resp, _ := p.Wrap(peer.Net{API: w.Transport, Tokens: peer.Always, Wait: 10 * time.Millisecond}).RoundTrip(get())
	finish(resp)
	if n := dials.Load(); n > 1 {
		return fmt.Errorf("%d connections", n)
	}
	return nil
}

func losesAnswer(p peer.Peer) error {
	resp, err := over(p, answers(http.StatusServiceUnavailable)).RoundTrip(get())
	if err != nil {
		return fmt.Errorf("an error in the place of a 503")
	}
	defer resp.Body.Close()
	if data, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusServiceUnavailable || string(data) != "down" {
		return fmt.Errorf("status %d and %d bytes, of a 503 with 4", resp.StatusCode, len(data))
	}
	return nil
}

func leavesOpen(p peer.Peer) error {
	a := answers(http.StatusServiceUnavailable)
	rt := over(p, a)
	for range 3 {
		resp, _ := rt.RoundTrip(get())
		finish(resp)
	}
	if opened, closed := a.opened.Load(), a.closed.Load(); opened != closed {
		return fmt.Errorf("of %d answers %d were closed", opened, closed)
	}
	return nil
}

// hammers looks at a library's own pauses.
func hammers(p peer.Peer) error {
	a := answers(http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusOK)
	rt := p.Wrap(peer.Net{API: a, Tokens: peer.Always})
	resp, _ := rt.RoundTrip(peer.Request(http.MethodPost, []byte("0123456789"), ""))
	finish(resp)
	if n := a.count(); n > 1 && a.took() < 5*time.Millisecond {
		return fmt.Errorf("%d attempts of a POST within %v", n, a.took().Round(100*time.Microsecond))
	} else if n > 1 {
		return errors.New("a POST was sent again")
	}
	return nil
}
