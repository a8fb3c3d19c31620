package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	machine = "[profile.p]\nissuer = \"https://login.example\"\nclient_id = \"c\"\n"
	shared  = "store_keys = { file = \"/run/keys\" }\n"
)

func TestAStoreIsCheckedWhenTheFileIsRead(t *testing.T) {
	const password = ":" + canary + "@"
	store := func(url string) string { return machine + shared + "store = \"" + url + "\"\n" }
	for text, want := range map[string]string{
		store("redis://redis.example"):                         "",
		store("valkey://127.0.0.1:6379/3"):                     "",
		store("rediss://fob" + password + "redis.example:1"):   "",
		store("redis://fob" + password + "localhost"):          "",
		store("unix:///run/redis.sock?db=2"):                   "",
		store("unix:///run/redis.sock"):                        "",
		store("valkeys://h") + "store_ca_file = \"/ca.pem\"\n": "",

		store("redis.example:6379"):                       "5:1: profile.p.store: wants redis://HOST, rediss://HOST, valkey://HOST, valkeys://HOST or unix:///PATH",
		store("http://redis.example"):                     "5:1: profile.p.store: wants redis://HOST, rediss://HOST, valkey://HOST, valkeys://HOST or unix:///PATH",
		store("redis://fob:" + canary):                    "5:1: profile.p.store: wants redis://HOST, rediss://HOST, valkey://HOST, valkeys://HOST or unix:///PATH",
		store("redis:///1"):                               "5:1: profile.p.store: wants a host",
		store("redis://h/x"):                              "5:1: profile.p.store: wants the number of a database: redis://HOST/1, unix:///PATH?db=1",
		store("redis://h?db=1"):                           "5:1: profile.p.store: wants a URL without query and fragment",
		store("unix://run/redis.sock"):                    "5:1: profile.p.store: wants the absolute path of a socket",
		store("redis://fob" + password + "redis.example"): "5:1: profile.p.store: wants rediss or valkeys: a password goes in the clear to 127.0.0.0/8, [::1], localhost and sockets only",
		store("redis://redis.example") + "store_password = { env = \"P\" }\n":     "5:1: profile.p.store: wants rediss or valkeys: a password goes in the clear to 127.0.0.0/8, [::1], localhost and sockets only",
		store("rediss://fob"+password+"h") + "store_password = { env = \"P\" }\n": "6:1: profile.p.store_password: not beside a password in store",
		store("rediss://h") + "store_ca_file = \"ca.pem\"\n":                      "6:1: profile.p.store_ca_file: wants an absolute path",
		store("redis://h") + "store_ca_file = \"/ca.pem\"\n":                      "6:1: profile.p.store_ca_file: only for rediss and valkeys",
		machine + "store = \"redis://h\"\n":                                       "4:1: profile.p.store: store_keys is missing",
		machine + shared:                                                          "4:1: profile.p.store_keys: store is missing",
		machine + "store_password = { env = \"P\" }\n":                            "4:1: profile.p.store_password: store is missing",
		machine + "stor = \"redis://h\"\n":                                        "4:1: profile.p.stor: unknown key, did you mean store?",
	} {
		if want != "" {
			want = "user.toml:" + want
		}
		if got := loadError(t, files{"user.toml": text}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestOnlyWhatEachMachineCanMintIsShared: and nobody is given a token that was another's subject's.
func TestOnlyWhatEachMachineCanMintIsShared(t *testing.T) {
	const endpoint = "token_endpoint = \"https://as.example\"\n"
	const unfenced = ", which two machines would send: a lease cannot fence the authorization server"
	profile := func(name, keys string) string { return "[profile." + name + "]\n" + keys }
	const other = "\n[profile.q]\n" + endpoint
	for keys, want := range map[string]string{
		endpoint + `client_id = "c"`:                                                               "",
		endpoint + `subject_token = { file = "/var/run/secrets/tokens/as" }`:                       "",
		endpoint + "grant = \"jwt_bearer\"\nsubject_token = { env = \"JWT\" }":                     "",
		endpoint + `subject_token = { profile = "q" }` + other + `client_id = "c"`:                 "",
		endpoint + `subject_token = { profile = "q" }` + other + `subject_token = { env = "JWT" }`: "",
		`registry = "registry.example"`:                                                            "",

		"issuer = \"https://h\"\nclient_id = \"c\"\ngrant = \"device_code\"": "grant device_code, whose login brings a refresh token" + unfenced,
		"provider = \"github\"\nclient_id = \"c\"":                           "grant authorization_code, whose login brings a refresh token" + unfenced,
		endpoint + `refresh_token = { env = "R" }`:                           "a refresh_token" + unfenced,
		"registry = \"registry.example\"\nrefresh_token = { env = \"R\" }":   "a refresh_token" + unfenced,
		`token = { env = "T" }`:                                              "grant static, for which nothing is minted",
		"certificate = \"c\"\ncertificate_key = \"k\"":                       "grant certificate, for which nothing is minted",
		endpoint + `subject_token = { request = true }`:                      "subject_token of a request, which is nobody else's",
		endpoint + `subject_token = { github_actions = "a" }`:                "subject_token of a job, which is nobody else's",
		endpoint + `subject_token = { command = ["whoami"] }`:                "subject_token that does not say whose it is before it is fetched",
		endpoint + "subject_token = { env = \"A\" }\nactor_token = \"x\"":    "actor_token that does not say whose it is before it is fetched",
		endpoint + `subject_token = { profile = "q" }` + other + "client_id = \"c\"\ngrant = \"device_code\"\ndevice_authorization_endpoint = \"https://h\"": "the token of profile q, for it is for grant device_code, whose login brings a refresh token" + unfenced,
	} {
		if want != "" {
			want = "user.toml:2:1: profile.p.store: not for " + want
		}
		if got := loadError(t, files{"user.toml": profile("p", "store = \"redis://h\"\n"+shared+keys)}); got != want {
			t.Errorf("%s: got %s, want %s", keys, got, want)
		}
	}
}

func TestAStoresPasswordIsShownToNobody(t *testing.T) {
	url := "rediss://fob:" + canary + "@redis.example/2"
	c := mustLoad(t, files{"user.toml": machine + shared + "store = \"" + url + "\"\n"}, "FOB_STORE="+url, "FOB_STORE_KEYS="+canary, "FOB_CLIENT_ID=c", "FOB_ISSUER=https://h")
	p, env := c.Profiles["p"], c.Profiles[EnvProfile]
	const want = "rediss://fob:xxxxx@redis.example/2"
	for _, got := range []string{fmt.Sprint(p.Store), fmt.Sprintf("%#v", p.Store), fmt.Sprintf("%+v", env.Store)} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got, want := p.Store.Place(), "rediss://redis.example/2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := table(p.Rows()); !strings.Contains(got, "store = "+want+" (user.toml:5)\n") || strings.Contains(got, canary) {
		t.Error("the rows do not say what store is, or more than that")
	}
	if got, want := c.SecretVariables(env), []string{"FOB_STORE", "FOB_STORE_KEYS"}; !slices.Equal(got, want) {
		t.Errorf("variables with secrets are %v, want %v", got, want)
	}
	if got := newEnviron([]string{"FOB_STORE=" + url}).scrubbed(); len(got) != 0 {
		t.Error("a command is told the store's password")
	}
}

func TestProfilesShareAStoreIfAllTheySayOfItIsTheSame(t *testing.T) {
	base := Profile{Name: "a", Store: "redis://h", StoreKeys: SecretRef{Command: []string{"pass", "keys"}}}
	base.bind(nil, nil)
	for what, change := range map[string]func(*Profile){
		"":                        func(p *Profile) { p.Name, p.ClientID = "b", "c" },
		"another URL":             func(p *Profile) { p.Store = "redis://h/1" },
		"another password":        func(p *Profile) { p.StorePassword.Env = "P" },
		"other keys":              func(p *Profile) { p.StoreKeys.Command = []string{"pass", "more"} },
		"other authorities":       func(p *Profile) { p.StoreCAFile = "/ca.pem" },
		"keys from another place": func(p *Profile) { p.StoreKeys = SecretRef{Plain: canary} },
	} {
		other := base
		change(&other)
		other.bind(nil, nil)
		if got := base.SharesStore(&other); got != (what == "") {
			t.Errorf("%q: shared is %v", what, got)
		}
	}
}
