package rttest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"
)

// What shows only where bytes are sent.

func wireRules() []rule {
	var all []rule
	for _, p := range []protocol{http1, http2} {
		add := func(promise string, check func(protocol, wrapper) error) {
			all = append(all, rule{promise + " by " + string(p), func(wrap wrapper) error { return check(p, wrap) }})
		}
		add("a request arrives as it was sent", requestArrives)
		add("an answer arrives as it was given", answerArrives)
		add("attempts share a connection", attemptsShareConnection)
		add("an upload refused early arrives whole", earlyRefusal)
		add("cancelling ends the reading of an answer", cancelReading)
		add("a closed answer leaves nothing behind", nothingLeftBehind)
	}
	return append(all, rule{"a switched connection can be written to", switchedIsWritable})
}

// arrival is what a server is told of a request.
type arrival struct {
	Method, Path, Query, Host, Header, Body string
	Length                                  int64
	Encoding                                []string
	Trailer                                 http.Header
}

type example struct {
	name string
	make func() *http.Request
}

func (e example) String() string { return e.name }

var requests = []example{
	{"a GET", get},
	{"a HEAD", func() *http.Request { return request(context.Background(), http.MethodHead, nil) }},
	{"a GET for another host's name", func() *http.Request {
		req := get()
		req.Host = "virtual.example.com"
		return req
	}},
	{"a PUT", func() *http.Request { return newUpload(10_000, asked).put(context.Background()) }},
	{"a PUT of unknown length", func() *http.Request { return newUpload(10_000, asked).once(context.Background()) }},
	{"a PUT without a body", func() *http.Request { return request(context.Background(), http.MethodPut, http.NoBody) }},
	{"a PUT with a trailer", withTrailer},
}

func asked() bool { return true }

// withTrailer is a request whose trailer is known when its body has been read, as net/http has it.
func withTrailer() *http.Request {
	req := newUpload(10_000, asked).once(context.Background())
	req.Trailer = http.Header{"X-Sum": nil}
	trailer := req.Trailer
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(req.Body, readerFunc(func([]byte) (int, error) {
		trailer.Set("X-Sum", "42")
		return 0, io.EOF
	})), req.Body}
	return req
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func requestArrives(p protocol, wrap wrapper) error {
	return each(requests, func(e example) error {
		got, want := e.arrival(p, wrap), e.arrival(p, bare)
		return unequal("the server was told", "a request", got, want)
	})
}

func bare(base http.RoundTripper) http.RoundTripper { return base }

func (e example) arrival(p protocol, wrap wrapper) (got arrival) {
	w := newWire(p, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = arrival{r.Method, r.URL.EscapedPath(), r.URL.Query().Get("q"), r.Host, r.Header.Get("X-Rttest"), string(body),
			r.ContentLength, r.TransferEncoding, r.Trailer}
	})
	exchange(wrap(w.base), e.make())
	w.close()
	return got
}

// unequal names the fields in which got is not want: values may be long, or secret.
func unequal(what, of string, got, want any) error {
	var names []string
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for _, f := range reflect.VisibleFields(g.Type()) {
		if unlike(g.FieldByIndex(f.Index), w.FieldByIndex(f.Index)) {
			names = append(names, f.Name)
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("%s another %s of %s than by the base alone", what, strings.Join(names, ", "), of)
}

// departure is what a caller is told of an answer.
type departure struct {
	Status, Proto, Body, ReadError string
	Length                         int64
	Encoding                       []string
	Uncompressed, TLS, Close       bool
	Header, Trailer                http.Header
	Error                          string
}

type given struct {
	name   string
	method string
	serve  http.HandlerFunc
}

func (g given) String() string { return g.name }

var answers = []given{
	{"an answer of known length", http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		io.WriteString(w, "12345")
	}},
	{"a stream with a trailer", http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.(http.Flusher).Flush()
		io.WriteString(w, "12345")
		w.Header().Set("X-Sum", "42")
	}},
	{"a stream with a trailer that was not announced", http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		io.WriteString(w, "12345")
		w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
	}},
	{"a compressed answer", http.MethodGet, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "12345")
		z.Close()
	}},
	{"an answer cut short", http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		io.WriteString(w, "12")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}},
	{"an answer to HEAD", http.MethodHead, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "5") }},
	{"a 204", http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
	{"a 304", http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }},
	{"a 404 with several cookies", http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.WriteHeader(http.StatusNotFound)
	}},
}

func answerArrives(p protocol, wrap wrapper) error {
	return each(answers, func(g given) error {
		return unequal("the caller was told", "an answer", g.departure(p, wrap), g.departure(p, bare))
	})
}

func (g given) departure(p protocol, wrap wrapper) (got departure) {
	w := newWire(p, g.serve)
	defer w.close()
	resp, err := wrap(w.base).RoundTrip(request(context.Background(), g.method, nil))
	if resp == nil || err != nil {
		return departure{Error: fmt.Sprint(err)}
	}
	defer func() { got.Trailer = resp.Trailer }()
	body, err := finish(resp)
	resp.Header.Del("Date")
	return departure{Status: resp.Status, Proto: resp.Proto, Body: body, ReadError: fmt.Sprint(err), Length: resp.ContentLength, Encoding: resp.TransferEncoding,
		Uncompressed: resp.Uncompressed, TLS: resp.TLS != nil, Close: resp.Close, Header: resp.Header}
}

func attemptsShareConnection(p protocol, wrap wrapper) error {
	return each([]series{{401, 200}, {503, 200}, {503, 503, 200}}, func(answers series) error {
		var n atomic.Int32
		w := newWire(p, func(w http.ResponseWriter, _ *http.Request) {
			i := min(int(n.Add(1)), len(answers)) - 1
			w.Header().Set("Www-Authenticate", `Bearer error="invalid_token"`)
			w.WriteHeader(answers[i])
			w.Write(make([]byte, 64<<10))
		})
		exchange(wrap(w.base), get())
		w.close()
		if w.conns.Load() > 1 {
			return fmt.Errorf("%d attempts took %d connections: read what is left of an answer (here 64 KiB) before you close it", n.Load(), w.conns.Load())
		}
		return nil
	})
}

// earlyRefusal answers before the upload was read, while net/http is still writing it.
func earlyRefusal(p protocol, wrap wrapper) error {
	const size = 1 << 20 // more than lies in buffers on the way
	var n atomic.Int32
	var whole atomic.Bool
	u := newUpload(size, asked)
	w := newWire(p, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		whole.Store(bytes.Equal(body, u.data))
	})
	exchange(wrap(w.base), u.put(context.Background()))
	w.close()
	switch {
	case u.sought:
		return errors.New("the body was rewound with Seek while net/http may still be reading it (golang/go#51907)")
	case n.Load() > 1 && !whole.Load():
		return errors.New("after an answer that came before the upload was read, the next attempt carried another body")
	}
	return nil
}

// endless sends a byte a second for as long as its client listens.
func endless(ended *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer ended.Add(1)
		for {
			io.WriteString(w, ".")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				panic(http.ErrAbortHandler) // to return would be the body's regular end, which may yet reach the client
			case <-time.After(time.Second):
			}
		}
	}
}

func cancelReading(p protocol, wrap wrapper) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	w := newWire(p, endless(new(atomic.Int32)))
	defer w.close()
	resp, err, bad := send(wrap(w.base), get().WithContext(ctx))
	if bad != nil || err != nil {
		return errors.Join(bad, err)
	}
	time.AfterFunc(10*time.Second, func() { cancel(errCause) })
	time.AfterFunc(time.Minute, func() { w.server.Close() })
	start := time.Now()
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	switch late := time.Since(start) - 10*time.Second; {
	case late < 0:
		return fmt.Errorf("the body ended with %v, %v before the caller cancelled", err, -late)
	case late > prompt:
		return fmt.Errorf("the body went on for %v after the caller had cancelled", late)
	case !isAny(err, []error{context.Canceled, errCause}):
		return fmt.Errorf("after the caller had cancelled, Read returned %v, in which errors.Is does not find context.Canceled", err)
	}
	return nil
}

// nothingLeftBehind closes answers that have not ended, and looks for what is still there.
func nothingLeftBehind(p protocol, wrap wrapper) error {
	var ended atomic.Int32
	w := newWire(p, endless(&ended))
	rt := wrap(w.base)
	closeEarly(rt)
	before := settle(w)
	for range 4 {
		closeEarly(rt)
	}
	after := settle(w)
	left := len(after) - len(before)
	served := ended.Load()
	w.close()
	switch {
	case served < 5:
		return fmt.Errorf("of 5 answers that were closed early, %d went on: Close must reach the base's body", 5-served)
	case left > 0:
		return fmt.Errorf("4 answers that were closed early left %d goroutines behind, one of them:\n%s", left, newcomer(before, after))
	}
	return nil
}

func closeEarly(rt http.RoundTripper) {
	resp, err := rt.RoundTrip(get())
	if err != nil || resp == nil {
		return
	}
	io.ReadFull(resp.Body, make([]byte, 3))
	resp.Body.Close()
}

// settle gives what is about to end the time for it, and returns the goroutines that are left, by their ids.
func settle(w *wire) map[string]string {
	time.Sleep(time.Minute)
	w.base.CloseIdleConnections()
	time.Sleep(time.Minute)
	synctest.Wait()
	return goroutines()
}

// goroutines are the stacks of those of this bubble, by their headers.
func goroutines() map[string]string {
	buf := make([]byte, 4<<20)
	stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	all := make(map[string]string)
	mine := bubble(stacks[0])
	for _, s := range stacks {
		if bubble(s) == mine {
			id, _, _ := strings.Cut(s, " [")
			all[id] = s
		}
	}
	return all
}

// bubble is what a stack's first line says of its bubble.
func bubble(stack string) string {
	line, _, _ := strings.Cut(stack, "\n")
	_, after, _ := strings.Cut(line, "synctest bubble ")
	id, _, _ := strings.Cut(strings.TrimRight(after, ":]"), ",")
	return id
}

func newcomer(before, after map[string]string) string {
	for id, stack := range after {
		if _, ok := before[id]; !ok {
			return stack
		}
	}
	return ""
}

// switchedIsWritable speaks over a connection that HTTP/1.1 has switched (101), long after any timeout of an attempt.
func switchedIsWritable(wrap wrapper) error {
	var done sync.WaitGroup
	done.Add(1)
	w := newWire(http1, func(w http.ResponseWriter, _ *http.Request) {
		defer done.Done()
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(conn, rw)
	})
	defer w.close()
	req := get()
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	resp, err, bad := send(wrap(w.base), req)
	if bad != nil || err != nil {
		return errors.Join(bad, err)
	}
	defer done.Wait()
	defer resp.Body.Close()
	conn, ok := resp.Body.(io.ReadWriter)
	if resp.StatusCode != http.StatusSwitchingProtocols || !ok {
		return errors.New("the Body of " + strconv.Itoa(resp.StatusCode) + " Switching Protocols is no io.Writer any more: hand it on as it is (http.Response.Body)")
	}
	time.Sleep(time.Hour)
	got := make([]byte, 4)
	if _, err = conn.Write([]byte("echo")); err == nil {
		_, err = io.ReadFull(conn, got)
	}
	if err != nil || string(got) != "echo" {
		return fmt.Errorf("a switched connection gave %q, %v an hour later, want an echo: no timeout of an attempt holds for it", got, err)
	}
	return nil
}
