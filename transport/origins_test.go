package transport_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth"
	"github.com/fobkit/fob/transport"
)

// internet is a server for each name, port and scheme there is, behind a proxy that leads to it.
type internet struct {
	proxy, tls *httptest.Server
	roots      *x509.CertPool

	mu   sync.Mutex
	seen []sight
}

// sight is a request as a server of that origin saw it.
type sight struct {
	origin, path, proto string
	secrets             []string // headers that hold one
}

func newInternet(t *testing.T, h2 bool) *internet {
	n := &internet{roots: x509.NewCertPool()}
	cert := certificate(t)
	n.roots.AddCert(cert.Leaf)
	n.tls = httptest.NewUnstartedServer(n)
	n.tls.EnableHTTP2 = h2
	n.tls.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	n.tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	n.tls.StartTLS()
	t.Cleanup(n.tls.Close)
	n.proxy = httptest.NewServer(http.HandlerFunc(n.tunnel))
	t.Cleanup(n.proxy.Close)
	return n
}

// certificate is that of all names in these tests, signed by itself.
func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames:    []string{"localhost", "example.com", "*.example.com", "*.api.example.com", "example.net", "*.com.example.net", "api.example.com.example.net"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(127, 0, 0, 2), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// tunnel is the proxy: it leads https to the one server, and is the servers of http itself.
func (n *internet) tunnel(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		n.ServeHTTP(w, r)
		return
	}
	far, err := net.Dial("tcp", n.tls.Listener.Addr().String())
	if err != nil {
		panic(err)
	}
	near, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { io.Copy(far, near); far.Close() }()
	go func() { io.Copy(near, far); near.Close() }()
}

// ServeHTTP answers as it is asked: by a cookie, a redirect or a status.
func (n *internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.note(r)
	io.Copy(io.Discard, r.Body)
	q := r.URL.Query()
	if q.Get("cookie") != "" {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: oauthtest.Canary, Path: "/"})
	}
	if to := q.Get("to"); to != "" {
		w.Header().Set("Location", to)
	}
	if code, err := strconv.Atoi(q.Get("code")); err == nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(code)
	}
}

func (n *internet) note(r *http.Request) {
	s := sight{origin: "http://" + r.Host, path: r.URL.Path, proto: r.Proto}
	if r.TLS != nil {
		s.origin = "https://" + r.Host
	}
	for name, values := range r.Header {
		if strings.Contains(strings.Join(values, " "), oauthtest.Canary) {
			s.secrets = append(s.secrets, name)
		}
	}
	slices.Sort(s.secrets)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen = append(n.seen, s)
}

// take returns what was seen since the last time.
func (n *internet) take() []sight {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer func() { n.seen = nil }()
	return n.seen
}

// client has the whole chain, a token, an API key and a jar, for one origin.
func (n *internet) client(t *testing.T, src fob.Source, hosts ...string) *http.Client {
	t.Helper()
	proxy, _ := url.Parse(n.proxy.URL)
	rt, err := transport.New(transport.Config{
		Source: src, Hosts: hosts, Header: http.Header{"X-Api-Key": {oauthtest.Canary}},
		Proxy: http.ProxyURL(proxy), RootCAs: n.roots, Deadline: time.Minute, UserAgent: "origins", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	t.Cleanup(func() { (&http.Client{Transport: rt}).CloseIdleConnections() })
	return &http.Client{Transport: rt, Jar: jar}
}

// via is the URL that leads through all of the stops by redirects.
func via(code int, stops ...string) string {
	if len(stops) == 1 {
		return stops[0]
	}
	return fmt.Sprintf("%s?code=%d&to=%s", stops[0], code, url.QueryEscape(via(code, stops[1:]...)))
}

func do(t *testing.T, c *http.Client, req *http.Request) {
	t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// tokens counts how often it is told that one was refused.
type tokens struct{ refused int }

func (*tokens) Token(context.Context) (fob.Token, error) {
	return fob.Token{Access: oauthtest.Canary}, nil
}

func (s *tokens) Invalidate(context.Context, fob.Token) error { s.refused++; return nil }

// neighbours are origins, by one that gets credentials, that must not get them, however near.
var neighbours = map[string][]string{
	"https://api.example.com": {
		"http://api.example.com/", "https://api.example.com:8443/", "https://other.example.com/", "https://example.com/", "https://sub.api.example.com/",
		"https://api.example.com.example.net/", "https://example.net/", "https://user:pw@other.example.com/", "https://api.example.com@example.net/",
		"https://127.0.0.1/", "//example.net/",
	},
	"http://127.0.0.1:8080": {
		"https://127.0.0.1:8080/", "http://127.0.0.1:8081/", "http://localhost:8080/", "http://127.0.0.2:8080/", "http://[::1]:8080/", "https://example.com/",
	},
}

var redirects = []int{301, 302, 303, 307, 308}

func TestNoCredentialLeavesItsOrigin(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		for api, foreign := range neighbours {
			t.Run(fmt.Sprintf("%s, h2 %v", api, h2), func(t *testing.T) {
				n, src := newInternet(t, h2), new(tokens)
				c := n.client(t, src, api)
				do(t, c, newRequest(t, "GET", api+"/?cookie=1"))
				for _, code := range redirects {
					for _, to := range foreign {
						checkJourney(t, n, c, api, 1, via(code, api+"/start", to))
						checkJourney(t, n, c, api, 2, via(code, api+"/start", api+"/again", to, api+"/back", api+"/end"))
						checkJourney(t, n, c, api, 1, via(code, api+"/start", to, "https://third.example.com/", api+"/back"))
					}
				}
				if src.refused > 0 {
					t.Errorf("%d tokens were dropped, want none", src.refused)
				}
			})
		}
	}
}

// checkJourney sends requests of several kinds to start, whose first stops are api's own, and looks at who saw what.
func checkJourney(t *testing.T, n *internet, c *http.Client, api string, own int, start string) {
	t.Helper()
	for _, method := range []string{"GET", "POST"} {
		req := newRequest(t, method, start)
		checkStops(t, n, c, req, api, own, []string{"Authorization", "Cookie", "X-Api-Key"})

		req = newRequest(t, method, start) // the caller's own, which net/http would carry to another port or scheme
		req.Header.Set("Authorization", "Basic "+oauthtest.Canary)
		req.Header.Set("Cookie", "own="+oauthtest.Canary)
		checkStops(t, n, c, req, api, own, []string{"Authorization", "Cookie"})
	}
}

func checkStops(t *testing.T, n *internet, c *http.Client, req *http.Request, api string, own int, want []string) {
	t.Helper()
	n.take()
	do(t, c, req)
	seen := n.take()
	if last := seen[len(seen)-1]; n.tls.EnableHTTP2 != (last.proto == "HTTP/2.0") && strings.HasPrefix(last.origin, "https") {
		t.Errorf("%s was spoken", last.proto)
	}
	if len(seen) <= own {
		t.Fatalf("%d stops on the way from %s, want more than %d", len(seen), req.URL, own)
	}
	for i, s := range seen {
		if i >= own {
			want = nil
		} else if s.origin != api {
			t.Errorf("stop %d of %s is at %s", i, req.URL, s.origin)
		}
		if !slices.Equal(s.secrets, want) {
			t.Errorf("stop %d of %s, %s%s, saw %v, want %v", i, req.URL, s.origin, s.path, s.secrets, want)
		}
	}
}

func newRequest(t *testing.T, method, url string) *http.Request {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader("payload")
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestNoCredentialGoesStraightToAnotherOrigin(t *testing.T) {
	for api, foreign := range neighbours {
		n, src := newInternet(t, true), new(tokens)
		c := n.client(t, src, api)
		for _, to := range foreign {
			if strings.HasPrefix(to, "/") {
				continue // relative to something
			}
			do(t, c, newRequest(t, "GET", to+"?code=401")) // a challenge from elsewhere is none of ours
			for _, s := range n.take() {
				if len(s.secrets) > 0 {
					t.Errorf("%s saw %v", to, s.secrets)
				}
			}
		}
		if src.refused > 0 {
			t.Errorf("foreign challenges dropped %d tokens, want none", src.refused)
		}
	}
}

func TestCredentialsStayBelowAPath(t *testing.T) {
	n := newInternet(t, true)
	c := n.client(t, new(tokens), "https://api.example.com/v1")
	do(t, c, newRequest(t, "GET", "https://api.example.com/?cookie=1"))
	for _, to := range []string{"/v2", "/v1/../v2", "/v1/%2e%2e/v2", "/v10", "/", "/V1"} {
		checkStops(t, n, c, newRequest(t, "GET", via(302, "https://api.example.com/v1/x", to)), "https://api.example.com", 1, []string{"Authorization", "Cookie", "X-Api-Key"})
	}
}

func TestTheSameOriginInOtherWordsGetsCredentials(t *testing.T) {
	n := newInternet(t, true)
	c := n.client(t, new(tokens), "https://api.example.com")
	n.take()
	do(t, c, newRequest(t, "GET", via(302, "https://api.example.com/", "https://API.example.com/", "https://api.example.com:443/", "//api.example.com/")))
	for _, s := range n.take() {
		if !slices.Equal(s.secrets, []string{"Authorization", "X-Api-Key"}) {
			t.Errorf("%s saw %v, want token and key", s.origin, s.secrets)
		}
	}
}

func TestATokenEndpointThatRedirectsIsNotFollowed(t *testing.T) {
	for _, code := range redirects {
		var there int
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { there++ }))
		defer elsewhere.Close()
		endpoint := httptest.NewServer(http.RedirectHandler(elsewhere.URL, code))
		defer endpoint.Close()
		grant := oauth.ClientCredentials{Client: &oauth.Client{TokenURL: endpoint.URL, ClientID: "c", Auth: oauth.Params{Secret: fob.Secret(oauthtest.Canary)}}}
		rt, err := transport.New(transport.Config{Source: new(fob.Cache).Source(grant.Key(), grant), Hosts: []string{"http://127.0.0.1:1"}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = rt.RoundTrip(newRequest(t, "GET", "http://127.0.0.1:1/"))
		if e := new(middleware.TokenError); !errors.As(err, &e) || there > 0 {
			t.Errorf("%d: got %v and %d requests elsewhere, want a *TokenError and none", code, err, there)
		}
	}
}
