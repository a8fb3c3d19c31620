package e2e

import "testing"

func TestSmoke(t *testing.T) {
	a := newAuthority(t)
	c := personClient("alice's")
	p := startProvider(t, a, c, machineClient("m", "client_secret_basic"))
	r := p.login(t, c)
	if r == "" {
		t.Fatal("no refresh token")
	}
	p.lifetime(t, c, 77)
	p.fail(t, "/token", 1, 503)
	var into struct {
		A string `json:"access_token"`
		R string `json:"refresh_token"`
		E int    `json:"expires_in"`
	}
	refresh := func(r string) error {
		return p.post(t.Context(), "/token", c, map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {r}}, &into)
	}
	t.Log(refresh(string(r)))
	t.Log(refresh(string(r)), into.E, p.active(t.Context(), "x"), len(into.A))
	old := into
	p.revoke(t, c)
	t.Log(refresh(into.R), old.R != into.R, into.E)
	t.Log(refresh(old.R))
	t.Log(refresh(into.R))
	t.Log(p.requests(t, "/token"))
}
