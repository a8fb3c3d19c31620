//go:build unix

package doctor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/login"
	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/redistest"
)

func TestNothingIsWrongWhereAllIsWell(t *testing.T) {
	w := newWard(t)
	w.git("2.55.0")
	w.mint = true
	for _, r := range complaints(w.examine()) {
		t.Errorf("%s %s %s: %s (%s)", r.State, r.Check, r.Profile, r.Text, r.Mend)
	}
}

// TestARepositoryHasNoSayInWhatIsRun: rust-toolchain.toml names a cargo, and go.mod a go to fetch.
func TestARepositoryHasNoSayInWhatIsRun(t *testing.T) {
	w := newWard(t)
	for _, tool := range []string{"git", "go"} {
		w.program(tool, `pwd >"`+w.path(tool+".ran")+`"; echo "`+tool+` version 2.55.0"`)
	}
	p := w.patient()
	for tool, apart := range map[string]bool{"git": false, "go": true} {
		if _, err := p.ask(t.Context(), tool, "version"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(w.path(tool + ".ran"))
		if err != nil || (string(got) == "/\n") != apart {
			t.Errorf("%s runs in %s, error %v, want it apart: %v", tool, got, err, apart)
		}
	}
}

// broken is a set-up in which one thing is wrong. also are the checks that it cannot but spoil with it.
type broken struct {
	name  string
	spoil func(*ward)
	check string
	state State
	text  string
	mend  string
	also  []string
}

const password = "pw-" + oauthtest.Canary

var brokenSetups = []broken{
	{"a value without quotes", func(w *ward) { w.config("[profile.corp]\nclient_id = c\n") },
		"configuration", Fail, "config.toml:2:", "+2 ", nil},
	{"a key misspelt", func(w *ward) { w.config(wellConfig + "cliant_auth = \"basic\"\n") },
		"configuration", Fail, "did you mean client_auth?", "+7 ", nil},
	{"no profile", func(w *ward) { w.config("") },
		"configuration", Fail, "no profile is configured", "fob login", nil},
	{"a configuration that others may write", func(w *ward) { w.chmod("home/.config/fob/config.toml", 0o666) },
		"configuration", Fail, "writable by others", "chmod go-w", nil},
	{"a variable that is no value", func(w *ward) { w.setenv("FOB_CLIENT_AUTH", "magic") },
		"configuration", Fail, "FOB_CLIENT_AUTH", "unset FOB_CLIENT_AUTH", []string{"environment"}},
	{"a profile that cannot be opened", func(w *ward) { w.config(wellConfig + `ca_file = "$WORK/nowhere.pem"` + "\n") },
		"profiles", Fail, "ca_file: open ", "+2 ", nil},
	{"a set-up git, and a key misspelt", func(w *ward) {
		w.git("2.55.0", "$WORK/home/.gitconfig credential.https://git.corp.example.helper $WORK/bin/fob-helper git")
		w.config(wellConfig + "cliant_auth = \"basic\"\n")
	}, "configuration", Fail, "did you mean client_auth?", "+7 ", nil},
	{"two profiles for one host", func(w *ward) {
		w.config(wellConfig + strings.Replace(wellConfig, "profile.corp", "profile.twin", 1))
	}, "overlap", Fail, "profiles corp and twin match equally for git.corp.example", "export FOB_PROFILE=corp", nil},
	{"tokens that may go nowhere", func(w *ward) { w.config(wellConfig[:strings.Index(wellConfig, "hosts")]) },
		"destinations", Warn, "neither hosts nor allow", "config.toml", nil},
	{"a secret in the configuration", func(w *ward) {
		w.config(strings.Replace(wellConfig, `{ file = "$WORK/secret" }`, `"`+string(secret)+`"`, 1))
	}, "plain secrets", Warn, "config.toml:5", "+5 ", nil},
	{"a variable that is not set", func(w *ward) {
		w.config(strings.Replace(wellConfig, `{ file = "$WORK/secret" }`, `{ env = "CORP_SECRET" }`, 1))
	}, "secrets", Fail, "environment variable CORP_SECRET is not set", "export CORP_SECRET=", nil},
	{"a file that is not there", func(w *ward) { w.remove("secret") },
		"secrets", Fail, "no such file", "put it into", nil},
	{"a command that fails", func(w *ward) {
		w.program("pass", "echo "+password+" >&2; exit 7")
		w.config(strings.Replace(wellConfig, `{ file = "$WORK/secret" }`, `{ command = ["$WORK/bin/pass", "`+password+`"] }`, 1))
	}, "secrets", Fail, "pass failed", "fob config corp", nil},
	{"a keyring that is not there", func(w *ward) {
		w.config(strings.Replace(wellConfig, `{ file = "$WORK/secret" }`, `{ keyring = "corp/build" }`, 1))
	}, "keyring", Fail, "client_secret of profile corp lies there", "keyring", []string{"secrets"}},
	{"a secret that everybody may read", func(w *ward) { w.chmod("secret", 0o644) },
		"secret files", Warn, "may be read by everybody", "chmod go-rwx", nil},
	{"a password in the URL of a store", func(w *ward) { w.store("redis://fob:" + password + "@127.0.0.1:1") },
		"plain secrets", Warn, "the password of store stands in", "+8 ", []string{"store"}},
	{"a store that is not there", func(w *ward) { w.store("redis://127.0.0.1:1") },
		"store", Warn, "store: 127.0.0.1:1 cannot be reached", "", nil},
	{"keys of a store that are none", func(w *ward) {
		w.store("redis://127.0.0.1:1")
		w.write("keys", password)
	}, "store", Fail, "store_keys: ", "config.toml", nil},
	{"keys of a store that are nowhere", func(w *ward) {
		w.store("redis://127.0.0.1:1")
		w.remove("keys")
	}, "secrets", Fail, "store_keys: file ", "put it into", nil},
	{"a sealing key that everybody may read", func(w *ward) {
		w.write("home/.local/share/fob/seal.key", strings.Repeat("A", 43))
		w.chmod("home/.local/share/fob/seal.key", 0o644)
	}, "files", Fail, "seal.key is open to everybody", "chmod 600", nil},
	{"a sealing key that is none", func(w *ward) { w.write("home/.local/share/fob/seal.key", password) },
		"sealing key", Fail, "not a list of sealing keys", "mv ", nil},
	{"a key beside what it seals", func(w *ward) { w.setenv("XDG_DATA_HOME", "$WORK/home/.local/state/fob") },
		"sealing key", Warn, "lies with what it seals", "FOB_STATE", nil},
	{"a directory in which others may write", func(w *ward) { w.chmod("home/.config/fob", 0o777) },
		"directories", Fail, "writable by others", "chmod go-w", nil},
	{"a state directory that is a link", func(w *ward) {
		w.remove("home/.local/state/fob/.keep")
		w.remove("home/.local/state/fob")
		w.write("elsewhere/.keep", "")
		if err := os.Symlink(w.path("elsewhere"), w.path("home/.local/state/fob")); err != nil {
			w.Fatal(err)
		}
	}, "state directory", Fail, "a symbolic link", "", []string{"locks"}},
	{"a relative FOB_STATE", func(w *ward) { w.setenv("FOB_STATE", "state") },
		"state directory", Fail, "FOB_STATE: not an absolute path", "export FOB_STATE=", []string{"configuration"}},
	{"no home", func(w *ward) {
		w.setenv("FOB_CONFIG", "$WORK/home/.config/fob/config.toml")
		w.setenv("HOME", "")
	}, "state directory", Warn, "no home directory", "export FOB_STATE=", []string{"sealing key"}},
	{"a record that is damaged", func(w *ward) {
		w.mintFor("corp")
		records, _ := filepath.Glob(w.path("home/.local/state/fob/tokens/*.rec"))
		if err := os.WriteFile(records[0], []byte("fob-record=1\naccess="+password), 0o600); err != nil {
			w.Fatal(err)
		}
	}, "records", Warn, "damaged", "rm ", nil},
	{"no fob-helper", func(w *ward) { w.remove("bin/fob-helper") },
		"fob-helper", Fail, "there is no fob-helper beside", "go install", nil},
	{"a fob-helper of another version", func(w *ward) { w.program("fob-helper", "echo docker-credential-fob x v1.0.0") },
		"fob-helper", Fail, "fob-helper is version v1.0.0, fob is v1.2.3", "go install", nil},
	{"a fob that others may write", func(w *ward) { w.chmod("bin/fob", 0o777) },
		"fob-helper", Fail, "writable by others", "chmod go-w", nil},
	{"a relative PATH", func(w *ward) { w.setenv("PATH", "$WORK/bin:node_modules/.bin") },
		"PATH", Warn, "relative directory, node_modules/.bin", "/bin", nil},
	{"another fob before this one", func(w *ward) {
		w.setenv("PATH", "$WORK/old:$WORK/bin")
		w.write("old/fob", "#!/bin/sh\n")
		w.chmod("old/fob", 0o755)
	}, "PATH", Warn, "another fob comes first on PATH", "old/fob", nil},
	{"a variable that alters a profile", func(w *ward) { w.setenv("FOB_PROFILE", "corp") },
		"environment", Warn, "FOB_PROFILE in the environment", "unset FOB_PROFILE", nil},
	{"a server that is not there", func(w *ward) { w.server.Close() },
		"server", Fail, "connection refused", "curl -sSI http://127.0.0.1:", nil},
	{"an issuer that is another's", func(w *ward) {
		w.config(strings.Replace(wellConfig, "$SERVER", "$SERVER/", 1))
	}, "server", Fail, "another issuer's", "", nil},
	{"a certificate that nobody vouches for", func(w *ward) {
		w.config(strings.Replace(wellConfig, "$SERVER", w.server.URL, 1))
	}, "server", Fail, "certificate signed by unknown authority", "", nil},
	{"a clock that is behind", func(w *ward) { w.server.Change(func(o *oauthtest.Options) { o.Ahead = time.Hour }) },
		"clock", Fail, "behind that of 127.0.0.1", setClock, nil},
	{"a host that is not there", func(w *ward) {
		w.config(strings.Replace(wellConfig, "git.corp", "gone.corp", 1))
	}, "host names", Warn, "no such host: gone.corp.example", "gone.corp.example", nil},
	{"a secret that is wrong", func(w *ward) {
		w.write("secret", "wrong-"+oauthtest.Canary)
		w.mint = true
	}, "client authentication", Fail, "invalid_client", "", nil},
	{"a failure that is remembered", func(w *ward) {
		w.write("secret", "wrong-"+oauthtest.Canary)
		w.profile("corp").Token(w.Context(), 0)
	}, "last request", Fail, "invalid_client", "fob login corp", nil},
	{"a person who has not logged in", func(w *ward) {
		w.config(wellConfig + "grant = \"device_code\"\n")
	}, "login", Fail, "login required", "fob login corp", nil},
	{"a login that was left unanswered", func(w *ward) {
		w.config(wellConfig + "grant = \"device_code\"\n")
		data, err := login.Record{Attempts: 2, Until: time.Now().Add(time.Hour)}.Encode()
		if err == nil {
			err = fob.Dir(w.path("home/.local/state/fob/logins")).Put(w.Context(), w.profile("corp").Key.Name(), data)
		}
		if err != nil {
			w.Fatal(err)
		}
	}, "login", Fail, "left unanswered, and tools ask for none until", "fob login corp", nil},
	{"a lock that somebody holds", func(w *ward) {
		unlock, err := fob.Dir(w.path("home/.local/state/fob/tokens")).Lock(w.Context(), w.profile("corp").Key.Name())
		if err != nil {
			w.Fatal(err)
		}
		w.Cleanup(unlock)
	}, "busy", Warn, "has held its lock", "", nil},
	{"a set-up that was changed", func(w *ward) {
		w.setUp("docker")
		w.write("home/.docker/config.json", `{"credHelpers":{"registry.corp.example":"desktop"},"auths":{"x":{"auth":"`+password+`"}}}`)
	}, "set-up tools", Fail, "docker", "", []string{"docker"}},
	{"a link that leads nowhere", func(w *ward) {
		w.setUp("docker")
		w.remove("bin/docker-credential-fob")
	}, "links", Fail, "leads nowhere", "fob setup --repair", []string{"set-up tools", "docker"}},
	{"a helper of git's before fob", func(w *ward) {
		w.git("2.55.0", "/etc/gitconfig credential.helper store", "$WORK/home/.gitconfig credential.https://git.corp.example.helper $WORK/bin/fob-helper git")
	}, "git", Warn, "git asks helper store (/etc/gitconfig) before fob, and takes its answers for https://git.corp.example", "credential.helper", nil},
	{"a helper of git's before fob, for two hosts", func(w *ward) {
		w.git("2.55.0", "/etc/gitconfig credential.helper store", "$WORK/home/.gitconfig credential.https://git.corp.example.helper $WORK/bin/fob-helper git", "$WORK/home/.gitconfig credential.https://registry.corp.example.helper $WORK/bin/fob-helper git")
	}, "git", Warn, "takes its answers for https://git.corp.example, https://registry.corp.example", "credential.helper", nil},
	{"a helper of git's after fob", func(w *ward) {
		w.git("2.55.0", "$WORK/home/.gitconfig credential.https://git.corp.example.helper $WORK/bin/fob-helper git", "$WORK/home/.gitconfig credential.helper store")
	}, "git", Warn, "git tells helper store", "credential.helper", nil},
	{"a fob that git cannot find", func(w *ward) {
		w.git("2.55.0", "$WORK/home/.gitconfig credential.https://git.corp.example.helper /opt/old/fob-helper git")
	}, "git", Fail, "/opt/old/fob-helper is not there", "fob setup --repair", nil},
	{"a host of git's that is no profile's", func(w *ward) {
		w.git("2.55.0", "$WORK/home/.gitconfig credential.https://git.other.example.helper $WORK/bin/fob-helper git")
	}, "git", Warn, "git.other.example", "fob setup --repair", nil},
	{"a host of git's with a password in it", func(w *ward) {
		w.git("2.55.0", "$WORK/home/.gitconfig credential.https://me:"+password+"@git.other.example.helper $WORK/bin/fob-helper git --token "+password)
	}, "git", Warn, "https://git.other.example", "fob setup --repair", nil},
	{"a kubeconfig with a password in a server", func(w *ward) {
		w.config(strings.Replace(wellConfig, ", \"k8s.corp.example:6443\"", "", 1))
		w.kubeconfig("provideClusterInfo: true\n      interactiveMode: IfAvailable")
	}, "kubectl", Warn, "context k asks fob for https://k8s.corp.example:6443", "config", nil},
	{"a proxy with a password", func(w *ward) { w.setenv("ALL_PROXY", "http://me:"+password+"@proxy.example") },
		"proxy", Warn, "ALL_PROXY is set, which fob does not heed", "export HTTPS_PROXY", nil},
	{"a git that loses Bearer tokens", func(w *ward) {
		w.git("2.51.2")
		w.config(wellConfig + "git_auth = \"bearer\"\n")
	}, "tool versions", Fail, "git 2.51.2: a push of more than http.postBuffer fails", "http.postBuffer", nil},
	{"DOCKER_AUTH_CONFIG", func(w *ward) {
		w.write("home/.docker/config.json", `{}`)
		w.setenv("DOCKER_AUTH_CONFIG", `{"auths":{"registry.corp.example":{"auth":"`+password+`"}}}`)
	}, "docker", Warn, "DOCKER_AUTH_CONFIG says what docker shows registry.corp.example", "unset DOCKER_AUTH_CONFIG", nil},
	{"docker without its helper", func(w *ward) {
		w.write("home/.docker/config.json", `{"credHelpers":{"registry.corp.example":"fob"}}`)
	}, "docker", Fail, "docker-credential-fob is on no directory of PATH", "fob setup docker", nil},
	{"a registry that is no profile's", func(w *ward) {
		w.program("docker-credential-fob", "")
		w.write("home/.docker/config.json", `{"credHelpers":{"registry.other.example":"fob"}}`)
	}, "docker", Warn, "registry.other.example", "", nil},
	{"a kubeconfig that lacks interactiveMode", func(w *ward) { w.kubeconfig("provideClusterInfo: true") },
		"kubectl", Fail, "interactiveMode is missing", "fob setup kubectl --replace", nil},
	{"a kubectl that may not run fob", func(w *ward) {
		w.kubeconfig("provideClusterInfo: true\n      interactiveMode: IfAvailable")
		w.write("home/.kube/kuberc", "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: aws\n")
	}, "kubectl", Fail, "credentialPluginPolicy", "kubectl kuberc set", nil},
	{"a netrc before fob", func(w *ward) {
		w.program("go", "echo 'netrc; "+w.path("bin/fob-helper")+" goauth'")
		w.write("home/.netrc", "machine git.corp.example login me password "+password+"\n")
	}, "go", Warn, ".netrc has a password for git.corp.example", ".netrc", nil},
	{"a proxy that is no URL", func(w *ward) { w.setenv("HTTPS_PROXY", "://"+password) },
		"proxy", Fail, "HTTPS_PROXY is no URL", "unset HTTPS_PROXY", nil},
}

// store has corp's token shared by machines, at url.
func (w *ward) store(url string) {
	w.Helper()
	w.write("keys", string(redis.NewKey()))
	w.config(wellConfig + "store_keys = { file = \"$WORK/keys\" }\nstore = \"" + url + "\"\n")
}

func TestAStoreThatAnswersIsWell(t *testing.T) {
	w, r := newWard(t), redistest.Start(t, redistest.Options{})
	w.store(r.URL())
	w.git("2.55.0")
	w.mint = true
	results := w.examine()
	for _, r := range complaints(results) {
		t.Errorf("%s %s %s: %s (%s)", r.State, r.Check, r.Profile, r.Text, r.Mend)
	}
	if !slices.ContainsFunc(results, func(of Result) bool { return of.Check == "store" && of.Text == "redis://"+r.Address()+" answers" }) {
		t.Error("nothing is said of the store")
	}
}

// kubeconfig has a user that runs fob, with more of its settings.
func (w *ward) kubeconfig(more string) {
	w.Helper()
	w.write("home/.kube/config", `clusters:
- name: k
  cluster: {server: "https://me:`+password+`@k8s.corp.example:6443/?x=`+password+`"}
users:
- name: fob
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: $WORK/bin/fob-helper
      args: [kubernetes]
      `+more+`
- name: admin
  user: {token: "`+password+`"}
contexts:
- name: k
  context: {cluster: k, user: fob}
`)
}

// mintFor has the profile's token lie in its record.
func (w *ward) mintFor(name string) {
	w.Helper()
	if _, err := w.profile(name).Token(w.Context(), 0); err != nil {
		w.Fatal(err)
	}
}

func TestACheckThatHangsHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		start := time.Now()
		got := Check{"hanging", func(context.Context, *Patient) Results { <-release; return nil }}.examine(t.Context(), nil)
		if took := time.Since(start); took > 5*time.Second || len(got) != 1 || got[0].State != Fail || got[0].Check != "hanging" {
			t.Errorf("after %v: %+v", took, got)
		}
	})
}

func TestNamesOfOthersCannotFoolTheTerminal(t *testing.T) {
	got := Check{"c", func(context.Context, *Patient) Results { return fail("a\x1b[2Jb\nc", "d\u202ee") }}.examine(t.Context(), nil)[0]
	if got.Text != "a[2Jb c" || got.Mend != "de" {
		t.Errorf("got %q, %q", got.Text, got.Mend)
	}
}

func TestWhatIsBrokenIsNamed(t *testing.T) {
	for _, b := range brokenSetups {
		t.Run(b.name, func(t *testing.T) {
			w := newWard(t)
			b.spoil(w)
			bad := complaints(w.examine())
			i := slices.IndexFunc(bad, func(r Result) bool { return r.Check == b.check })
			if i < 0 {
				t.Fatalf("%s says nothing; got %+v", b.check, bad)
			}
			if r := bad[i]; r.State != b.state || !strings.Contains(r.Text, b.text) || !strings.Contains(r.Mend, b.mend) {
				t.Errorf("got %s: %q, mended by %q, want %s: %q, mended by %q", r.State, r.Text, r.Mend, b.state, b.text, b.mend)
			}
			for _, r := range bad {
				if r.Check != b.check && !slices.Contains(b.also, r.Check) {
					t.Errorf("%s complains too: %s", r.Check, r.Text)
				}
			}
		})
	}
}
