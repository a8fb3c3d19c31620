package retry

import (
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Backoff is the wait after an attempt: first, doubled for each attempt before this one, limit at most. The upper half
// of it is random, so that clients that failed together do not come back together.
func Backoff(attempt int, first, limit time.Duration) time.Duration {
	d := grown(attempt, first, limit)
	return d/2 + rand.N(d/2+1)
}

// FullJitter is Backoff with all of the wait random: many clients that failed together come back evenly spread.
func FullJitter(attempt int, first, limit time.Duration) time.Duration {
	return rand.N(grown(attempt, first, limit) + 1)
}

func grown(attempt int, first, limit time.Duration) time.Duration {
	d := first
	for range attempt - 1 {
		if d >= limit {
			break
		}
		d *= 2
	}
	return min(d, limit)
}

// After is the wait a server asks for by Retry-After (RFC 9110 §10.2.3), and whether it asks for one it can be held to:
// seconds, or a date in any of HTTP's three forms. A date is measured from the answer's own Date, if it has one, since the two clocks
// may differ; a date gone by is no wait. What overflows is the longest wait there is.
func After(h http.Header, now time.Time) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	if isDigits(v) {
		return seconds(v), true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(at.Sub(now), 0), true
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

func seconds(digits string) time.Duration {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > int64(math.MaxInt64/time.Second) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Second
}
