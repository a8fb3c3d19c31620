package config

// Secrets calls f for each reference to a secret that is written in p, in the order of keys.
func (p *Profile) Secrets(f func(key string, r SecretRef)) {
	p.eachSecret(func(key string, r *SecretRef) {
		if !r.IsZero() {
			f(key, *r)
		}
	})
}
