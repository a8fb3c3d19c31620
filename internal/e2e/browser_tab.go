package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// tab is a window of Chromium, with all that it has asked for.
type tab struct {
	c       *chromium
	target  string
	session string
	loaded  chan struct{} // one for each page that has been loaded

	// guarded by c.mu
	requests  []string // URLs
	responses []tabResponse
}

// tabResponse is an answer to a request of a tab's.
type tabResponse struct {
	URL     string            `json:"url"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
}

// open opens url in a new window, logged in nowhere, and returns before it is there.
func (c *chromium) open(t *testing.T, url string) *tab {
	t.Helper()
	w := &tab{c: c, loaded: make(chan struct{}, 1000)}
	w.must(t, c.call(t.Context(), "", "Storage.clearCookies", struct{}{}, nil))
	var created struct{ TargetID string }
	w.must(t, c.call(t.Context(), "", "Target.createTarget", map[string]any{"url": "about:blank"}, &created))
	w.target = created.TargetID
	var attached struct{ SessionID string }
	w.must(t, c.call(t.Context(), "", "Target.attachToTarget", map[string]any{"targetId": w.target, "flatten": true}, &attached))
	w.session = attached.SessionID
	c.mu.Lock()
	c.tabs[w.session] = w
	c.mu.Unlock()
	w.call(t, "Page.enable", nil, nil)
	w.call(t, "Network.enable", nil, nil)
	w.call(t, "Page.navigate", map[string]any{"url": url}, nil)
	return w
}

// event is for who holds c.mu.
func (w *tab) event(m devMessage) {
	var e struct {
		Request  struct{ URL string }
		Response tabResponse
	}
	switch m.Method {
	case "Page.loadEventFired":
		w.loaded <- struct{}{}
	case "Network.requestWillBeSent":
		if json.Unmarshal(m.Params, &e) == nil {
			w.requests = append(w.requests, e.Request.URL)
		}
	case "Network.responseReceived":
		if json.Unmarshal(m.Params, &e) == nil {
			w.responses = append(w.responses, e.Response)
		}
	}
}

func (w *tab) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *tab) call(t *testing.T, method string, params, result any) {
	t.Helper()
	if params == nil {
		params = struct{}{}
	}
	w.must(t, w.c.call(t.Context(), w.session, method, params, result))
}

// close closes the window.
func (w *tab) close(t *testing.T) {
	t.Helper()
	w.must(t, w.c.call(t.Context(), "", "Target.closeTarget", map[string]any{"targetId": w.target}, nil))
}

// eval reads the value of a JavaScript expression into result.
func (w *tab) eval(t *testing.T, js string, result any) error {
	t.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	err := w.c.call(t.Context(), w.session, "Runtime.evaluate", map[string]any{"expression": js, "returnByValue": true}, &answer)
	switch {
	case err != nil:
		return err
	case answer.ExceptionDetails != nil:
		return fmt.Errorf("%s: %s", js, answer.ExceptionDetails.Text)
	case result == nil:
		return nil
	}
	return json.Unmarshal(answer.Result.Value, result)
}

// await waits until the page whose heading is title has been loaded.
func (w *tab) await(t *testing.T, title string) {
	t.Helper()
	const here = `document.readyState == "complete" ? document.querySelector("h1")?.innerText ?? document.URL : ""`
	late, got := time.After(patience), ""
	for {
		if err := w.eval(t, here, &got); err == nil && got == title { // an error: the page has just been left
			return
		}
		select {
		case <-w.loaded:
		case <-late:
			t.Fatalf("the browser shows %q, want %q", got, title)
		}
	}
}

// press fills in the page whose heading is title, by the names of its fields, and presses the button of that text.
func (w *tab) press(t *testing.T, title, button string, fields ...string) {
	t.Helper()
	w.await(t, title)
	var js strings.Builder
	for i := 0; i < len(fields); i += 2 {
		fmt.Fprintf(&js, "document.querySelector('[name=%q]').value = %q;", fields[i], fields[i+1])
	}
	fmt.Fprintf(&js, "[...document.querySelectorAll('button')].find(b => b.innerText == %q).click()", button)
	w.must(t, w.eval(t, js.String(), nil))
}

// login logs alice in at the provider's page.
func (w *tab) login(t *testing.T) {
	t.Helper()
	w.press(t, "Log in", "Log in", "account", "alice", "password", "secret")
}

// history are the URLs that the window's back button leads through, with the one that it is at.
func (w *tab) history(t *testing.T) (urls []string) {
	t.Helper()
	var answer struct{ Entries []struct{ URL string } }
	w.call(t, "Page.getNavigationHistory", nil, &answer)
	for _, entry := range answer.Entries {
		urls = append(urls, entry.URL)
	}
	return urls
}

// prefer has the window shown to a person who likes scheme, light or dark.
func (w *tab) prefer(t *testing.T, scheme string) {
	t.Helper()
	w.call(t, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// picture is what the window shows, as PNG.
func (w *tab) picture(t *testing.T) []byte {
	t.Helper()
	var answer struct{ Data []byte }
	w.call(t, "Page.captureScreenshot", nil, &answer)
	return answer.Data
}

// seen are the requests that the window has made, and what they were answered.
func (w *tab) seen() (requests []string, responses []tabResponse) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	return append(requests, w.requests...), append(responses, w.responses...)
}
