package oauthtest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
)

func post(s *Server, refresh fob.Secret) (*http.Response, error) {
	form := url.Values{"client_id": {"c"}, "client_secret": {string(secret)}, "grant_type": {"client_credentials"}}
	if refresh != "" {
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", string(refresh))
	}
	return s.Client().PostForm(s.TokenURL(), form)
}

func TestLostAnswerUsesUpTheRefreshToken(t *testing.T) {
	for _, commit := range []bool{true, false} {
		s := New(t, Options{Clients: []Client{plain}, Refresh: Rotated})
		tok := s.Issue("c")
		s.Fault(Fault{Commit: commit, Cut: true})
		if resp, err := post(s, tok.Refresh); err == nil {
			t.Fatalf("answered %d, want a cut connection", resp.StatusCode)
		}
		want := 200
		if commit {
			want = 400
		}
		wantStatus(t, fmt.Sprintf("refresh token after its answer was lost, commit %v", commit), refresh(t, s, tok.Refresh).Status, want)
	}
}

func TestFaultsBefallSoManyRequestsOfOnePath(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}})
	s.Fault(Fault{Times: 2, Answer: RetryAfter(503, 7)})
	s.Fault(Fault{Path: "/api/", Times: -1, Answer: &Answer{Status: 500}})
	for _, want := range []int{503, 503, 200} {
		resp, err := post(s, "")
		if err != nil {
			t.Fatal("no answer")
		}
		resp.Body.Close()
		wantStatus(t, "token request", resp.StatusCode, want)
		if got := resp.Header.Get("Retry-After"); (got == "7") != (want == 503) {
			t.Errorf("Retry-After %q with status %d", got, want)
		}
	}
	tok := s.Issue("c")
	for range 3 {
		wantStatus(t, "API", call(t, s, tok.Access), 500)
	}
	s.Heal()
	wantStatus(t, "API, healed", call(t, s, tok.Access), 200)
	if c := s.Counts(); c.Token["client_credentials"] != 3 || c.API != 4 || c.Issued != 2 {
		t.Errorf("counts %+v, want 3 token requests, 4 API requests, 2 tokens issued", c)
	}
}

func TestMalformedAnswers(t *testing.T) {
	s := New(t, Options{Clients: []Client{plain}})
	cases := []struct {
		name   string
		fault  Fault
		status int
		size   int
		broken bool // the body ends too soon
	}{
		{name: "empty", fault: Fault{Answer: Empty}, status: 200},
		{name: "HTML", fault: Fault{Answer: HTML}, status: 200, size: len(HTML.Body)},
		{name: "truncated", fault: Fault{Answer: Truncated}, status: 200, size: len(Truncated.Body)},
		{name: "cut short", fault: Fault{Answer: Truncated, Cut: true}, status: 200, size: len(Truncated.Body), broken: true},
		{name: "huge", fault: Fault{Answer: Huge()}, status: 200, size: len(Huge().Body)},
		{name: "redirect", fault: Fault{Answer: Redirect("/elsewhere")}, status: 307},
		{name: "error", fault: Fault{Answer: OAuthError(400, "x")}, status: 400, size: len(`{"error":"x"}`)},
	}
	client := *s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s.Fault(c.fault)
			resp, err := client.Post(s.TokenURL(), "application/x-www-form-urlencoded", strings.NewReader("grant_type=x"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || len(body) != c.size || (err != nil) != c.broken {
				t.Errorf("status %d, %d bytes, %v; want %d, %d bytes, broken %v", resp.StatusCode, len(body), err, c.status, c.size, c.broken)
			}
		})
	}
}

func TestHangEndsByReleaseOrClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewInMemory(t, Options{Clients: []Client{plain}})
		var reached int
		s.Fault(Fault{Times: 2, Hang: true, Reached: func() { reached++ }})
		answered := make(chan error, 1)
		request := func() {
			resp, err := post(s, "")
			if err == nil {
				resp.Body.Close()
			}
			answered <- err
		}
		for _, end := range []func(){s.Release, s.Close} {
			go request()
			time.Sleep(time.Hour)
			synctest.Wait()
			if len(answered) > 0 {
				t.Fatal("answered, want it to hang")
			}
			end()
			if err := <-answered; err != nil && reached == 1 {
				t.Error("no answer after Release")
			} else if err == nil && reached == 2 {
				t.Error("an answer after Close")
			}
		}
	})
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewInMemory(t, Options{Clients: []Client{plain}})
		s.Fault(Fault{Delay: 3 * time.Second})
		start := time.Now()
		resp, err := post(s, "")
		if err != nil {
			t.Fatal("no answer")
		}
		resp.Body.Close()
		if took := time.Since(start); took != 3*time.Second || resp.StatusCode != 200 {
			t.Errorf("status %d after %v, want 200 after 3s", resp.StatusCode, took)
		}
	})
}
