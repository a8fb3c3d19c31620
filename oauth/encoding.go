package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// Encoding is where a token request carries its parameters. The request is a POST in any case.
type Encoding string

const (
	Form  Encoding = "form"  // in the body, as RFC 6749 has it; the zero Encoding is Form too
	JSON  Encoding = "json"  // in the body, as one JSON object; a parameter with several values is a list
	Query Encoding = "query" // in the URL, beside an empty body
)

var errEncoding = errors.New("none of form, json and query")

// request writes r as HTTP.
func (e Encoding) request(ctx context.Context, r *Request, endpoint *url.URL) (*http.Request, error) {
	var body []byte
	target, kind := *endpoint, ""
	switch e {
	case "", Form:
		body, kind = []byte(r.Params.Encode()), "application/x-www-form-urlencoded"
	case JSON:
		body, kind = jsonObject(r.Params), "application/json"
	case Query:
		target.RawQuery = joinQuery(target.RawQuery, r.Params.Encode())
	default:
		return nil, &LocalError{"encoding", errEncoding}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &LocalError{"token endpoint", errURL}
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	req.Header = r.Header
	return req, nil
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

func jsonObject(params url.Values) []byte {
	object := make(map[string]any, len(params))
	for name, values := range params {
		object[name] = values
		if len(values) == 1 {
			object[name] = values[0]
		}
	}
	data, _ := json.Marshal(object) // strings only: it cannot fail
	return data
}
