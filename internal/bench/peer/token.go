package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// token is what a library's user writes where the library has no client of its own for a token endpoint.
type token struct {
	Access  string `json:"access_token"`
	Seconds int    `json:"expires_in"`
}

func (t token) expiry() time.Time { return time.Now().Add(time.Duration(t.Seconds) * time.Second) }

// fetch asks the token endpoint as RFC 6749 §4.4 has it.
func fetch(ctx context.Context, tokens http.RoundTripper) (t token, err error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"bench"}, "client_secret": {"not much of one"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return t, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{Transport: tokens}).Do(req)
	if err != nil {
		return t, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return t, fmt.Errorf("token endpoint answers %s", resp.Status)
	}
	return t, json.NewDecoder(resp.Body).Decode(&t)
}

// Answer is a response in memory.
func Answer(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}
}

// Issue answers a token request with a token of that many seconds.
func Issue(req *http.Request, access string, seconds int) *http.Response {
	return Answer(req, http.StatusOK, fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, access, seconds))
}

// Authorization is the header of requests with Always' token.
var Authorization = "Bearer " + jwt

// Always is a token endpoint that issues the same token, for a day. It is as long as a JWT.
var Always http.RoundTripper = roundTrip(func(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close()
	}
	return Issue(req, jwt, 24*60*60), nil
})

var jwt = "fob-canary-7f3a9c-" + strings.Repeat("x", 900)
