package config

// SecretVariables are the environment variables that p's secrets come from.
func (p *Profile) SecretVariables() (names []string) {
	p.eachSecret(func(_ string, r *SecretRef) {
		if r.Env != "" {
			names = append(names, r.Env)
		}
	})
	return names
}
