package config

// SecretVariables are the environment variables that p's secrets come from, and those of the profiles whose tokens are among them.
func (c *Config) SecretVariables(p *Profile) (names []string) {
	if o := p.Origin("store"); o.Env != "" && p.Store.Password() {
		names = append(names, o.Env)
	}
	p.eachSecret(func(_ string, r *SecretRef) {
		switch {
		case r.Env != "":
			names = append(names, r.Env)
		case r.GitHubActions != "":
			names = append(names, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
		case r.Profile != "": // checkChains saw to it that there is an end
			names = append(names, c.SecretVariables(c.Profiles[r.Profile])...)
		}
	})
	return names
}
