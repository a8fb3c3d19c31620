// Package config reads what the user says of profiles: the system's files first, then the user's, then the environment.
//
//	c, err := config.Load(config.Options{Environ: os.Environ()})
//	p, err := c.Pick("acme")
//	secret, err := p.ClientSecret.Secret(ctx) // only now is the variable, file, command or keyring asked
//
// Everything unknown, misspelt, out of range or contradictory is an [Error] that says where it stands.
package config

import (
	"errors"
	"maps"
	"os"
	"slices"

	"github.com/fobkit/fob/internal/route"
)

// Options say where to read. The zero value reads this process's environment and the platform's places.
type Options struct {
	Environ []string // as os.Environ gives it. Nil: os.Environ()
	System  string   // directory of config.toml and config.d. Empty: paths.System
	Keyring Keyring  // where { keyring = "…" } is looked up. Nil: there is none in this build
}

// Config is what is in force.
type Config struct {
	Default  string              `toml:"default"` // for a person who names no profile; it never widens where a token may go
	Seal     Seal                `toml:"seal"`    // "all": access tokens are sealed too
	Locked   bool                `toml:"locked"`  // the user's file cannot change what the system's says
	Profiles map[string]*Profile `toml:"profile"`

	Chosen string // FOB_PROFILE, the name of one of Profiles; empty: unset
	User   string // the user's file, be it there or not; empty: there is no home

	seen  []route.Seen
	marks marks
}

// Seal is the value of seal: "all", or empty.
type Seal string

// ErrNotChosen is returned where nobody said which of several profiles is meant.
var ErrNotChosen = errors.New("which profile is not said")

// UnknownProfileError is returned for a name that no profile has.
type UnknownProfileError struct {
	Name    string
	Similar string // the profile that may be meant; empty: none
}

func (e *UnknownProfileError) Error() string { return "no profile " + e.Name + didYouMean(e.Similar) }

// Load reads the configuration. No file at all is an empty Config. A file that someone else could have written is a
// atomicfile.UntrustedError, a relative FOB_CONFIG a paths.RelativeError; what is wrong inside a file or variable is an [Error].
func Load(o Options) (*Config, error) {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	env := newEnviron(o.Environ)
	c, err := readFiles(env, o.System)
	if err != nil {
		return nil, err
	}
	if err := c.addEnvironment(env); err != nil {
		return nil, err
	}
	for _, p := range c.Profiles {
		p.ClientAuth, p.RefreshClientAuth = ownWord(p.ClientAuth), ownWord(p.RefreshClientAuth)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	for _, p := range c.Profiles {
		p.bind(env, o.Keyring)
	}
	return c, nil
}

// Looked are the files and directories that were looked for, in that order. The stamp of one that is not there is zero.
func (c *Config) Looked() []route.Seen { return c.seen }

// Names are the profiles' names, sorted.
func (c *Config) Names() []string { return slices.Sorted(maps.Keys(c.Profiles)) }

// Pick returns the profile of that name. An empty name stands for FOB_PROFILE, else the environment's own profile, else
// default, else the only one there is; a person typed it. The error is an [UnknownProfileError] or [ErrNotChosen].
func (c *Config) Pick(name string) (*Profile, error) {
	if name == "" {
		name = c.usual()
	}
	if name == "" {
		return nil, ErrNotChosen
	}
	if p := c.Profiles[name]; p != nil {
		return p, nil
	}
	return nil, &UnknownProfileError{Name: name, Similar: similar(name, c.Names())}
}

func (c *Config) usual() string {
	switch {
	case c.Chosen != "":
		return c.Chosen
	case c.Profiles[EnvProfile] != nil:
		return EnvProfile
	case c.Default == "" && len(c.Profiles) == 1:
		return c.Names()[0]
	}
	return c.Default
}

// Routes are what routing needs of every profile. complete adds what the configuration alone does not say: the name of its token's
// record, and hosts that its provider brings.
func (c *Config) Routes(complete func(*Profile, *route.Profile)) []route.Profile {
	var routes []route.Profile
	for _, name := range c.Names() {
		p := c.Profiles[name]
		r := route.Profile{Name: name, Hosts: p.Hosts, Username: p.Username, Allow: p.Allow, Bearer: p.GitAuth == "bearer", KubernetesID: p.KubernetesToken == "id", Certificate: !p.Certificate.IsZero()}
		complete(p, &r)
		routes = append(routes, r)
	}
	return routes
}

// Index is what fob-helper reads. The environment's own profile stays out: the index outlives this process, and the next
// one may not have those variables. What is kept for whom is for the caller to add.
func (c *Config) Index(complete func(*Profile, *route.Profile)) *route.Index {
	routes := slices.DeleteFunc(c.Routes(complete), func(p route.Profile) bool { return p.Name == EnvProfile })
	return &route.Index{Config: c.User, Seen: c.seen, Profiles: routes}
}
