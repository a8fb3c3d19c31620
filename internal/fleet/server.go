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

// arrive takes a request in, and says when that was, and how long the answer takes.
func (s *Server) arrive() (at, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at = time.Since(s.start)
	s.asked = count(s.asked, at)
	return at, s.params.Answer.draw(s.random)
}

// issue makes a token, which says when it ends: its life begins with the request at that time.
func (s *Server) issue(key int, at time.Duration) (access string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Since(s.start)
	s.minted = count(s.minted, now)
	s.issued[key] = append(s.issued[key], Span{now, at + s.params.Life})
	return fmt.Sprintf("fob-canary-7f3a9c-%d-%d", s.random.Uint64(), s.start.Add(at+s.params.Life).UnixNano())
}

// end is when the server will not take tok any more, whatever a wrong clock says.
func end(tok fob.Token) int64 {
	access := string(tok.Access)
	nano, _ := strconv.ParseInt(access[strings.LastIndexByte(access, '-')+1:], 10, 64)
	return nano
}

// answer is the server's whole work.
func (s *Server) answer(key int) (status int, body string) {
	at, wait := s.arrive()
	time.Sleep(wait)
	if s.params.Outage.has(at) {
		return http.StatusServiceUnavailable, "{}"
	}
	return http.StatusOK, fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, s.issue(key, at), int(s.params.Life.Seconds()))
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
