package oauthtest

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

// authorizeDevice is the device authorization endpoint (RFC 8628 §3.1).
func (s *Server) authorizeDevice(o *Options, w http.ResponseWriter, r *http.Request) {
	form, err := parse(o, r)
	var c *Client
	if err == nil {
		c, err = s.authenticate(o, r, form)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	life := o.Person.DeviceLife
	if life == 0 {
		life = 10 * time.Minute
	}
	d := &device{request: request{client: c.ID, scopes: strings.Fields(form.Get("scope"))}, expires: time.Now().Add(life), interval: 5 * time.Second}
	m := map[string]any{
		"device_code": code("device"), "user_code": "WDJB-MJHT", "expires_in": int(life.Seconds()),
		"verification_uri": base(r) + "/device", "verification_uri_complete": base(r) + "/device?user_code=WDJB-MJHT",
	}
	if seconds, ok := o.Person.Interval.(int); ok {
		d.interval = time.Duration(seconds) * time.Second
	}
	if o.Person.Interval != nil {
		m["interval"] = o.Person.Interval
	}
	s.logins.mu.Lock()
	s.logins.devices = put(s.logins.devices, m["device_code"].(string), d)
	s.logins.mu.Unlock()
	if o.Person.Device != nil {
		o.Person.Device(m)
	}
	o.tell(w, m)
}

// redeemDevice answers a poll (RFC 8628 §3.5). One that comes too early is told to slow down, and has to.
func (s *Server) redeemDevice(o *Options, c *Client, form url.Values) (fob.Token, error) {
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	d := s.logins.devices[form.Get("device_code")]
	now := time.Now()
	switch {
	case d == nil || d.client != c.ID || d.spent:
		return fob.Token{}, invalidGrant("unknown device code")
	case !now.Before(d.expires):
		return fob.Token{}, &refusal{http.StatusBadRequest, "expired_token", ""}
	}
	early := !d.polled.IsZero() && now.Sub(d.polled) < d.interval
	d.polled = now
	d.polls++
	switch n := d.polls; {
	case early || n <= o.Person.SlowDown:
		d.interval += 5 * time.Second
		return fob.Token{}, &refusal{http.StatusBadRequest, "slow_down", ""}
	case n <= o.Person.SlowDown+o.Person.Pending:
		return fob.Token{}, &refusal{http.StatusBadRequest, "authorization_pending", ""}
	case o.Person.Error != "":
		return fob.Token{}, &refusal{http.StatusBadRequest, o.Person.Error, ""}
	}
	d.spent = true
	return s.tokens.issue(o, &family{client: c.ID, scopes: d.scopes}, d.scopes, true), nil
}
