package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/route"
)

const canary = "s3cret-fob-canary-7f3a9c"

// files are the texts of a machine: "user.toml" is the user's, "sys/…" the system's.
type files map[string]string

// place writes files into a directory of its own and says how to load them.
func place(t testing.TB, f files, env ...string) (dir string, o Options) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range f {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if f["user.toml"] != "" {
		env = append(env, "FOB_CONFIG="+filepath.Join(dir, "user.toml"))
	}
	return dir, Options{Environ: append(env, "PATH="+os.Getenv("PATH")), System: filepath.Join(dir, "sys")}
}

func mustLoad(t testing.TB, f files, env ...string) *Config {
	t.Helper()
	_, o := place(t, f, env...)
	c, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// loadError is the error of a configuration, without the directory it lies in.
func loadError(t *testing.T, f files, env ...string) string {
	t.Helper()
	dir, o := place(t, f, env...)
	_, err := Load(o)
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
}

func TestProfileAsWritten(t *testing.T) {
	c := mustLoad(t, files{"user.toml": "\ufeff" + `
default = "acme"
seal = "all"

[profile.acme]
provider = "conductorone"
client_id = "lucky-panda-12345@acme.conductor.one/pcc"
client_secret = { env = "C1_CLIENT_SECRET" }

[profile."corp.example"]
issuer = "https://login.corp.example"
grant = "device_code"
client_id = "fob"
scopes = ["openid", "offline_access"]
audience = "one"
hosts = ["git.corp.example/team", "*.k8s.corp.example:6443", "bücher.example"]
username = "oauth2"
allow = ["raw", "exec"]
git_auth = "bearer"
params = { tenant = "t", many = ["a", "b"] }

[profile."corp.example".headers]
x-api-key.file = "/run/key"
x-plain = "` + canary + `"

[profile.signed]
token_endpoint = "https://as.example/token?v=1"
client_id = "c"
private_key = { command = ["pass", "key"] }
assertion = { audience = ["as"], lifetime = "90s", not_before = "-2m", jti = false }
`})
	if c.Default != "acme" || c.Seal != "all" || !reflect.DeepEqual(c.Names(), []string{"acme", "corp.example", "signed"}) {
		t.Errorf("got default %q, seal %q, profiles %q", c.Default, c.Seal, c.Names())
	}
	corp := c.Profiles["corp.example"]
	var hosts []string
	for _, h := range corp.Hosts {
		hosts = append(hosts, h.String())
	}
	jti := false
	for what, pair := range map[string][2]any{
		"name":      {corp.Name, "corp.example"},
		"scopes":    {corp.Scopes, List{"openid", "offline_access"}},
		"audience":  {corp.Audience, List{"one"}},
		"hosts":     {hosts, []string{"git.corp.example/team", "*.k8s.corp.example:6443", "xn--bcher-kva.example"}},
		"params":    {corp.Params, map[string]List{"tenant": {"t"}, "many": {"a", "b"}}},
		"file":      {corp.Headers["x-api-key"].File, "/run/key"},
		"plain":     {corp.Headers["x-plain"].Plain == canary, true},
		"env":       {c.Profiles["acme"].ClientSecret.Env, "C1_CLIENT_SECRET"},
		"command":   {c.Profiles["signed"].PrivateKey.Command, []string{"pass", "key"}},
		"assertion": {c.Profiles["signed"].Assertion, Assertion{Audience: Audience{[]string{"as"}, true}, Lifetime: Duration(90 * time.Second), NotBefore: Duration(-2 * time.Minute), JTI: &jti}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestNothingConfiguredIsNoError(t *testing.T) {
	c := mustLoad(t, nil)
	if len(c.Profiles) != 0 || c.User != "" {
		t.Errorf("got profiles %q of user file %q, want none", c.Names(), c.User)
	}
	if _, err := c.Pick(""); !errors.Is(err, ErrNotChosen) {
		t.Errorf("got %v, want %v", err, ErrNotChosen)
	}
}

const ofPerson = "\ngrant = \"authorization_code\"\nclient_id = \"c\"\nissuer = \"https://login.example\""

// TestGrantOfAProviderIsItsClients: nobody has client_credentials at a git host, and a public client has them nowhere.
func TestGrantOfAProviderIsItsClients(t *testing.T) {
	for profile, want := range map[string]string{
		`provider = "github"`: AuthorizationCode, `provider = "gitlab"`: AuthorizationCode, `provider = "gitea"`: AuthorizationCode, `provider = "google"`: AuthorizationCode,
		"provider = \"github\"\nclient_secret.env = \"S\"": AuthorizationCode, "provider = \"github\"\ngrant = \"device_code\"": DeviceCode,
		`provider = "entra"`: AuthorizationCode, `provider = "keycloak"`: AuthorizationCode, `provider = "oidc"` + "\nissuer = \"https://h\"": ClientCredentials,
		"provider = \"entra\"\nclient_secret.env = \"S\"": ClientCredentials, "provider = \"okta\"\nprivate_key.env = \"S\"": ClientCredentials,
		"provider = \"auth0\"\nclient_assertion.env = \"S\"": ClientCredentials, "provider = \"gitlab\"\nrefresh_token.env = \"S\"": RefreshToken,
	} {
		p := mustLoad(t, files{"user.toml": "[profile.p]\nclient_id = \"c\"\n" + profile}).Profiles["p"]
		if got := p.GrantType(); got != want || p.Person() != (want == AuthorizationCode || want == DeviceCode) {
			t.Errorf("%s: got %s, want %s", profile, got, want)
		}
	}
}

func TestWhatIsWrongIsNamedWithItsPlace(t *testing.T) {
	// In each, the profile's first line is the second of the file.
	for _, tc := range []struct{ profile, want string }{
		{`redirect_uri = "https://127.0.0.1"` + ofPerson, "2:1: profile.p.redirect_uri: wants http URLs on 127.0.0.1, [::1] or localhost, without query"},
		{`redirect_uri = ["http://localhost", "http://git.example"]` + ofPerson, "2:1: profile.p.redirect_uri: wants http URLs on 127.0.0.1, [::1] or localhost, without query"},
		{`redirect_uri = "http://localhost"` + "\nclient_id = \"c\"\nissuer = \"https://h\"", "2:1: profile.p.redirect_uri: only for grant authorization_code, device_code"},
		{`auth_params = { state = "x" }` + ofPerson, "2:17: profile.p.auth_params.state: is not for a profile to say"},
		{`authorization_endpoint = "http://h"` + ofPerson, "2:1: profile.p.authorization_endpoint: wants an https URL; http is for 127.0.0.0/8, [::1] and localhost only"},
		{`device_authorization_endpoint = "file:///x"` + ofPerson, "2:1: profile.p.device_authorization_endpoint: wants an https URL"},
		{`jwks_uri = "x"` + ofPerson, "2:1: profile.p.jwks_uri: wants an https URL"},
		{`tenant = "t"` + ofPerson, "2:1: profile.p.tenant: only for provider andopen, entra, keycloak"},
		{`grant = "device_code"` + "\nclient_id = \"c\"\ntoken_endpoint = \"https://h\"", "1:2: profile.p: authorization_endpoint is missing, or device_authorization_endpoint, or issuer"},
		{`grant = "device_code"` + "\nissuer = \"https://h\"", "1:2: profile.p: client_id is missing"},
		{`cilent_id = "x"`, "2:1: profile.p.cilent_id: unknown key, did you mean client_id?"},
		{`  Client_ID = "x"`, "2:3: profile.p.Client_ID: unknown key, did you mean client_id?"},
		{`colour = "x"`, "2:1: profile.p.colour: unknown key"},
		{`client_secet = "x"`, "2:1: profile.p.client_secet: unknown key, did you mean client_secret?"},
		{`secret = "x"`, "2:1: profile.p.secret: unknown key, did you mean client_secret?"},
		{`scope = "x"`, "2:1: profile.p.scope: unknown key, did you mean scopes?"},
		{`host = "git.example"`, "2:1: profile.p.host: only for provider conductorone, tokenos, github, gitlab, gitea, entra, okta, auth0, keycloak, did you mean hosts?"},
		{`hosts = "git.example, api.example"`, "2:1: profile.p.hosts: wants an array of strings, one for each host"},
		{`hosts = []`, "2:1: profile.p.hosts: wants at least one host, or leave it out"},
		{`hosts = ["git.example api.example"]`, "2:1: profile.p.hosts: wants an array of strings, one for each host"},
		{`client_auth = "client_secret_pots"`, "2:1: profile.p.client_auth: wants one of basic, params, private_key_jwt, client_secret_jwt, client_assertion, none, client_secret_basic, client_secret_post, did you mean client_secret_post?"},
		{`client_secret = { evn = "x" }`, "2:19: profile.p.client_secret.evn: unknown key, did you mean env?"},
		{`assertion.life = "1s"`, "2:1: profile.p.assertion.life: unknown key"},
		{`client_id = 3`, "2:1: profile.p.client_id: wants a string that is not empty"},
		{`client_id = ""`, "2:1: profile.p.client_id: wants a string that is not empty"},
		{`client_id = {}`, "2:1: profile.p.client_id: wants a string that is not empty"},
		{`client_id.x = "y"`, "2:1: profile.p.client_id.x: not a table"},
		{`client_id = "a\nb"`, "2:1: profile.p.client_id: has a control character"},
		{`client_secret = 3`, "2:1: profile.p.client_secret: wants a string or a table"},
		{`client_secret = ""`, "2:1: profile.p.client_secret: is empty"},
		{`client_secret = {}`, "2:1: profile.p.client_secret: is empty"},
		{`client_secret = { env = "A", file = "/b" }`, "2:1: profile.p.client_secret: wants one of env, file, command and keyring"},
		{`client_secret = { file = "b" }`, "2:1: profile.p.client_secret: wants an absolute path"},
		{`client_secret = { command = "pass c1" }`, "2:19: profile.p.client_secret.command: wants an array of strings"},
		{`client_secret = { command = [] }`, "2:1: profile.p.client_secret: wants a command"},
		{`client_secret = { command = ["./x"] }`, "2:1: profile.p.client_secret: wants a command by its absolute path or its bare name"},
		{`scopes = [1]`, "2:1: profile.p.scopes: wants a string or an array of strings, none empty"},
		{`raw_basic = "yes"`, "2:1: profile.p.raw_basic: wants true or false"},
		{`params = "x"`, "2:1: profile.p.params: wants a table"},
		{`params = { client_secret = "x" }`, "2:12: profile.p.params.client_secret: has a key of its own"},
		{`headers = { "a b" = "x" }`, "2:1: profile.p.headers: wants the names of headers"},
		{`hosts = ["git.example", "a*.example"]`, `2:1: profile.p.hosts: "a*.example": host: * is not one whole leftmost label`},
		{`hosts = ["http://git.example"]`, `2:1: profile.p.hosts: "http://git.example": scheme: http is for 127.0.0.0/8, [::1] and localhost only`},
		{`hosts = ["u:` + canary + `@git.example"]`, "2:1: profile.p.hosts: a host: user: not allowed here"},
		{`hosts = ["bü_cher.example"]`, `2:1: profile.p.hosts: "bü_cher.example": host: no internationalised host name (IDNA)`},
		{`provider = "conductrone"`, "2:1: profile.p.provider: wants one of conductorone, tokenos, andopen, blynk, oidc, github, gitlab, gitea, google, entra, okta, auth0, keycloak, did you mean conductorone?"},
		{`grant = "password"`, "2:1: profile.p.grant: wants one of client_credentials, refresh_token, static, device_code, authorization_code, token_exchange, jwt_bearer, aws_web_identity, registry, certificate"},
		{`allow = ["row"]`, "2:1: profile.p.allow: wants one of aws, exec, file, google, kubernetes, raw, vault, did you mean raw?"},
		{`issuer = "http://login.example"`, "2:1: profile.p.issuer: wants an https URL; http is for 127.0.0.0/8, [::1] and localhost only"},
		{`issuer = "https://login.example?a"`, "2:1: profile.p.issuer: wants no query (RFC 8414 §2)"},
		{`issuer = "login.example"`, "2:1: profile.p.issuer: wants an https URL"},
		{`token_endpoint = "https://u:` + canary + `@as.example"`, "2:1: profile.p.token_endpoint: wants a URL without user"},
		{`token_endpoint = "https://as.example:x"`, "2:1: profile.p.token_endpoint: wants an https URL"},
		{`api = "https://api.example#x"`, "2:1: profile.p.api: wants a URL without fragment"},
		{`ca_file = "ca.pem"`, "2:1: profile.p.ca_file: wants an absolute path"},
		{`username = "a:b"`, "2:1: profile.p.username: has a colon, which ends a user name (RFC 7617 §2)"},
		{`assertion = { lifetime = "2h" }`, `2:15: profile.p.assertion.lifetime: wants "1s" to "1h"`},
		{`assertion = { lifetime = 60 }`, `2:15: profile.p.assertion.lifetime: wants a duration such as "90s"`},
		{`assertion = { not_before = "1m" }`, `2:15: profile.p.assertion.not_before: wants "-1h" to "0s"`},
		{`server = "blynk.example"`, "2:1: profile.p.server: only for provider blynk"},
		{`token = "` + canary + `"` + "\n" + `grant = "client_credentials"`, "2:1: profile.p.token: only for grant static"},
		{`token = "` + canary + `"` + "\n" + `client_secret = "x"`, "3:1: profile.p.client_secret: not beside token"},
		{`grant = "static"`, "2:1: profile.p.grant: token is missing"},
		{`grant = "refresh_token"`, "2:1: profile.p.grant: refresh_token is missing"},
		{`client_id = "c"`, "1:2: profile.p: issuer is missing, or token_endpoint, or provider"},
		{`issuer = "https://login.example"`, "1:2: profile.p: client_id is missing"},
		{`provider = "oidc"`, "2:1: profile.p.provider: issuer is missing"},
	} {
		if got := loadError(t, files{"user.toml": "[profile.p]\n" + tc.profile + "\n"}); got != "user.toml:"+tc.want {
			t.Errorf("%s: got %s, want user.toml:%s", tc.profile, got, tc.want)
		}
	}
}

func TestClientAuthenticationMustFitItsSecrets(t *testing.T) {
	for _, tc := range []struct{ keys, want string }{
		{`client_auth = "basic"`, "4:1: profile.p.client_auth: client_secret is missing"},
		{`client_auth = "private_key_jwt"`, "4:1: profile.p.client_auth: private_key is missing"},
		{"client_auth = \"none\"\nclient_secret = \"x\"", "5:1: profile.p.client_secret: not beside client_auth none"},
		{"client_auth = \"params\"\nclient_secret = \"x\"\nraw_basic = true", "6:1: profile.p.raw_basic: only for client_auth basic"},
		{"client_auth = \"params\"\nclient_secret = \"x\"\nprivate_key = \"x\"", "6:1: profile.p.private_key: only for client_auth private_key_jwt"},
		{"client_secret = \"x\"\n[profile.p.assertion]\nkid = \"k\"", "5:2: profile.p.assertion: only for client_auth private_key_jwt or client_secret_jwt"},
		{`client_secret = "x"`, ""},
		{"client_auth = \"none\"", ""},
		{"client_secret = \"x\"\nraw_basic = true", ""},
		{"private_key = \"x\"\nassertion = { kid = \"k\" }", ""},
		{"client_auth = \"client_secret_jwt\"\nclient_secret = \"x\"\nassertion = { kid = \"k\" }", ""},
		{"client_auth = \"basic\"\nclient_secret = \"x\"\nrefresh_client_auth = \"anonymous\"", ""},
	} {
		want := tc.want
		if want != "" {
			want = "user.toml:" + want
		}
		text := "[profile.p]\nissuer = \"https://login.example\"\nclient_id = \"c\"\n" + tc.keys
		if got := loadError(t, files{"user.toml": text}); got != want {
			t.Errorf("%s: got %s, want %s", tc.keys, got, want)
		}
	}
}

func TestKeysMustFitTheGrant(t *testing.T) {
	const endpoint, subject, role = "token_endpoint = \"https://as.example\"\n", "subject_token = { env = \"JWT\" }\n", "role_arn = \"arn:aws:iam::123456789012:role/ci\"\n"
	for _, tc := range []struct{ keys, want string }{
		{endpoint + subject, ""},
		{endpoint + subject + `client_id = "c"`, ""},
		{endpoint + subject + `grant = "jwt_bearer"`, ""},
		{endpoint + subject + `subject_token_type = "id_token"`, ""},
		{endpoint + subject + `requested_token_type = "urn:x:y"`, ""},
		{endpoint + `subject_token = { request = true }`, ""},
		{endpoint + `subject_token = { github_actions = "aud" }`, ""},
		{endpoint + `client_id = "c"` + "\nclient_assertion = { github_actions = \"aud\" }", ""},
		{"provider = \"conductorone\"\nclient_id = \"ci@acme.conductor.one/wfe\"\n" + subject, ""},
		{role + subject + `region = "eu-west-1"`, ""},
		{role + subject + `token_endpoint = "https://sts.example"` + "\nrole_session_name = \"a+b@c\"", ""},
		{`registry = "registry.example:5000"`, ""},
		{`registry = "http://127.0.0.1:5000"`, ""},
		{"certificate = \"x\"\ncertificate_key = \"y\"", ""},
		{"certificate = \"x\"\ncertificate_key = \"y\"\ntoken = \"z\"", ""},

		{endpoint + `grant = "token_exchange"`, "3:1: profile.p.grant: subject_token is missing"},
		{subject, "1:2: profile.p: issuer is missing, or token_endpoint, or provider"},
		{"provider = \"conductorone\"\n" + subject, "1:2: profile.p: client_id is missing"},
		{endpoint + `client_id = "c"` + "\nsubject_token_type = \"jwt\"", "4:1: profile.p.subject_token_type: only for grant token_exchange"},
		{endpoint + subject + "grant = \"jwt_bearer\"\nactor_token = \"x\"", "5:1: profile.p.actor_token: only for grant token_exchange"},
		{endpoint + subject + `subject_token_type = "idtoken"`, "4:1: profile.p.subject_token_type: wants a URI or one of access_token, id_token, jwt, refresh_token, saml1, saml2, did you mean id_token?"},
		{endpoint + subject + `requested_token_type = "refresh_token"`, "4:1: profile.p.requested_token_type: a refresh token is of no use to a tool"},
		{endpoint + subject + `actor_token_type = "jwt"`, "4:1: profile.p.actor_token_type: actor_token is missing"},
		{endpoint + `client_secret = { request = true }`, "3:1: profile.p.client_secret: request is only for subject_token"},
		{endpoint + subject + `actor_token = { request = true }`, "4:1: profile.p.actor_token: request is only for subject_token"},
		{endpoint + `client_secret = { github_actions = "a" }`, "3:1: profile.p.client_secret: github_actions and profile are only for subject_token, actor_token, client_assertion"},
		{endpoint + `subject_token = { env = "A", request = true }`, "3:1: profile.p.subject_token: wants one of env, file, command, keyring, github_actions, profile and request"},
		{endpoint + `subject_token = { request = false }`, "3:1: profile.p.subject_token: is empty"},
		{endpoint + `subject_token = { env = "A", token = "id" }`, "3:1: profile.p.subject_token: token says which of a profile's"},
		{endpoint + `subject_token = { profile = "q", token = "ID" }`, `3:1: profile.p.subject_token: wants token = "access" or "id"`},
		{endpoint + `client_assertion = "x"`, "1:2: profile.p: client_id is missing"},
		{endpoint + subject + `client_assertion = "x"`, "4:1: profile.p.client_assertion: client_id is missing"},
		{endpoint + "client_id = \"c\"\nclient_auth = \"client_assertion\"", "4:1: profile.p.client_auth: client_assertion is missing"},
		{endpoint + "client_id = \"c\"\nclient_auth = \"none\"\nclient_assertion = \"x\"", "5:1: profile.p.client_assertion: only for client_auth client_assertion"},
		{endpoint + `params = { subject_token = "x" }`, "3:12: profile.p.params.subject_token: has a key of its own"},

		{role + subject, "1:2: profile.p: region is missing, or token_endpoint"},
		{role + `region = "eu-west-1"`, "1:2: profile.p: subject_token is missing"},
		{subject + `grant = "aws_web_identity"`, "3:1: profile.p.grant: role_arn is missing"},
		{"role_arn = \"ci\"\nregion = \"a\"\n" + subject, "2:1: profile.p.role_arn: wants arn:aws:iam::ACCOUNT:role/NAME"},
		{role + subject + `region = "a.evil.example/"`, "4:1: profile.p.region: wants the name of a region"},
		{role + subject + "region = \"a\"\nrole_session_name = \"a b\"", "5:1: profile.p.role_session_name: wants 2 to 64 letters, digits and _+=,.@-"},
		{role + subject + "region = \"a\"\nrole_session_name = \"a\"", "5:1: profile.p.role_session_name: wants 2 to 64 letters, digits and _+=,.@-"},

		{`grant = "registry"`, "2:1: profile.p.grant: registry is missing"},
		{`registry = "*.example"`, "2:1: profile.p.registry: wants the host of one registry"},
		{`registry = "registry.example/app"`, "2:1: profile.p.registry: wants the host of one registry"},
		{`registry = "http://registry.example"`, "2:1: profile.p.registry: scheme: http is for 127.0.0.0/8, [::1] and localhost only"},
		{"registry = \"a.example\"\nclient_secret = \"x\"", "3:1: profile.p.client_secret: client_id is missing"},
		{"registry = \"a.example\"\nclient_auth = \"params\"", "3:1: profile.p.client_auth: not for grant registry"},
		{"registry = \"a.example\"\nclient_id = \"c\"\nclient_secret = \"x\"\nrefresh_token = \"y\"", "5:1: profile.p.refresh_token: not beside client_secret"},

		{`certificate = "x"`, "2:1: profile.p.certificate: certificate_key is missing"},
		{`certificate_key = "x"` + "\ntoken = \"y\"", "2:1: profile.p.certificate_key: certificate is missing"},
		{`grant = "certificate"`, "2:1: profile.p.grant: certificate is missing"},
	} {
		want := tc.want
		if want != "" {
			want = "user.toml:" + want
		}
		if got := loadError(t, files{"user.toml": "[profile.p]\n" + tc.keys}); got != want {
			t.Errorf("%s: got %s, want %s", tc.keys, got, want)
		}
	}
}

func TestChainsOfProfilesMustEnd(t *testing.T) {
	link := func(name, next string) string {
		return "[profile." + name + "]\ntoken_endpoint = \"https://as.example\"\nsubject_token = { profile = \"" + next + "\" }\n"
	}
	const end = "[profile.end]\ntoken = \"x\"\n"
	for text, want := range map[string]string{
		link("a", "end") + end: "",
		link("a", "b") + link("b", "end") + link("c", "b") + end: "",
		link("a", "a"): "3:1: profile.a.subject_token: leads back to itself: a, a",
		link("a", "b") + link("b", "c") + link("c", "b"): "3:1: profile.a.subject_token: leads back to itself: a, b, c, b",
		link("a", "edn") + end:                           "3:1: profile.a.subject_token: no profile edn, did you mean end?",
		link("a", "b") + strings.Replace(link("b", "c"), `profile = "c"`, "request = true", 1): "3:1: profile.a.subject_token: profile b has no token without a request's",
		link("a", "b") + "[profile.b]\ncertificate = \"x\"\ncertificate_key = \"y\"\n":         "3:1: profile.a.subject_token: profile b is of grant certificate, which gives no token",
	} {
		if want != "" {
			want = "user.toml:" + want
		}
		if got := loadError(t, files{"user.toml": text}); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestWholeFilesThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"[profil.p]\n":                       "1:2: profil.p: unknown key, did you mean profile?",
		"profile = 3\n":                      "1:1: profile: wants a table",
		"[corp]\nissuer = \"x\"\n":           "1:2: corp: unknown key, did you mean [profile.corp]?",
		"[corp.headers]\n":                   "1:2: corp.headers: unknown key, did you mean [profile.corp]?",
		"issuer = \"x\"\n":                   "1:1: issuer: belongs below [profile.NAME]",
		"[headers]\n":                        "1:2: headers: belongs below [profile.NAME]",
		"defualt = \"x\"\n":                  "1:1: defualt: unknown key, did you mean default?",
		"[[profile.p]]\n":                    "1:3: profile.p: wants a table",
		"[profile.p]\n[profile.p]\n":         "2:2: profile.p: table p already exists",
		"seal = \"some\"\n":                  `1:1: seal: wants "all"`,
		"seal = true\n":                      `1:1: seal: wants "all"`,
		"default = \"a\"\ndefault = \"b\"":   "2:1: default: key default is already defined",
		"default = \"acme\"\n":               "1:1: default: no profile of that name",
		"locked = true\n":                    "1:1: locked: only for the system's files",
		"[profile.\"a b\"]\n":                "1:2: profile.a b: wants a name of at most 64 letters, digits, '.', '_' and '-' that begins with a letter or digit",
		"[profile.env]\ntoken = \"x\"\n":     "1:2: profile.env: that name is kept for the profile that FOB_ variables make",
		"[profile.p]\ntoken = \"" + canary:   "2:33: profile.p.token: unterminated basic string",
		"[profile.p]\ntoken = '" + canary:    "2:33: profile.p.token: unterminated literal string",
		"[profile.p]\n\"to ken\" = 3 \x00":   "2:14: expected newline but got U+0000",
		"[profile.p]\ntoken\n":               "2:6: expected '=' after key",
		"default = \"acme\"\n[profile.amce]": "2:2: profile.amce: issuer is missing, or token_endpoint, or provider",
		"default = \"amce\"\n[profile.acme]\ntoken = \"" + canary + "\"": "1:1: default: no profile of that name, did you mean acme?",
	} {
		if got := loadError(t, files{"user.toml": text}); got != "user.toml:"+want {
			t.Errorf("%q: got %s, want user.toml:%s", text, got, want)
		}
	}
}

func TestValuesWithoutQuotesAreNamedByTheirKey(t *testing.T) {
	const quotes = `wants its value in quotes: "…"`
	for line, want := range map[string]string{
		`client_id = abc`:                    "3:13: profile.p.client_id: " + quotes,
		`client_id = nightly`:                `3:13: profile.p.client_id: ` + quotes,
		`client_id = true1`:                  "3:17: profile.p.client_id: " + quotes,
		`  issuer=https://login.example`:     "3:10: profile.p.issuer: " + quotes,
		"client_id = \u201cabc\u201d":        "3:13: profile.p.client_id: " + quotes,
		`client_secret.env = FOO`:            "3:21: profile.p.client_secret.env: " + quotes,
		`client_id =`:                        "3:12: profile.p.client_id: has no value",
		`client_id = # none`:                 "3:13: profile.p.client_id: has no value",
		`hosts = [git.example]`:              `3:10: profile.p.hosts: wants each string in quotes: "…"`,
		`client_secret = { env = FOO }`:      `3:25: profile.p.client_secret: wants each string in quotes: "…"`,
		`client_id = "abc`:                   "3:17: profile.p.client_id: basic strings cannot have new lines",
		`hosts = ["a" "b"]`:                  "3:14: profile.p.hosts: expected ',' or ']' after array value",
		canary + ` = abc`:                    "3:28: unexpected character U+0061 'a' at start of value",
		"token = \"\"\"\n" + canary + "=\\q": "4:26: invalid escape character U+0071 'q'",
	} {
		if got := loadError(t, files{"user.toml": "default = \"p\"\n[profile.p]\n" + line + "\n"}); got != "user.toml:"+want {
			t.Errorf("%s: got %s, want user.toml:%s", line, got, want)
		}
	}
}

func TestRegisteredNamesOfClientAuthenticationAreTaken(t *testing.T) {
	for _, word := range [][2]string{{"client_secret_basic", "basic"}, {"client_secret_post", "params"}} {
		c := mustLoad(t, files{"user.toml": "[profile.p]\nissuer = \"https://login.example\"\nclient_id = \"c\"\nclient_secret = \"x\"\nclient_auth = \"" +
			word[0] + "\"\nrefresh_client_auth = \"" + word[0] + "\"\n"})
		if p := c.Profiles["p"]; p.ClientAuth != word[1] || p.RefreshClientAuth != word[1] {
			t.Errorf("%s: got %s, and %s for refreshes, want %s", word[0], p.ClientAuth, p.RefreshClientAuth, word[1])
		}
	}
	text := "[profile.p]\nissuer = \"https://login.example\"\nclient_id = \"c\"\nclient_auth = \"client_secret_post\"\n"
	if got, want := loadError(t, files{"user.toml": text}), "user.toml:4:1: profile.p.client_auth: client_secret is missing"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestErrorsAreLocalAndCarryFacts(t *testing.T) {
	_, o := place(t, files{"user.toml": "\n\n colour = 1"})
	_, err := Load(o)
	var e *Error
	if !errors.As(err, &e) || e.Line != 3 || e.Column != 2 || e.Key != "colour" || fob.OutcomeOf(err) != fob.Local {
		t.Errorf("got %v, want a local Error at 3:2 of key colour", err)
	}
}

const minimal = `token = "` + canary + `"` + "\n"

func TestLayers(t *testing.T) {
	system := files{
		"sys/config.toml":        "default = \"a\"\n[profile.a]\nissuer = \"https://system.example\"\nclient_id = \"system\"\nparams = { x = \"1\", y = \"2\" }\n",
		"sys/config.d/20-b.toml": "[profile.a]\nclient_id = \"twenty\"\n",
		"sys/config.d/10-b.toml": "[profile.a]\nclient_id = \"ten\"\n[profile.b]\n" + minimal,
		"sys/config.d/.#x.toml":  "nonsense",
		"sys/config.d/README":    "nonsense",
		"user.toml":              "[profile.a]\nissuer = \"https://user.example\"\nusername = \"me\"\nparams = { z = \"3\" }\n[profile.c]\n" + minimal,
	}
	type seen struct {
		profiles, client, issuer, username, params string
	}
	look := func(c *Config) seen {
		a := c.Profiles["a"]
		var params []string
		for name := range a.Params {
			params = append(params, name)
		}
		slices.Sort(params)
		return seen{strings.Join(c.Names(), " "), a.ClientID, a.Issuer, a.Username, strings.Join(params, " ")}
	}
	open := mustLoad(t, system)
	if got, want := look(open), (seen{"a b c", "twenty", "https://user.example", "me", "z"}); got != want {
		t.Errorf("got %+v, want %+v: later files win, key by key, tables as a whole", got, want)
	}
	system["sys/config.d/99-lock.toml"] = "locked = true\n"
	locked := mustLoad(t, system)
	if got, want := look(locked), (seen{"a b c", "twenty", "https://system.example", "me", "x y"}); got != want {
		t.Errorf("locked: got %+v, want %+v: what the system says stays", got, want)
	}
	if o := locked.Profiles["a"].Origin("client_id"); filepath.Base(o.File) != "20-b.toml" || o.Line != 2 {
		t.Errorf("got origin %s, want 20-b.toml:2", o)
	}
}

func TestUserCannotUnlock(t *testing.T) {
	got := loadError(t, files{
		"sys/config.toml": "locked = true\n[profile.a]\n" + minimal,
		"user.toml":       "locked = false\n[profile.a]\nusername = \"u\"\n",
	})
	if want := "user.toml:1:1: locked: only for the system's files"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFilesThatCannotBeBelieved(t *testing.T) {
	if os.Getenv("SystemRoot") != "" {
		t.Skip("Windows has no mode bits to refuse")
	}
	dir, o := place(t, files{"user.toml": "[profile.a]\n" + minimal, "sys/config.toml": "[profile.b]\n" + minimal})
	for _, name := range []string{"user.toml", "sys/config.toml"} {
		path := filepath.Join(dir, name)
		if err := os.Chmod(path, 0o602); err != nil {
			t.Fatal(err)
		}
		_, err := Load(o)
		var untrusted *atomicfile.UntrustedError
		if !errors.As(err, &untrusted) || untrusted.Path != path {
			t.Errorf("%s: got %v, want an UntrustedError that names it", name, err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhereTheUsersFileIs(t *testing.T) {
	if _, err := Load(Options{Environ: []string{"FOB_CONFIG=user.toml"}, System: t.TempDir()}); err == nil || err.Error() != "FOB_CONFIG: not an absolute path" {
		t.Errorf("relative FOB_CONFIG: got %v", err)
	}
	absent := filepath.Join(t.TempDir(), "x.toml")
	if _, err := Load(Options{Environ: []string{"FOB_CONFIG=" + absent}, System: t.TempDir()}); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "FOB_CONFIG: ") {
		t.Errorf("FOB_CONFIG of no file: got %v, want FOB_CONFIG: %v", err, fs.ErrNotExist)
	}
}

func TestPick(t *testing.T) {
	two := files{"user.toml": "default = \"b\"\n[profile.a]\n" + minimal + "[profile.b]\n" + minimal}
	one := files{"user.toml": "[profile.a]\n" + minimal}
	for _, tc := range []struct {
		files files
		env   string
		name  string
		want  string // a profile, or the error
	}{
		{two, "", "a", "a"},
		{two, "", "", "b"},
		{two, "FOB_PROFILE=a", "", "a"},
		{two, "FOB_TOKEN=" + canary, "", "env"},
		{two, "", "c", "no profile c"},
		{one, "", "", "a"},
		{files{"user.toml": "[profile.a]\n" + minimal + "[profile.b]\n" + minimal}, "", "", "which profile is not said"},
	} {
		var env []string
		if tc.env != "" {
			env = append(env, tc.env)
		}
		p, err := mustLoad(t, tc.files, env...).Pick(tc.name)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = p.Name
		}
		if got != tc.want {
			t.Errorf("%q with %q: got %s, want %s", tc.name, strings.SplitN(tc.env, "=", 2)[0], got, tc.want)
		}
	}
}

func TestIndex(t *testing.T) {
	c := mustLoad(t, files{
		"sys/config.d/a.toml": "[profile.b]\n" + minimal,
		"user.toml":           "[profile.a]\n" + minimal + "hosts = [\"git.example\"]\nusername = \"u\"\nallow = \"raw\"\ngit_auth = \"bearer\"\n",
	}, "FOB_TOKEN="+canary)
	record := func(p *Profile, r *route.Profile) { r.Record = "k1-" + p.Name }
	x := c.Index(record)
	pattern, err := ParsePattern("git.example")
	if err != nil {
		t.Fatal(err)
	}
	want := []route.Profile{
		{Name: "a", Record: "k1-a", Hosts: []route.Pattern{pattern}, Username: "u", Allow: []string{"raw"}, Bearer: true},
		{Name: "b", Record: "k1-b"},
	}
	if !reflect.DeepEqual(x.Profiles, want) {
		t.Errorf("got %+v, want %+v: the environment's own profile stays out", x.Profiles, want)
	}
	var seen []string
	for _, s := range x.Seen {
		state := "+"
		if s.Stamp == (route.Stamp{}) {
			state = "-"
		}
		seen = append(seen, state+filepath.Base(s.Path))
	}
	if got, want := strings.Join(seen, " "), "+config.d -config.toml +a.toml +user.toml"; got != want {
		t.Errorf("got %s seen, want %s", got, want)
	}
	if !x.Fresh(c.User, route.Stat) {
		t.Error("got stale, want fresh")
	}
	if got := len(c.Routes(record)); got != 3 {
		t.Errorf("got %d routes, want 3: in this process the environment's profile counts", got)
	}
}

func TestHostsInAnyScript(t *testing.T) {
	for in, want := range map[string]string{
		"https://BÜCHER.example:8443/ä": "xn--bcher-kva.example:8443/ä",
		"*.例え。テスト":                      "*.xn--r8jz45g.xn--zckzah",
		"git.example":                   "git.example",
	} {
		p, err := ParsePattern(in)
		if err != nil || p.String() != want {
			t.Errorf("%s: got %s, %v, want %s", in, p, err, want)
		}
	}
	target, err := ParseTarget("https", "bücher.example:8443", "ä/x")
	if err != nil || target.String() != "xn--bcher-kva.example:8443/ä/x" {
		t.Errorf("got %s, %v", target, err)
	}
	for _, bad := range []string{"＊.example", "a..ü", "ü\u202e.example", "ü@b"} {
		if p, err := ParsePattern(bad); err == nil {
			t.Errorf("%q: got %s, want an error", bad, p)
		}
	}
}

// FuzzDecode: whatever a file holds, it is decoded or refused with a place in it.
func FuzzDecode(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("testdata", "*.toml"))
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		data, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decode("f", data)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 {
				t.Fatalf("got %v, want an Error with its place", err)
			}
			return
		}
		c.check()
		for _, p := range c.Profiles {
			p.Rows()
		}
	})
}
