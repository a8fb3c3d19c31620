package oauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

type ctx = context.Context

func formOf(body string) url.Values { return must(url.ParseQuery(body)) }

func response(status int, kind, body string) *http.Response {
	h := http.Header{}
	if kind != "" {
		h.Set("Content-Type", kind)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// show is all that anybody may come to see of v, short of its fields.
func show(v any) string {
	var logs bytes.Buffer
	slog.New(slog.NewTextHandler(&logs, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&logs, nil)).Info("x", "v", v)
	data, _ := json.Marshal(v)
	return fmt.Sprintf("%v %+v %#v %s %s", v, v, v, data, logs.String())
}
