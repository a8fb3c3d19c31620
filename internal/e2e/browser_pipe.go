package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// chromium is a headless Chromium of one test, which speaks the DevTools protocol over a pipe: JSON texts, each ended by a NUL.
type chromium struct {
	home string // its profile lies here
	in   io.Writer
	over <-chan struct{} // closed when it has ended

	mu    sync.Mutex // guards in and what follows
	calls []chan devAnswer
	tabs  map[string]*tab // by session
}

// devMessage is a call, its answer or an event.
type devMessage struct {
	ID      int             `json:"id,omitempty"` // of a call: its number, from 1; of an event: 0
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	devAnswer
}

type devAnswer struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// startChromium runs a Chromium that trusts a's servers and finds no others, until the test ends.
func startChromium(t *testing.T, a *authority) *chromium {
	t.Helper()
	need(t, "chromium")
	home, err := os.MkdirTemp("", "fob-chromium-") // not t.TempDir: its helpers may write a moment longer than it lives
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--remote-debugging-pipe", "--user-data-dir="+home, "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--disable-gpu",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost", "--ignore-certificate-errors-spki-list="+keyHash(t, a))
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + home, "LC_ALL=C.UTF-8"}
	c := &chromium{home: home, tabs: make(map[string]*tab)}
	c.start(t, cmd)
	return c
}

func (c *chromium) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // its descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	over := make(chan struct{})
	c.in, c.over = in, over
	go func() {
		defer close(over)
		c.read(out)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		in.Close() // it ends with its pipe
		<-over
	})
}

// keyHash is the server key of a as Chromium wants it named.
func keyHash(t *testing.T, a *authority) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&a.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// read hands out answers and events until the pipe ends.
func (c *chromium) read(out io.Reader) {
	for r := bufio.NewReader(out); ; {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m devMessage
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m) != nil {
			continue
		}
		c.mu.Lock()
		switch at := c.tabs[m.Session]; {
		case m.ID > 0 && m.ID <= len(c.calls):
			c.calls[m.ID-1] <- m.devAnswer
		case at != nil:
			at.event(m)
		}
		c.mu.Unlock()
	}
}

var errChromium = errors.New("chromium has ended")

// call does method in session, the browser's own for "", and reads what it is answered into result, unless that is nil.
func (c *chromium) call(ctx context.Context, session, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answered, err := c.send(session, method, params)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.over:
		return errChromium
	case a := <-answered:
		if a.Error != nil {
			return errors.New(method + ": " + a.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(a.Result, result)
	}
}

func (c *chromium) send(session, method string, params any) (<-chan devAnswer, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	answered := make(chan devAnswer, 1)
	c.calls = append(c.calls, answered)
	text, err := json.Marshal(devMessage{ID: len(c.calls), Session: session, Method: method, Params: raw})
	if err != nil {
		return nil, err
	}
	_, err = c.in.Write(append(text, 0))
	return answered, err
}

// close has it write what it keeps, and end.
func (c *chromium) close(t *testing.T) {
	t.Helper()
	if err := c.call(t.Context(), "", "Browser.close", struct{}{}, nil); err != nil && err != errChromium {
		t.Fatal(err)
	}
	<-c.over
}

// holds names the files that c keeps and that contain text.
func (c *chromium) holds(t *testing.T, text string) (names []string) {
	t.Helper()
	return filesWith(t, c.home, text)
}
