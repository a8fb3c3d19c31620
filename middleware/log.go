package middleware

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Log writes one event a call, when its response's headers or its error have come: method, URL, status, attempts, time. A status
// below 500 is an event of Level, all else a warning. It writes no query, no user name, no header and no body.
type Log struct {
	Logger *slog.Logger // nil: slog.Default, as it is at each call
	Level  slog.Level   // zero: info
}

func (Log) place() place { return logsCalls }

// Wrap never fails.
func (l Log) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	return &logger{next: next, log: l.Logger, level: l.Level, event: "call"}, nil
}

// AttemptLog is Log for each attempt, replays included, as it goes over the wire.
type AttemptLog struct {
	Logger *slog.Logger // nil: slog.Default, as it is at each call
	Level  slog.Level   // zero: info. slog.LevelDebug is usual
}

func (AttemptLog) place() place { return logsAttempts }

// Wrap never fails.
func (l AttemptLog) Wrap(next http.RoundTripper) (http.RoundTripper, error) {
	return &logger{next: next, log: l.Logger, level: l.Level, event: "attempt"}, nil
}

type logger struct {
	next  http.RoundTripper
	log   *slog.Logger
	level slog.Level
	event string
}

func (l *logger) RoundTrip(req *http.Request) (*http.Response, error) {
	log := l.log
	if log == nil {
		log = slog.Default()
	}
	start := time.Now()
	resp, err := l.next.RoundTrip(req)
	if level := l.levelOf(req.Context(), resp, err); log.Enabled(req.Context(), level) {
		log.LogAttrs(context.WithoutCancel(req.Context()), level, l.event, attrs(req, resp, err, time.Since(start))...)
	}
	return resp, err
}

func (l *logger) CloseIdleConnections() { closeIdle(l.next) }

// levelOf is that of an event: a caller who leaves is no reason for a warning.
func (l *logger) levelOf(ctx context.Context, resp *http.Response, err error) slog.Level {
	if err == nil && resp.StatusCode < 500 || ctx.Err() != nil {
		return l.level
	}
	return max(l.level, slog.LevelWarn)
}

func attrs(req *http.Request, resp *http.Response, err error, took time.Duration) []slog.Attr {
	a := []slog.Attr{slog.String("method", method(req)), slog.String("url", plain(req.URL)), slog.Duration("took", took)}
	if err != nil {
		return append(a, slog.String("err", err.Error()))
	}
	a = append(a, slog.Int("status", resp.StatusCode))
	if n := Attempts(resp); n > 1 {
		a = append(a, slog.Int("attempts", n))
	}
	return a
}

func method(req *http.Request) string {
	if req.Method == "" {
		return http.MethodGet
	}
	return req.Method
}

// plain is u without what may be secret: user, query, fragment, and an opaque part, which may be anything.
func plain(u *url.URL) string {
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return bare.String()
}
