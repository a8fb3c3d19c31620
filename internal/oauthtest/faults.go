package oauthtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong. Its steps follow the order of the fields: it waits, carries out the request or
// not, answers, cuts the connection. A Fault that only waits is followed by the true answer.
type Fault struct {
	Path    string // of the requests it befalls, or the start of it if it ends in a slash; zero: the token endpoint
	Times   int    // how many requests it befalls; zero: one, negative: all until Heal
	Reached func() // called for each, before it waits

	Delay  time.Duration
	Hang   bool    // wait until Release, Heal or Close, or the client leaves
	Commit bool    // carry out the request all the same: issue the token, use up the refresh token
	Answer *Answer // given in the place of the true one
	Cut    bool    // cut the connection, after the Answer if there is one
}

// Answer is an HTTP response.
type Answer struct {
	Status int // zero: 200
	Header http.Header
	Body   string
}

// Answers of servers that are ill, and of what stands before them.
var (
	Empty     = &Answer{Header: contentType("application/json")}
	HTML      = &Answer{Header: contentType("text/html"), Body: "<!doctype html><title>Sign in to the network</title>"}
	Truncated = &Answer{Header: contentType("application/json"), Body: `{"access_token":"access-` + Canary + `","expires_in":36`}
)

// Huge is more than a client should read. It is made when it is asked for: fob links this package, and starts often.
func Huge() *Answer {
	return &Answer{Header: contentType("application/json"), Body: `{"access_token":"access-` + Canary + `","pad":"` + strings.Repeat("x", 2*maxBody) + `"}`}
}

// Redirect is a 307 to url: the client is to send everything, credentials too, once more.
func Redirect(url string) *Answer {
	return &Answer{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {url}}}
}

// RetryAfter is a 429 or 503 that says when to come back.
func RetryAfter(status, seconds int) *Answer {
	return &Answer{Status: status, Header: http.Header{"Retry-After": {strconv.Itoa(seconds)}}}
}

// OAuthError is an error answer of RFC 6749 §5.2.
func OAuthError(status int, code string) *Answer {
	return &Answer{Status: status, Header: contentType("application/json"), Body: `{"error":"` + code + `"}`}
}

func contentType(t string) http.Header { return http.Header{"Content-Type": {t}} }

func (a *Answer) write(w http.ResponseWriter) {
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	w.Write([]byte(a.Body))
}

// faults are those still to come. The first that fits befalls a request.
type faults struct {
	mu      sync.Mutex
	list    []Fault
	release chan struct{} // closed to let go what hangs
}

// Fault adds f behind those that are still to come.
func (s *Server) Fault(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, f)
}

// Release lets go every request that hangs. What comes later hangs again if its Fault says so.
func (s *Server) Release() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	close(s.faults.release)
	s.faults.release = make(chan struct{})
}

// Heal forgets every Fault and lets go every request that hangs.
func (s *Server) Heal() {
	s.faults.mu.Lock()
	s.faults.list = nil
	s.faults.mu.Unlock()
	s.Release()
}

// struck is a Fault that befell a request, with what lets it go.
type struck struct {
	Fault
	release <-chan struct{}
}

func (f *faults) take(o *Options, path string) (struck, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.list, func(f Fault) bool { return f.befalls(o, path) })
	if i < 0 {
		return struck{}, false
	}
	hit := struck{f.list[i], f.release}
	if f.list[i].Times--; f.list[i].Times == 0 {
		f.list = slices.Delete(f.list, i, i+1)
	}
	return hit, true
}

func (f Fault) befalls(o *Options, path string) bool {
	switch {
	case f.Path == "":
		return path == o.TokenPath
	case strings.HasSuffix(f.Path, "/"):
		return strings.HasPrefix(path, f.Path)
	}
	return path == f.Path
}

func (s *Server) suffer(f struck, o *Options, w http.ResponseWriter, r *http.Request) {
	if f.Reached != nil {
		f.Reached()
	}
	if !f.wait(r) {
		panic(http.ErrAbortHandler) // nobody is there to answer
	}
	if f.Answer == nil && !f.Cut {
		s.answer(o, w, r)
		return
	}
	if f.Commit {
		s.answer(o, unheard{}, r)
	}
	if f.Answer != nil {
		f.Answer.write(w)
	}
	if f.Cut {
		cut(f.Answer, w)
	}
}

// cut ends the connection once what was answered is out.
func cut(answered *Answer, w http.ResponseWriter) {
	if answered != nil {
		http.NewResponseController(w).Flush()
	}
	panic(http.ErrAbortHandler)
}

// wait reports whether the client is still there afterwards.
func (f struck) wait(r *http.Request) bool {
	if f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return false
		}
	}
	if f.Hang {
		select {
		case <-f.release:
		case <-r.Context().Done():
			return false
		}
	}
	return true
}

// unheard is a ResponseWriter whose answer is lost.
type unheard struct{}

func (unheard) Header() http.Header         { return http.Header{} }
func (unheard) WriteHeader(int)             {}
func (unheard) Write(p []byte) (int, error) { return len(p), nil }
