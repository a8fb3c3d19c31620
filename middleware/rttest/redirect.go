package rttest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// foreign are the origins that are not Origin, however near.
var foreign = []target{
	"https://api.example.com:8443", "https://other.example.com", "https://example.com", "https://sub.api.example.com",
	"http://api.example.com", "https://api.example.com.example.net", "https://example.net",
}

type target string

func (t target) String() string { return "a redirect to " + string(t) }

// credentialsStay sends a request by an http.Client, lets Origin redirect it elsewhere, and looks there for what the RoundTripper added
// to the request to Origin.
func credentialsStay(wrap wrapper) error {
	return each(foreign, func(to target) error {
		s := new(stub)
		s.answer = func(n int, req *http.Request) (*http.Response, error) {
			if n > 0 {
				return s.reply(req, http.StatusOK), nil
			}
			resp := s.reply(req, http.StatusFound)
			resp.Header.Set("Location", string(to)+"/")
			return resp, nil
		}
		req := get()
		resp, err := (&http.Client{Transport: wrap(s)}).Do(req)
		if err != nil {
			return nil // what is not sent does not leak
		}
		finish(resp)
		seen := s.sights()
		if len(seen) < 2 {
			return nil
		}
		return leaked(added(seen[0], req), seen[1:])
	})
}

// secret is a value that the RoundTripper added, and where.
type secret struct{ where, value string }

// added are the credentials that one has and the caller's request has not.
func added(one sight, req *http.Request) (all []secret) {
	for name, values := range one.header {
		if credential(name) && !slices.Equal(values, req.Header[name]) {
			all = append(all, secret{"the header " + name, strings.Join(values, ", ")})
		}
	}
	u, _ := url.Parse(one.url)
	asked := req.URL.Query()
	for name, values := range u.Query() {
		if !slices.Equal(values, asked[name]) {
			all = append(all, secret{"the query's " + name, strings.Join(values, ", ")})
		}
	}
	return all
}

// words are what the names of headers have in them that carry credentials. Others, as User-Agent or Traceparent, may go anywhere.
var words = []string{"auth", "cookie", "credential", "dpop", "key", "password", "secret", "session", "signature", "token"}

func credential(name string) bool {
	name = strings.ToLower(name)
	return name != "idempotency-key" && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
}

// leaked says which of the secrets was sent on.
func leaked(all []secret, seen []sight) error {
	for _, one := range seen {
		u, _ := url.Parse(one.url)
		rest := u.Query()
		maps.Copy(rest, one.header)
		for _, sec := range all {
			for _, values := range rest {
				if sec.value != "" && strings.Contains(strings.Join(values, ", "), sec.value) {
					return fmt.Errorf("%s, which was added for %s, went to %s://%s: http.Client strips what its caller set, and cannot strip what is added below it; add it to its own origin only (scheme, host and port)", sec.where, Origin, u.Scheme, u.Host)
				}
			}
		}
	}
	return nil
}
