package session

import (
	"errors"
	"net/http"
	"slices"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/middleware"
	"github.com/fobkit/fob/oauth"
)

// RealmError is a registry that names a token service on a host of which the profile says nothing. Nothing has been sent there.
type RealmError struct{ Host string }

func (e *RealmError) Error() string {
	return "its token service is at " + e.Host + ", which is not among hosts"
}

var (
	errNoService = errors.New("names no token service")
	errRealm     = errors.New("its token service is at no https URL")
)

// tokenService finds the token service in a registry's challenges: it must be at the registry itself, or where the profile's tokens may go.
func tokenService(c *config.Profile) func(http.Header) (oauth.TokenService, error) {
	return func(h http.Header) (oauth.TokenService, error) {
		all := middleware.Challenges(h)
		i := slices.IndexFunc(all, func(ch middleware.Challenge) bool { return ch.Is("Bearer") && ch.Params["realm"] != "" })
		if i < 0 {
			return oauth.TokenService{}, errNoService
		}
		realm := all[i].Params["realm"]
		return oauth.TokenService{Realm: realm, Service: all[i].Params["service"]}, mayAsk(c, realm)
	}
}

func mayAsk(c *config.Profile, realm string) error {
	t, err := route.ParseURL(realm)
	if err != nil || t.Scheme == "http" && !route.Loopback(t.Host) {
		return errRealm
	}
	own, err := config.ParsePattern(c.Registry)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(append([]route.Pattern{own}, c.Hosts...), func(p route.Pattern) bool { return p.Match(t) }) {
		return &RealmError{t.Host}
	}
	return nil
}
