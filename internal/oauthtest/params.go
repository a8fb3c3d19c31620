package oauthtest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/fobkit/fob"
)

// parse returns the parameters of a request to the token endpoint. It refuses those that come in an encoding the Options do not
// name, and those that come twice (RFC 6749 §3.2), but for resource and audience (RFC 8707 §2).
func parse(o *Options, r *http.Request) (url.Values, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, invalidRequest("body cut short")
	}
	form, err := decode(o, r, body)
	if err != nil {
		return nil, err
	}
	for name, values := range form {
		if len(values) > 1 && name != "resource" && name != "audience" {
			return nil, invalidRequest("parameter repeated")
		}
	}
	return form, nil
}

func decode(o *Options, r *http.Request, body []byte) (url.Values, error) {
	takes := func(e Encoding) bool { return slices.Contains(o.Encodings, e) }
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.URL.RawQuery != "" && (!takes(Query) || len(body) > 0):
		return nil, invalidRequest("parameters in the query")
	case takes(Query) && len(body) == 0:
		return url.ParseQuery(r.URL.RawQuery)
	case takes(Form) && kind == "application/x-www-form-urlencoded":
		return decodeForm(body)
	case takes(JSON) && kind == "application/json":
		return decodeJSON(body)
	}
	return nil, invalidRequest("content type")
}

func decodeForm(body []byte) (url.Values, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, invalidRequest("malformed form")
	}
	return form, nil
}

func decodeJSON(body []byte) (url.Values, error) {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return nil, invalidRequest("malformed JSON")
	}
	form := url.Values{}
	for name, member := range members {
		many, ok := member.([]any)
		if !ok {
			many = []any{member}
		}
		for _, one := range many {
			text, ok := one.(string)
			if !ok {
				return nil, invalidRequest("member is no string")
			}
			form.Add(name, text)
		}
	}
	return form, nil
}

// demand checks what this system wants in each token request.
func (o *Options) demand(r *http.Request, form url.Values) error {
	if o.TLSOnly && r.TLS == nil {
		return invalidRequest("https only")
	}
	if !hasHeaders(r, o.TokenHeader) {
		return &refusal{Status: http.StatusForbidden, Code: "access_denied", Description: "header missing or wrong"}
	}
	for name, want := range o.TokenParams {
		if got := form.Get(name); got == "" || want != "" && got != want {
			return invalidRequest(name + " missing or wrong")
		}
	}
	return nil
}

func hasHeaders(r *http.Request, want map[string]fob.Secret) bool {
	for name, value := range want {
		if !same(r.Header.Get(name), string(value)) {
			return false
		}
	}
	return true
}
