package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Detected is the system that a URL belongs to, in the words of Settings.
type Detected struct {
	Provider string // "oidc" where there is metadata and nothing else is known
	Host     string // empty: the provider's usual one, or Issuer says it
	Tenant   string // entra: as in the URL
	Issuer   string // empty: the provider needs none, or Host says it
}

const detectTime = 10 * time.Second

// Detect finds out which system raw belongs to, the URL of a service or an issuer; a bare host is https. Some are known by name, and asked
// nothing unless raw has a path. Of others the metadata is looked for, at raw and at the root of its host, and must name an issuer on that very
// host. rt nil: one for all. The error is of type *LocalError for what is no such URL, else *Error: of who has no metadata, NoIssuer.
func Detect(ctx context.Context, raw string, rt http.RoundTripper) (Detected, error) {
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := openable("URL", raw)
	if err != nil {
		return Detected{}, err
	}
	u.Path, u.RawPath, u.RawQuery = strings.TrimRight(u.Path, "/"), "", ""
	provider, named := kindOf(u)
	switch k := kinds[provider]; {
	case named && (u.Path == "" || k.issuer == ""):
		return k.at(provider, u), nil
	case named:
		if m, err := findIssuer(ctx, u, rt); err == nil {
			return Detected{Provider: provider, Issuer: m.Issuer}, nil
		}
		return k.at(provider, u), nil
	}
	m, err := findIssuer(ctx, u, rt)
	if err != nil && u.Path != "" {
		u.Path = ""
		m, err = findIssuer(ctx, u, rt)
	}
	if err != nil {
		return Detected{}, err
	}
	return m.detected(u), nil
}

// kindOf is the one that is known by u's name.
func kindOf(u *url.URL) (name string, ok bool) {
	for name, k := range kinds {
		for _, host := range k.known {
			if u.Host == host || host[0] == '.' && strings.HasSuffix(u.Host, host) {
				return name, true
			}
		}
	}
	return "", false
}

// at is the system that is known by u's name.
func (k kind) at(provider string, u *url.URL) Detected {
	d := Detected{Provider: provider}
	if u.Host != k.host {
		d.Host = u.Host
	}
	if first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); k.tenant != "" && first != "" {
		d.Tenant = first
	}
	return d
}

// detected is the system that m is the metadata of.
func (m metadata) detected(u *url.URL) Detected {
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[name]
		if k.trait == "" || !slices.Contains(m.Scopes, k.trait) && !strings.Contains(m.Authorization, k.trait) {
			continue
		}
		if k.issuer == "" {
			return k.at(name, u)
		}
		return Detected{Provider: name, Issuer: m.Issuer}
	}
	return Detected{Provider: "oidc", Issuer: m.Issuer}
}

// findIssuer is the metadata of the issuer that has it at u: issuers differ in a slash at their end, which people leave out.
func findIssuer(ctx context.Context, u *url.URL, rt http.RoundTripper) (metadata, error) {
	asking := &Client{Transport: rt, Timeout: detectTime}
	var err error
	for _, place := range wellKnown(u) {
		var a *answer
		if a, err = asking.get(ctx, opDiscovery, place, nil); err != nil {
			return metadata{}, err
		}
		var m metadata
		if a.status != http.StatusOK || json.Unmarshal(a.body, &m) != nil || hostOf(m.Issuer) != u.Host {
			err = &Error{Op: opDiscovery, Host: place.Host, Status: max(a.status, http.StatusNotFound)}
			continue
		}
		named := &Client{Issuer: m.Issuer, Transport: rt, Timeout: detectTime}
		if m, err = named.discover(ctx); err == nil || !errors.As(err, new(*Error)) {
			return m, err
		}
	}
	return metadata{}, err
}
