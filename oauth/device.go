package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

const (
	opDevice    = "device_code"
	grantDevice = "urn:ietf:params:oauth:grant-type:device_code" // RFC 8628 §3.4

	deviceLife     = 10 * time.Minute // where expires_in is not said, as it must be
	deviceInterval = 5 * time.Second  // RFC 8628 §3.2
	slowDown       = 5 * time.Second  // RFC 8628 §3.5
)

// DeviceCode is what a person is shown who logs in with another device (RFC 8628 §3.3).
type DeviceCode struct {
	UserCode string    // printable ASCII
	URL      string    // where it is typed in; fit for a terminal and a browser
	Complete string    // the same with the code in it, for a browser or a QR code. Empty: the server has none
	Expiry   time.Time // when it is over
}

var (
	// ErrUnanswered is in the tree of the error for a login that nobody completed in time.
	ErrUnanswered = errors.New("nobody completed the login in time")

	// ErrNoDeviceFlow is in the tree of the error where the server has no device authorization endpoint.
	ErrNoDeviceFlow = errors.New("server offers no device flow")

	errDeviceCode = errors.New("no device code")
	errUserCode   = errors.New("user code is not of printable ASCII characters")
)

// Poll logs a person in with another device (RFC 8628): show is called once, with what the person needs, and must not wait for them. It
// returns when they have decided, the time is over, or ctx ends. The token is nobody's yet: keep it with fob.CachedSource.Replace.
func (g Person) Poll(ctx context.Context, show func(DeviceCode)) (fob.Token, error) {
	d, err := g.device(ctx)
	if err != nil {
		return fob.Token{}, err
	}
	show(d.DeviceCode)
	return d.wait(ctx)
}

// device is a device flow under way.
type device struct {
	DeviceCode
	g        Person
	host     string
	code     fob.Secret
	interval time.Duration
}

func (g Person) device(ctx context.Context) (*device, error) {
	raw := g.Client.DeviceURL
	if raw == "" {
		m, err := g.Client.known(ctx)
		if err != nil {
			return nil, err
		}
		if raw = m.Device; raw == "" {
			return nil, &LocalError{opDevice, ErrNoDeviceFlow}
		}
	}
	endpoint, err := parseURL("device authorization endpoint", raw)
	if err != nil {
		return nil, err
	}
	q := question{
		op: opDevice, endpoint: endpoint, auth: g.Client.auth(),
		params: g.asked(nil, map[string]string{"scope": strings.Join(g.Scopes, " ")}),
	}
	a, err := g.Client.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	return g.readDevice(a, q)
}

func (g Person) readDevice(a *answer, q question) (*device, error) {
	m, err := parseMembers(a.body, a.header.Get("Content-Type"))
	if a.status/100 != 2 || m.has("error") {
		return nil, a.refused(q, m, err)
	}
	d := &device{g: g, host: q.endpoint.Host}
	if err == nil {
		err = d.read(m, a.sent)
	}
	if err != nil {
		return nil, &Error{Op: opDevice, Host: q.endpoint.Host, Status: a.status, Problem: err.Error()}
	}
	return d, nil
}

func (d *device) read(m members, sent time.Time) (err error) {
	if d.code, err = m.secret("device_code"); err != nil || d.code == "" {
		return errDeviceCode
	}
	if d.UserCode, _ = m.text("user_code"); strings.TrimSpace(d.UserCode) == "" || len(d.UserCode) > 64 || !isVisible(strings.ReplaceAll(d.UserCode, " ", "")) {
		return errUserCode
	}
	d.URL, _ = m.text("verification_uri")
	old, _ := m.text("verification_url") // the name in the draft, which Google kept
	d.URL = cmp.Or(d.URL, old)
	if _, err = openable("verification URL", d.URL); err != nil {
		return err
	}
	if d.Complete, _ = m.text("verification_uri_complete"); d.Complete != "" {
		if _, err = openable("verification URL", d.Complete); err != nil {
			return err
		}
	}
	d.interval = m.seconds("interval", deviceInterval)
	d.Expiry = sent.Add(m.seconds("expires_in", deviceLife))
	return nil
}

// seconds is a member that is a number of seconds, or usual where it is none of a second to a day.
func (m members) seconds(name string, usual time.Duration) time.Duration {
	var n json.Number // which takes a string of one too
	if json.Unmarshal(m[name], &n) != nil {
		return usual
	}
	if f, err := n.Float64(); err == nil && f >= 1 && f <= 86400 {
		return time.Duration(f * float64(time.Second))
	}
	return usual
}

// wait polls until somebody has decided.
func (d *device) wait(ctx context.Context) (fob.Token, error) {
	var last error
	for time.Until(d.Expiry) > d.interval {
		if err := sleep(ctx, d.interval); err != nil {
			return fob.Token{}, err
		}
		tok, err := d.g.begin(ctx, opDevice, grantDevice, map[string]string{"device_code": string(d.code)}, "")
		if err == nil || ctx.Err() != nil || !d.again(err) {
			return tok, err
		}
		last = err
	}
	return fob.Token{}, &unanswered{last}
}

// again reports whether err leaves something to wait for, and learns from it how long.
func (d *device) again(err error) bool {
	var e *Error
	switch {
	case !errors.As(err, &e) || e.Op != opDevice:
		return false
	case e.Code == "authorization_pending":
	case e.Code == "slow_down":
		d.interval += slowDown
	case e.Code == "expired_token":
		d.Expiry = time.Time{}
	case e.Problem == "" && (e.Err != nil || e.Status >= 500 || e.Status == http.StatusTooManyRequests):
		// RFC 8628 §3.5. If it was the poll that would have brought the token, that is lost with the answer, and nothing is left to be
		// spared: the next poll will say so.
		d.interval = max(2*d.interval, e.RetryAfter)
	default:
		return false
	}
	return true
}

// unanswered is a login that nobody completed in time, with what was heard last.
type unanswered struct{ last error }

func (e *unanswered) Error() string {
	if errors.Is(e.last, ErrStray) {
		return ErrUnanswered.Error() + ": what came was " + ErrStray.Error()
	}
	return ErrUnanswered.Error()
}

func (e *unanswered) Is(target error) bool { return target == ErrUnanswered }
func (e *unanswered) Unwrap() error        { return e.last }

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
