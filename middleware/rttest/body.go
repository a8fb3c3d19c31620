package rttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// upload is a request's body and the copies that its GetBody gave, and notes what becomes of them.
type upload struct {
	data []byte
	sent func() bool // whether the base has been asked

	mu     sync.Mutex
	copies []*uploadCopy
	early  bool // read before it was sent
	sought bool
}

func newUpload(size int, sent func() bool) *upload {
	return &upload{data: bytes.Repeat([]byte("rttest. "), size/8+1)[:size], sent: sent}
}

func (u *upload) open() (io.ReadCloser, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	c := &uploadCopy{upload: u, r: bytes.NewReader(u.data)}
	u.copies = append(u.copies, c)
	return c, nil
}

// put is a request with u for its body, which is known by its length and can be had again.
func (u *upload) put(ctx context.Context) *http.Request {
	body, _ := u.open()
	req := request(ctx, http.MethodPut, body)
	req.ContentLength, req.GetBody = int64(len(u.data)), u.open
	return req
}

// once is a request with u for its body, a stream: it cannot be had again, and its length is unknown.
func (u *upload) once(ctx context.Context) *http.Request {
	body, _ := u.open()
	req := request(ctx, http.MethodPut, struct{ io.ReadCloser }{body}) // without Seek
	req.ContentLength = -1
	return req
}

// closedOnce says which copy was not closed, or more than once.
func (u *upload) closedOnce() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i, c := range u.copies {
		name := "the request's body"
		if i > 0 {
			name = fmt.Sprintf("copy %d of the request's body, from GetBody,", i)
		}
		if c.closed != 1 {
			return fmt.Errorf("%s was closed %d times, want once (http.RoundTripper: RoundTrip must always close the body, including on errors; who hands it on leaves that to the base)", name, c.closed)
		}
	}
	return nil
}

// uploadCopy can be rewound, to tempt: a body that net/http may still be reading must not be (golang/go#51907).
type uploadCopy struct {
	upload *upload
	r      *bytes.Reader
	closed int
}

func (c *uploadCopy) Read(p []byte) (int, error) {
	c.upload.mu.Lock()
	defer c.upload.mu.Unlock()
	c.upload.early = c.upload.early || !c.upload.sent()
	if c.closed > 0 {
		return 0, http.ErrBodyReadAfterClose
	}
	return c.r.Read(p)
}

func (c *uploadCopy) Seek(offset int64, whence int) (int64, error) {
	c.upload.mu.Lock()
	defer c.upload.mu.Unlock()
	c.upload.sought = true
	return c.r.Seek(offset, whence)
}

func (c *uploadCopy) Close() error {
	c.upload.mu.Lock()
	defer c.upload.mu.Unlock()
	c.closed++
	return nil
}

// answerBody is a response's body that ends with the context of its request, as net/http's does.
type answerBody struct {
	ctx  context.Context
	read func(p []byte) (int, error)

	mu     sync.Mutex
	closed bool
	gone   chan struct{} // closed with it
}

func newAnswerBody(ctx context.Context, read func([]byte) (int, error)) *answerBody {
	return &answerBody{ctx: ctx, read: read, gone: make(chan struct{})}
}

func (b *answerBody) Read(p []byte) (int, error) {
	if b.isClosed() {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	return b.read(p)
}

func (b *answerBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		close(b.gone)
	}
	return nil
}

func (b *answerBody) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}
