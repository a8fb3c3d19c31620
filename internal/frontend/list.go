package frontend

import (
	"cmp"
	"errors"
	"strings"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

// List names what docker get would answer without asking anybody: what docker login gave, and the hosts of profiles that have a valid
// token. Docker may ask for each of them, and gives up at the first that fails.
func List(index *route.Index, hasToken func(*route.Profile) bool) []credhelper.Entry {
	var entries []credhelper.Entry
	for _, l := range index.Logins {
		if !served(index, l.Server) {
			entries = append(entries, credhelper.Entry{Server: l.Server, Username: l.Username})
		}
	}
	for i := range index.Profiles {
		p := &index.Profiles[i]
		if servers := serversOf(index, p); len(servers) > 0 && hasToken(p) {
			entries = append(entries, servers...)
		}
	}
	return entries
}

// served reports whether a profile is asked for a server, whatever docker login gave before there was one.
func served(index *route.Index, server string) bool {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	target, err := route.ParseURL(server)
	if err != nil {
		return false
	}
	_, err = index.Choose(route.Query{Target: target})
	return !errors.Is(err, route.ErrNoProfile)
}

// serversOf are the hosts of p that are no patterns, and no other profile's just as well.
func serversOf(index *route.Index, p *route.Profile) []credhelper.Entry {
	var entries []credhelper.Entry
	for _, h := range p.Hosts {
		if h.Path == "" && answers(index, p, h, "") {
			entries = append(entries, credhelper.Entry{Server: h.String(), Username: cmp.Or(p.Username, "oauth2")})
		}
	}
	return entries
}
