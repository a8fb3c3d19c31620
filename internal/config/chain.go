package config

import (
	"slices"
	"strings"
)

// checkChains refuses tokens that are had for themselves in the end, and such as are nobody's to give.
func (c *Config) checkChains() (err error) {
	for _, name := range c.Names() {
		p := c.Profiles[name]
		p.eachSecret(func(key string, r *SecretRef) {
			if r.Profile == "" || err != nil {
				return
			}
			if reason := c.badChain(r, []string{name}); reason != "" {
				err = p.error(key, reason)
			}
		})
	}
	return err
}

// badChain says what is wrong with a reference of the last of the profiles that were passed.
func (c *Config) badChain(r *SecretRef, passed []string) (reason string) {
	next := c.Profiles[r.Profile]
	switch {
	case next == nil:
		return "no profile " + r.Profile + didYouMean(similar(r.Profile, c.Names()))
	case slices.Contains(passed, r.Profile):
		return "leads back to itself: " + strings.Join(append(passed, r.Profile), ", ")
	case next.SubjectToken.Request:
		return "profile " + r.Profile + " has no token without a request's"
	case next.GrantType() == AWSWebIdentity, next.GrantType() == Certificate:
		return "profile " + r.Profile + " is of grant " + next.GrantType() + ", which gives no token"
	}
	next.eachSecret(func(_ string, r *SecretRef) {
		if r.Profile != "" && reason == "" {
			reason = c.badChain(r, append(slices.Clone(passed), next.Name))
		}
	})
	return reason
}
