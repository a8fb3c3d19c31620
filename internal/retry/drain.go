package retry

import (
	"io"
	"net/http"
	"time"
)

// What a connection is worth: an error page that is longer or slower than this costs more to read than to dial again.
const (
	drainBytes = 256 << 10
	drainTime  = 250 * time.Millisecond
)

// Drain reads the rest of resp's body, within bounds of size and time, and closes it. A nil resp is nothing to drain.
func Drain(resp *http.Response) {
	if resp == nil || resp.Body == nil {
		return
	}
	late := time.AfterFunc(drainTime, func() { resp.Body.Close() }) // ends a Read that hangs
	defer late.Stop()
	io.CopyN(io.Discard, resp.Body, drainBytes) // its error is of no interest: nobody wants the rest
	resp.Body.Close()
}
