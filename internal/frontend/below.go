package frontend

import (
	"strings"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

// Below is credhelper.Credential's Path: how much of req.Path, as it was written, p's longest matching host says. p alone answers it.
func Below(p *route.Profile, req credhelper.Request) string {
	q, err := Query(req)
	if err != nil || req.Host == "" {
		return ""
	}
	path := ""
	for _, h := range p.Hosts {
		if h.Match(q.Target) && len(h.Path) > len(path) {
			path = h.Path
		}
	}
	segments := strings.SplitAfter(req.Path, "/")
	if n := strings.Count(path, "/"); n > 0 {
		return strings.TrimSuffix(strings.Join(segments[:min(n, len(segments))], ""), "/")
	}
	return "/"
}
