package frontend

import (
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/route"
)

// Divided reports whether index serves some path of req's host alone: then what answers one says nothing of another.
func Divided(index *route.Index, req credhelper.Request) bool {
	q, err := Query(req)
	if err != nil || req.Host == "" {
		return false
	}
	for i := range index.Profiles {
		for _, h := range index.Profiles[i].Hosts {
			if q.Target.Scheme, q.Target.Path = h.Scheme, h.Path; h.Path != "" && h.Match(q.Target) {
				return true
			}
		}
	}
	return false
}
