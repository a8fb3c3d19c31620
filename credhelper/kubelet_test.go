package credhelper_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob/credhelper"
)

// fromNow is a keeper of a token that lives an hour from now on.
func fromNow() *keeper {
	now := time.Now()
	return &keeper{cred: credhelper.Credential{Secret: canary, Issued: now, Expiry: now.Add(time.Hour)}}
}

func TestKubelet(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*credhelper.Credential)
		code int
		err  string
	}{
		{name: "image"}, {name: "subject"}, {name: "hub"}, {name: "not-found"},
		{name: "divided", edit: func(c *credhelper.Credential) { c.Divided = true }},
		{name: "no-expiry", edit: func(c *credhelper.Credential) { c.Expiry = time.Time{} }},
		{name: "about-to-end", edit: func(c *credhelper.Credential) { c.Expiry = time.Now().Add(time.Second) }},
		{name: "uppercase", code: 2, err: "fob: kubelet request refused: an image with a name out of form\n"},
		{name: "scheme", code: 2, err: "fob: kubelet request refused: an image with a name out of form\n"},
		{name: "userinfo", code: 2, err: "fob: kubelet request refused: an image with a digest out of form\n"},
		{name: "v1beta1", code: 2, err: "fob: kubelet request refused: an apiVersion other than credentialprovider.kubelet.k8s.io/v1\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := fromNow()
			if c.edit != nil {
				c.edit(&h.cred)
			}
			r := transcript(t, "kubelet/"+c.name, h, "fob-kubelet-corp")
			if r.code != c.code || r.stderr.String() != c.err {
				t.Errorf("%s: exit status %d and %q, want %d and %q", c.name, r.code, r.stderr.String(), c.code, c.err)
			}
		})
	}
}

func TestKubeletRequestReachesTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := fromNow()
		transcript(t, "kubelet/subject", h, "fob-kubelet-corp")
		got := h.req
		if got.Protocol != "kubelet" || got.Profile != "corp" || got.Origin() != "https://registry.example.com:5000" || got.Path != "team/app" ||
			got.Subject != "pod-fob-canary-7f3a9c" || got.MinTTL != 15*time.Minute || got.Interactive {
			t.Errorf("the handler was asked %+v", got)
		}
	})
}

func TestPodsOwnTokenIsNotGivenBack(t *testing.T) {
	h := anHour()
	h.cred.Secret = "pod-fob-canary-7f3a9c"
	r := serve(h, readFile(t, "kubelet/subject.in"), nil, "fob", "kubelet")
	if r.code != 4 || r.stdout.Len() != 0 {
		t.Errorf("exit status %d and %d bytes, want 4 and none", r.code, r.stdout.Len())
	}
}

func imageRequest(image string) string {
	quoted, _ := json.Marshal(image)
	return `{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderRequest","image":` + string(quoted) + `}`
}

func TestImageNames(t *testing.T) {
	const sum = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ image, origin, path string }{
		{"nginx", "https://index.docker.io", "library/nginx"},
		{"nginx:1.27", "https://index.docker.io", "library/nginx"},
		{"team/app", "https://index.docker.io", "team/app"},
		{"docker.io/library/nginx:1@" + sum, "https://index.docker.io", "library/nginx"},
		{"index.docker.io/team/app", "https://index.docker.io", "team/app"},
		{"localhost/app", "https://localhost", "app"},
		{"localhost:5000/app:v1", "https://localhost:5000", "app"},
		{"127.0.0.1:5000/a/b", "https://127.0.0.1:5000", "a/b"},
		{"[::1]:5000/app", "https://[::1]:5000", "app"},
		{"registry.example.com/a.b_c__d---e/f0@" + sum, "https://registry.example.com", "a.b_c__d---e/f0"},
		{"registry.example.com:443/app:V1_2.3-x", "https://registry.example.com", "app"},

		{"", "", ""}, {":v1", "", ""}, {"@" + sum, "", ""}, {"nginx:", "", ""}, {"nginx:.v1", "", ""}, {"nginx@sha256:0", "", ""}, {"nginx@" + sum + "x", "", ""},
		{"Nginx", "", ""}, {"registry.example.com/App", "", ""}, {"registry.example.com/", "", ""}, {"registry.example.com//app", "", ""},
		{"registry.example.com/../app", "", ""}, {"registry.example.com/a/./b", "", ""}, {"registry.example.com/a___b", "", ""}, {"registry.example.com/-a", "", ""}, {"registry.example.com/a-", "", ""},
		{"registry.example.com/a._b", "", ""}, {"registry.example.com:0/app", "", ""}, {"registry.example.com:65536/app", "", ""}, {"registry..example.com/app", "", ""},
		{"http://registry.example.com/app", "", ""}, {"ann:secret@registry.example.com/app", "", ""}, {"registry.exämple.com/app", "", ""}, {"registry.example.com/app?x", "", ""},
		{"registry.example.com/a\npp", "", ""}, {"registry.example.com/app\r", "", ""}, {"registry.example.com/app\x00", "", ""}, {"registry.example.com/" + strings.Repeat("a", 240), "", ""},
		{"/registry.example.com/app", "", ""},
	} {
		h := anHour()
		r := serve(h, imageRequest(c.image), nil, "fob", "kubelet")
		if h.req.Origin() != c.origin || h.req.Path != c.path || c.origin == "" && (r.code != 2 || r.stdout.Len() != 0) {
			t.Errorf("%q: the handler was asked for %q and %q, exit status %d; want %q and %q", c.image, h.req.Origin(), h.req.Path, r.code, c.origin, c.path)
		}
	}
}

func TestKubeletRefusesRequestsOutOfForm(t *testing.T) {
	for _, in := range []string{
		"", "{", "null", "[]", `{"kind":"Pod"}`, `{"kind":"CredentialProviderRequest","image":"registry.example.com/app"}`, imageRequest("a") + "x",
		strings.Replace(imageRequest("a"), `"a"`, "1", 1), imageRequest("a" + strings.Repeat("b", 1<<20)),
	} {
		h := anHour()
		if r := serve(h, in, nil, "fob", "kubelet"); r.code != 2 || r.stdout.Len() != 0 || h.did != "" {
			t.Errorf("%.40q: exit status %d, %d bytes of answer; want 2 and none", in, r.code, r.stdout.Len())
		}
	}
	if r := serve(anHour(), imageRequest("a"), nil, "fob", "kubelet", "get"); r.code != 2 {
		t.Errorf("a verb: exit status %d, want 2", r.code)
	}
}
