package oauthtest

import (
	"encoding/json"
	"errors"
	"net/http"
)

// refusal is an error answer of RFC 6749 §5.2.
type refusal struct {
	Status      int    `json:"-"`
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func (e *refusal) Error() string { return e.Code + ": " + e.Description }

func invalidRequest(why string) error {
	return &refusal{http.StatusBadRequest, "invalid_request", why}
}

func invalidClient(why string) error {
	return &refusal{http.StatusUnauthorized, "invalid_client", why}
}

func invalidGrant(why string) error {
	return &refusal{http.StatusBadRequest, "invalid_grant", why}
}

func refusalOf(err error) *refusal {
	var e *refusal
	if !errors.As(err, &e) {
		e = &refusal{http.StatusBadRequest, "invalid_request", "malformed"}
	}
	return e
}

func refuse(w http.ResponseWriter, err error) {
	e := refusalOf(err)
	if e.Code == "invalid_client" {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauthtest", error="invalid_client"`)
	}
	reply(w, e.Status, e)
}

// reply writes v as JSON that nobody may keep (RFC 6749 §5.1).
func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "an Option cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}
