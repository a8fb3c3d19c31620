package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/oauth"
)

// serverChecks look at authorization servers, and the way there.
var serverChecks = []Check{
	{"proxy", checkProxy},
	{"authorities", checkAuthorities},
	{"server", checkServer},
	{"clock", checkClock},
	{"host names", checkNames},
}

// probed is what is known of a server.
type probed struct {
	endpoint *url.URL // nil: not found
	skew     time.Duration
	err      error
}

// probe asks o's server once, whatever many checks and profiles want to know of it.
func (p *Patient) probe(ctx context.Context, o *session.Profile) probed {
	c := o.System.Client
	once, _ := p.probes.LoadOrStore(cmp.Or(c.TokenURL, c.Issuer)+" "+o.CAFile, sync.OnceValue(func() (r probed) {
		r.endpoint, r.skew, r.err = c.Probe(ctx)
		return r
	}))
	return once.(func() probed)()
}

// served are the profiles whose tokens come from a token endpoint.
func (p *Patient) served() []*session.Profile {
	var all []*session.Profile
	for _, o := range p.profiles() {
		if c := o.System.Client; c != nil && o.Kept() && cmp.Or(c.TokenURL, c.Issuer) != "" {
			all = append(all, o)
		}
	}
	return all
}

// checkServer finds each token endpoint, by discovery where that is needed, and whether it answers.
func checkServer(ctx context.Context, p *Patient) Results {
	return eachProfile(p.served(), func(o *session.Profile) Results {
		r := p.probe(ctx, o)
		if r.err == nil {
			return ok(r.endpoint.Scheme + "://" + r.endpoint.Host + r.endpoint.Path + " answers" + p.way(r.endpoint)).of(o.Name)
		}
		text := strings.TrimPrefix(r.err.Error(), "probe: ")
		return fail(text+p.way(p.asked(o, r)), p.mendServer(o, r.err)).of(o.Name)
	})
}

// asked is the URL of the server that gave no answer.
func (p *Patient) asked(o *session.Profile, r probed) *url.URL {
	if r.endpoint != nil {
		return r.endpoint
	}
	u, err := url.Parse(cmp.Or(o.System.Client.TokenURL, o.System.Client.Issuer))
	if err != nil {
		return new(url.URL)
	}
	return u
}

// way says what lies between here and a URL: a proxy, without what it is told.
func (p *Patient) way(u *url.URL) string {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	if err != nil || proxy == nil {
		return ""
	}
	return ", by way of the proxy " + proxy.Host
}

// mendServer is the command that may bring the server back.
func (p *Patient) mendServer(o *session.Profile, err error) string {
	var away *oauth.Error
	var dns *net.DNSError
	if advice := p.mend(err); advice != "" {
		return strings.ReplaceAll(advice, "PROFILE", o.Name)
	}
	switch {
	case errors.As(err, &dns):
		return p.editProfile(o.Profile, nil)
	case errors.As(err, &away):
		u := p.asked(o, probed{})
		return command("curl", "-sSI", u.Scheme+"://"+u.Host+"/")
	}
	return p.editProfile(o.Profile, nil)
}

// checkClock compares this machine's clock with those of the servers: signed statements live for minutes.
func checkClock(ctx context.Context, p *Patient) Results {
	var asked atomic.Bool
	bad := eachProfile(p.served(), func(o *session.Profile) Results {
		r := p.probe(ctx, o)
		if r.err != nil {
			return nil
		}
		asked.Store(true)
		switch {
		case r.skew == 0:
			return nil
		case r.skew.Abs() < 5*time.Minute:
			return warn("this machine's clock is "+apart(r.skew)+" that of "+r.endpoint.Host, setClock).of(o.Name)
		}
		return fail("this machine's clock is "+apart(r.skew)+" that of "+r.endpoint.Host, setClock).of(o.Name)
	})
	if !asked.Load() {
		return nil
	}
	return orElse(bad, "within half a minute of the servers'")
}

func apart(skew time.Duration) string {
	if skew > 0 {
		return skew.Round(time.Second).String() + " behind"
	}
	return (-skew).Round(time.Second).String() + " ahead of"
}

var setClock = cmp.Or(map[string]string{
	"darwin": "sudo sntp -sS time.apple.com", "windows": "w32tm /resync",
}[runtime.GOOS], "sudo timedatectl set-ntp true")

// checkProxy looks at the variables of the proxy, which may hold a password.
func checkProxy(_ context.Context, p *Patient) Results {
	var said Results
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		value := p.getenv(name)
		if value == "" {
			continue
		}
		u, err := url.Parse(value)
		switch {
		case name == "ALL_PROXY":
			said = append(said, warn("ALL_PROXY is set, which fob does not heed", export("HTTPS_PROXY", `"$ALL_PROXY"`))...)
		case err != nil || u.Host == "" && !strings.Contains(value, ":"):
			said = append(said, fail(name+" is no URL", unset(name))...)
		default:
			said = append(said, ok(name+" is "+cmp.Or(u.Host, "set"))...)
		}
	}
	if len(said) == 0 {
		return ok("none")
	}
	return said
}

// checkAuthorities looks at what tells certificates apart.
func checkAuthorities(_ context.Context, p *Patient) Results {
	var bad Results
	from := []string{"the system"}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		value := p.getenv(name)
		if value == "" || runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
			continue
		}
		from[0] = name + " (" + value + ")"
		if _, err := os.Stat(value); err != nil {
			bad = append(bad, fail(name+" names "+value+", which cannot be read: no server can be believed", unset(name))...)
		}
	}
	for _, o := range p.profiles() {
		if o.CAFile != "" {
			from = append(from, o.CAFile+" ("+o.Name+")")
		}
	}
	return orElse(bad, "from "+strings.Join(from, ", "))
}

// checkNames looks hosts up, as tools will. With a proxy it is the proxy that does.
func checkNames(ctx context.Context, p *Patient) Results {
	if cmp.Or(p.getenv("HTTPS_PROXY"), p.getenv("https_proxy")) != "" {
		return skip("a proxy looks them up")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	type place struct{ profile, host string }
	var all []place
	for _, o := range p.profiles() {
		for _, h := range o.Hosts {
			if !strings.HasPrefix(h.Host, "*.") && net.ParseIP(h.Host) == nil {
				all = append(all, place{o.Name, h.Host})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	lookup := p.Lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupHost
	}
	bad := each(len(all), func(i int) Results {
		at := all[i]
		_, err := lookup(ctx, at.host)
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return warn("no such host: "+at.host, command("getent", "hosts", at.host)).of(at.profile)
		}
		return nil // what cannot be asked says nothing
	})
	return orElse(bad, count(len(all), "host")+" found")
}

// isPerson reports whether only a person at a browser gets c its tokens.
func isPerson(c *config.Profile) bool {
	g := c.GrantType()
	return g == config.DeviceCode || g == config.AuthorizationCode
}

func until(t time.Time) string { return fmt.Sprintf("until %s", t.Local().Format(time.TimeOnly)) }
