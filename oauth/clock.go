package oauth

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clockTolerance is how far two clocks may differ without a word: servers grant assertions as much, and Date counts whole seconds.
const clockTolerance = 30 * time.Second

// clock is the server's, as the Date of its last answer told it (RFC 9110 §6.6.1).
type clock struct{ ahead atomic.Int64 } // of this machine's, in nanoseconds

// read takes the Date of an answer that came between sent and got. One out of a cache, as key sets often are, has the Date of the day that it was
// put there (RFC 9111 §4.2.3), and says nothing.
func (c *clock) read(h http.Header, sent, got time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if age := h.Get("Age"); err != nil || age != "" && age != "0" {
		return
	}
	var ahead time.Duration
	switch {
	case date.Before(sent.Add(-clockTolerance)):
		ahead = date.Sub(sent)
	case date.After(got.Add(clockTolerance)):
		ahead = date.Sub(got)
	}
	c.ahead.Store(int64(ahead))
}

// skew is how far the server is ahead of this machine; zero within the tolerance.
func (c *clock) skew() time.Duration { return time.Duration(c.ahead.Load()) }
