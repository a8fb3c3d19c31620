package fleet

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

// Server is the authorization server: it serves requests over the network, or, as a RoundTripper, without one. It bears any load.
type Server struct {
	params Params
	start  time.Time

	mu     sync.Mutex
	random *rand.Rand
	asked  []int    // requests, by the second
	minted []int    // tokens, by the second
	issued [][]Span // of each key's tokens, the life
}

// NewServer counts time from start.
func NewServer(p Params, start time.Time) *Server {
	return &Server{params: p, start: start, random: p.random(2), issued: make([][]Span, p.Keys)}
}

// count adds one to the second that at lies in.
func count(by []int, at time.Duration) []int {
	second := int(max(at, 0) / time.Second)
	for len(by) <= second {
		by = append(by, 0)
	}
	by[second]++
	return by
}

// arrive takes a request in, and says how long the answer takes and whether it is a token.
func (s *Server) arrive() (wait time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := time.Since(s.start)
	s.asked = count(s.asked, at)
	return s.params.Answer.draw(s.random), !s.params.Outage.has(at)
}

func (s *Server) issue(key int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := time.Since(s.start)
	s.minted = count(s.minted, at)
	s.issued[key] = append(s.issued[key], Span{at, at + s.params.Life})
}

// answer is the server's whole work.
func (s *Server) answer(key int) (status int, body string) {
	wait, ok := s.arrive()
	time.Sleep(wait)
	if !ok {
		return http.StatusServiceUnavailable, "{}"
	}
	s.issue(key)
	return http.StatusOK, fmt.Sprintf(`{"access_token":"fob-canary-7f3a9c-%d","token_type":"Bearer","expires_in":%d}`, rand.Uint64(), int(s.params.Life.Seconds()))
}

// keyOf is the key that a request's scope names.
func keyOf(req *http.Request) int {
	key, _ := strconv.Atoi(req.PostFormValue("scope"))
	return key
}

func (s *Server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	status, body := s.answer(keyOf(req))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// RoundTrip answers req.
func (s *Server) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	status, body := s.answer(keyOf(req))
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// Grants ask the token endpoint at url, one for each key.
func (p Params) Grants(url string, over http.RoundTripper) []oauth.Grant {
	client := &oauth.Client{TokenURL: url, ClientID: "fleet", Auth: oauth.Basic{Secret: fob.Secret("fob-canary-7f3a9c-client")}, Transport: over}
	grants := make([]oauth.Grant, p.Keys)
	for key := range grants {
		grants[key] = oauth.ClientCredentials{Client: client, Scopes: []string{strconv.Itoa(key)}}
	}
	return grants
}

// Cached are the sources of a member with a cache.
func (p Params) Cached(c *fob.Cache, grants []oauth.Grant) []fob.Source {
	all := make([]fob.Source, p.Keys)
	for key, g := range grants {
		all[key] = c.Source(g.Key(), g)
	}
	return all
}

// Alone are the sources of a member without one.
func (p Params) Alone(url string, over http.RoundTripper) []fob.Source {
	all := make([]fob.Source, p.Keys)
	for key := range all {
		all[key] = NewLone(url, key, over)
	}
	return all
}
