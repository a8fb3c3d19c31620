package oauthtest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/fobkit/fob"
)

// maxBody bounds what is kept of a token request.
const maxBody = 1 << 20

// Request is a token request as it came. It prints as its method and path; Header is not masked when printed by itself.
type Request struct {
	Method string
	Host   string
	Path   string
	Query  fob.Secret // as sent, without the question mark
	Header http.Header
	Body   fob.Secret
}

// Format prints no secret, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { io.WriteString(f, r.Method+" "+r.Path) }

// Wire is the whole request for comparison with a golden file: the line with method, path and query, the headers sorted
// but for those that net/http adds by itself, an empty line, the body.
func (r Request) Wire() fob.Secret {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.Path)
	if r.Query != "" {
		b.WriteString("?" + string(r.Query))
	}
	b.WriteString("\n")
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		switch name {
		case "Accept-Encoding", "Content-Length", "User-Agent":
			continue
		}
		for _, v := range r.Header[name] {
			b.WriteString(name + ": " + v + "\n")
		}
	}
	b.WriteString("\n" + string(r.Body))
	return fob.Secret(b.String())
}

// Counts is how often things have happened since the start.
type Counts struct {
	Token        map[string]int // token requests by grant_type, those that met a fault among them
	Issued       int            // access tokens issued, by token requests and Issue
	Refused      int            // token requests refused
	API          int            // API requests
	Unauthorized int            // API requests answered 401
}

// Requests is the number of token requests.
func (c Counts) Requests() (n int) {
	for _, k := range c.Token {
		n += k
	}
	return n
}

// journal is what the Server remembers of its callers.
type journal struct {
	mu       sync.Mutex
	requests []Request
	counts   Counts
}

// Requests returns every token request so far, in the order of arrival.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.requests)
}

// Counts returns the counts so far.
func (s *Server) Counts() Counts {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	c := s.log.counts
	c.Token = maps.Clone(c.Token)
	return c
}

func (j *journal) count(f func(*Counts)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.counts)
}

// arrive notes r before anything can go wrong with it. A token request's body is read here and can be read again. If it
// cannot be read, the request is answered and arrive is false.
func (j *journal) arrive(o *Options, w http.ResponseWriter, r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, o.APIPath) {
		j.count(func(c *Counts) { c.API++ })
	}
	if r.URL.Path != o.TokenPath {
		return true
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "body too large or cut short", http.StatusBadRequest)
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	j.keep(o, r, body)
	return true
}

func (j *journal) keep(o *Options, r *http.Request, body []byte) {
	form, _ := parse(o, r) // what cannot be parsed has no grant type
	r.Body = io.NopCloser(bytes.NewReader(body))
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests = append(j.requests, Request{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: fob.Secret(r.URL.RawQuery),
		Header: r.Header.Clone(), Body: fob.Secret(body),
	})
	if j.counts.Token == nil {
		j.counts.Token = map[string]int{}
	}
	j.counts.Token[form.Get("grant_type")]++
}
