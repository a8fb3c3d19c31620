package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/fobkit/fob/internal/term"
	"github.com/fobkit/fob/middleware"
	"github.com/spf13/cobra"
)

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show it all on a server of its own, in a few seconds",
		Long: `Start an authorization server and an API on loopback, and show one token used by a Go client, git, kubectl and Docker; revoke it
behind everyone's back; and count what it all cost. Nothing outside a temporary directory is touched, and nothing is left behind.`,
		Example: "  fob demo",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}
}

// demo is one show: a server, a home of its own, and the tools that use both.
type demo struct {
	*app
	server *oauthtest.Server
	listen http.Server // of server, by plain http: it is loopback, and certificates would only be in the way
	home   string
	client *http.Client
	paint  func(code, text string) string
}

const demoConfig = `[profile.demo]
issuer        = %q
client_id     = "demo"
client_secret = "not much of one"
hosts         = [%q]
allow         = ["kubernetes"]
`

func (a *app) demo(ctx context.Context) error {
	d, err := a.newDemo()
	if err != nil {
		return err
	}
	defer d.close()
	for _, act := range []func(context.Context) error{d.program, d.git, d.kubernetes, d.docker, d.revoked} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	d.sums()
	return nil
}

func (a *app) newDemo() (d *demo, err error) {
	d = &demo{app: a, paint: plain}
	if term.Colour(a.stdout, a.getenv) {
		d.paint = coloured
	}
	if err := d.serve(); err != nil {
		return nil, err
	}
	if d.home, err = os.MkdirTemp("", "fob-demo-"); err != nil {
		d.close()
		return nil, err
	}
	config := filepath.Join(d.home, "config.toml")
	text := fmt.Sprintf(demoConfig, d.server.URL, d.server.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		d.close()
		return nil, err
	}
	d.app = &app{std: a.std, log: a.log, colour: a.colour}
	d.environ = append(d.baseEnviron(), "FOB_CONFIG="+config, "FOB_STATE="+filepath.Join(d.home, "state"), "XDG_DATA_HOME="+filepath.Join(d.home, "data"))
	return d, nil
}

func (d *demo) serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.server = oauthtest.Handler(oauthtest.OIDC(oauthtest.Client{ID: "demo", Secret: "not much of one"}))
	d.server.URL = "http://" + l.Addr().String()
	d.listen.Handler = d.server
	go d.listen.Serve(l) // until close
	return nil
}

// baseEnviron is the environment without what would lead to the user's own profiles.
func (d *demo) baseEnviron() []string {
	var out []string
	for _, kv := range d.environ {
		if !strings.HasPrefix(kv, "FOB_") && !strings.HasPrefix(kv, "KUBERNETES_EXEC_INFO=") {
			out = append(out, kv)
		}
	}
	return out
}

func (d *demo) close() {
	d.listen.Close()
	os.RemoveAll(d.home)
}

// program is a Go program that shares the tools' cache.
func (d *demo) program(ctx context.Context) error {
	s, err := d.session()
	if err != nil {
		return err
	}
	p, err := s.Profile("demo")
	if err != nil {
		return err
	}
	rt, err := middleware.Chain(p.Base, middleware.Auth{Source: p.Source, Hosts: []string{d.server.URL}})
	if err != nil {
		return err
	}
	d.client = &http.Client{Transport: rt}
	d.title("a Go program", `rt, err := middleware.Chain(base, middleware.Auth{Source: source, Hosts: hosts})`)
	for range 3 {
		if err := d.get(ctx); err != nil {
			return err
		}
	}
	return s.SaveIndex(ctx)
}

func (d *demo) get(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.server.APIURL()+"/me", nil)
	if err != nil {
		return err
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	d.say("GET /api/me  →  %s", d.paint("32", resp.Status))
	return nil
}

func (d *demo) git(ctx context.Context) error {
	d.title("git", "git-credential-fob get")
	return d.tool(ctx, "git-credential-fob", []string{"get"}, "protocol=http\nhost="+d.host()+"\n\n")
}

func (d *demo) kubernetes(ctx context.Context) error {
	d.title("kubectl", "kubectl-fob --profile demo")
	return d.tool(ctx, "kubectl-fob", []string{"--profile", "demo"}, "")
}

func (d *demo) docker(ctx context.Context) error {
	d.title("docker, skopeo, crane, helm, oras", "docker-credential-fob get")
	return d.tool(ctx, "docker-credential-fob", []string{"get"}, d.host())
}

func (d *demo) host() string { return strings.TrimPrefix(d.server.URL, "http://") }

// tool runs the helper as a tool would: fob-helper if it lies beside this program, else the same code in this process.
func (d *demo) tool(ctx context.Context, name string, args []string, stdin string) error {
	var out bytes.Buffer
	if path := helperBeside(); path != "" {
		cmd := exec.CommandContext(ctx, path, args...)
		cmd.Args[0], cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = name, d.environ, strings.NewReader(stdin), &out, d.stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	} else {
		in := app{std: d.std, log: d.log, colour: d.colour}
		in.stdin, in.stdout = strings.NewReader(stdin), &out
		if code := in.helper(ctx, append([]string{name}, args...)); code != 0 {
			return fmt.Errorf("%s: exit status %d", name, code)
		}
	}
	for line := range strings.Lines(out.String()) {
		if line = shorten(strings.TrimSpace(line)); line != "" {
			d.say("%s", line)
		}
	}
	return nil
}

// helperBeside is the fob-helper in this program's own directory, or "".
func helperBeside() string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	path, err := exec.LookPath(filepath.Join(filepath.Dir(self), "fob-helper"))
	if err != nil {
		return ""
	}
	return path
}

// settled is how old a token is when Auth believes its refusal at once.
const settled = 1100 * time.Millisecond

// revoked has the server refuse the token that everyone holds.
func (d *demo) revoked(ctx context.Context) error {
	d.title("the token is revoked behind everyone's back", "")
	time.Sleep(settled) // a younger token's refusal would be put down to a server that has not heard of it yet
	d.server.RevokeAll()
	before := d.server.Counts()
	if err := d.get(ctx); err != nil {
		return err
	}
	after := d.server.Counts()
	d.say("which was: %d × 401, %d × refresh, %d × replay; the caller saw none of it",
		after.Unauthorized-before.Unauthorized, after.Issued-before.Issued, after.API-before.API-1)
	return d.git(ctx)
}

func (d *demo) sums() {
	c := d.server.Counts()
	const tools = 4 // git twice, kubectl, docker
	d.title("in all", "")
	d.say("%s tokens minted for %s API requests and %s tools", d.paint("1", fmt.Sprint(c.Issued)), d.paint("1", fmt.Sprint(c.API)), d.paint("1", fmt.Sprint(tools)))
}

func (d *demo) title(text, command string) {
	fmt.Fprintf(d.stdout, "\n%s", d.paint("1;36", text))
	if command != "" {
		fmt.Fprintf(d.stdout, "  %s", d.paint("2", command))
	}
	fmt.Fprintln(d.stdout)
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.stdout, "  "+format+"\n", args...) }

func plain(_, text string) string { return text }

func coloured(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }

// shorten leaves of a long word its beginning and end: it is a token.
func shorten(line string) string {
	const longest, keep = 24, 6
	fields := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(` "=:,{}`, r) })
	for _, word := range fields {
		if len(word) > longest && !strings.Contains(word, "/") {
			line = strings.Replace(line, word, word[:keep]+"…"+word[len(word)-keep:], 1)
		}
	}
	return line
}
