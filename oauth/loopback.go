package oauth

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	usualRedirect = "http://127.0.0.1"
	portTries     = 10              // at random ports
	lingerTime    = 2 * time.Second // for a browser that does not come for its page
	shutdownTime  = time.Second     // for one that does not take it
)

var (
	errRedirect8252 = errors.New("not an http URL on loopback without query")
)

// ErrPorts is a login in a browser for which no port of its redirect URLs is free.
var ErrPorts = errors.New("no port to listen on")

// loopback listens where the server sends a person's browser (RFC 8252 §7.3).
type loopback struct {
	redirect string // as the server is told
	path     string
	server   http.Server
	serving  sync.WaitGroup

	landed chan landing
	over   chan struct{} // closed when the login is over; then outcome is how
	shown  chan struct{} // closed when the page that says so has been asked for
	once   sync.Once

	outcome error
}

// landing is a browser that came with an answer, right or wrong.
type landing struct {
	url  string
	done chan error // what became of it
}

// listen takes the first of redirects whose port is free.
func listen(redirects []string) (*loopback, error) {
	if len(redirects) == 0 {
		redirects = []string{usualRedirect}
	}
	for _, raw := range redirects {
		u, err := parseURL("redirect URL", raw)
		if err != nil || u.Scheme != "http" || u.RawQuery != "" {
			return nil, &LocalError{"redirect URL", errRedirect8252}
		}
		if port, listeners := bindAny(u.Port()); listeners != nil {
			u.Host = net.JoinHostPort(u.Hostname(), port)
			return serve(u, listeners), nil
		}
	}
	return nil, &LocalError{"redirect URL", ErrPorts}
}

// bindAny binds port, or a free one if it is empty.
func bindAny(port string) (string, []net.Listener) {
	if port != "" {
		return port, bindBoth(port)
	}
	for range portTries {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			l, err = net.Listen("tcp", "[::1]:0")
		}
		if err != nil {
			return "", nil
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		l.Close() // bindBoth takes it, unless somebody is faster
		if both := bindBoth(port); both != nil {
			return port, both
		}
	}
	return "", nil
}

// bindBoth binds port on 127.0.0.1 and [::1], as far as this machine has them: a name such as localhost leads to either, and another
// program on one of them would be told the code.
func bindBoth(port string) []net.Listener {
	var both []net.Listener
	for _, address := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(address, port))
		if err == nil {
			both = append(both, l)
			continue
		}
		if probe, err := net.Listen("tcp", net.JoinHostPort(address, "0")); err == nil { // the address is there, so the port is taken
			probe.Close()
			closeAll(both)
			return nil
		}
	}
	return both
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

func serve(redirect *url.URL, listeners []net.Listener) *loopback {
	l := &loopback{
		redirect: redirect.String(), path: redirect.EscapedPath(),
		landed: make(chan landing), over: make(chan struct{}), shown: make(chan struct{}),
	}
	if l.path == "" {
		l.path = "/"
	}
	l.server = http.Server{
		Handler: l, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxLanding,
		ErrorLog: log.New(io.Discard, "", 0), // a browser's manners are no news
	}
	for _, listener := range listeners {
		l.serving.Go(func() { l.server.Serve(listener) })
	}
	return l
}

// ServeHTTP takes the answer to wait, and sends the browser on to the same place without it: neither address bar nor history keeps the code.
// A name that somebody lets lead to this machine is not answered: a page of that name could read what is said.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet || r.URL.EscapedPath() != l.path || !isLoopback((&url.URL{Host: r.Host}).Hostname()):
		pageNowhere.write(w, http.StatusNotFound)
	case r.URL.RawQuery == "":
		l.show(w)
	default:
		l.land(w, r)
	}
}

// show is how the login ended.
func (l *loopback) show(w http.ResponseWriter) {
	select {
	case <-l.over:
		pageOf(l.outcome).write(w, http.StatusOK)
		l.once.Do(func() { close(l.shown) })
	default:
		pageNowhere.write(w, http.StatusNotFound)
	}
}

func (l *loopback) land(w http.ResponseWriter, r *http.Request) {
	answer := landing{r.URL.String(), make(chan error, 1)}
	select {
	case <-l.over:
		pageOver.write(w, http.StatusGone)
		return
	case l.landed <- answer:
	case <-r.Context().Done():
		return
	}
	select {
	case err := <-answer.done:
		if errors.Is(err, ErrStray) {
			pageStray.write(w, http.StatusBadRequest)
			return
		}
		w.Header().Set("Location", l.path)
		pageOf(err).write(w, http.StatusSeeOther)
	case <-r.Context().Done():
	}
}

// finish says how the login ended.
func (l *loopback) finish(err error) {
	l.outcome = err
	close(l.over)
}

// linger waits for the browser to come for its page.
func (l *loopback) linger(ctx context.Context) {
	t := time.NewTimer(lingerTime)
	defer t.Stop()
	select {
	case <-l.shown:
	case <-t.C:
	case <-ctx.Done():
	}
}

// close ends it all, once the page under way is out.
func (l *loopback) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if l.server.Shutdown(ctx) != nil {
		l.server.Close()
	}
	l.serving.Wait()
}
