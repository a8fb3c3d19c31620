package frontend

import (
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

// Held are the credentials at hand, each with a place it may go to. kept is the token of a profile that lasts long enough, if there is one.
func Held(index *route.Index, req credhelper.Request, kept func(*route.Profile) (fob.Token, bool)) []credhelper.Held {
	var held []credhelper.Held
	for i := range index.Profiles {
		p := &index.Profiles[i]
		at := places(index, p, req.Profile)
		if len(at) == 0 {
			continue
		}
		tok, ok := kept(p)
		if !ok {
			continue
		}
		for _, url := range at {
			held = append(held, credhelper.Held{URL: url, Credential: Credential(tok, p)})
		}
	}
	return held
}

// places are the URLs that p alone, or p before all others, answers for. A pattern with a star is none.
func places(index *route.Index, p *route.Profile, wanted string) []string {
	var urls []string
	for _, h := range p.Hosts {
		if h.Scheme == "https" && answers(index, p, h, wanted) {
			urls = append(urls, "https://"+h.String())
		}
	}
	return urls
}

// answers reports whether p is chosen for h, which is a pattern without a star, whoever asks.
func answers(index *route.Index, p *route.Profile, h route.Pattern, wanted string) bool {
	if strings.HasPrefix(h.Host, "*") {
		return false
	}
	chosen, err := index.Choose(route.Query{Target: route.Target(h), Profile: wanted})
	return err == nil && chosen == p
}
