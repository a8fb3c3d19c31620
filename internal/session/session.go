// Package session brings a configuration to life: it turns profiles into grants, keys and cached sources, and knows the
// state directory they share. Package transport and the fob command stand on it.
package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/keyring"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/stored"
)

// Options say whose configuration and what kind of process it is.
type Options struct {
	Environ []string // nil: this process's own
	System  string   // directory of the machine's configuration; empty: the platform's
	OneShot bool     // this process lives for a single answer
	Trace   fob.Trace
}

// Session is a configuration, and the tokens kept for it.
type Session struct {
	Config *config.Config
	Cache  *fob.Cache // of this machine alone
	State  string     // state directory; empty: none, so that everything stays in memory
	Ring   *seal.Ring // nil: there is no place for its keys

	environ []string
	mu      sync.Mutex
	open    map[string]*Profile
	fleets  []*fleet
}

// Open loads the configuration. Its errors are those of config.Load, and of paths.State for a relative FOB_STATE. A state
// directory that cannot be trusted is no error: tokens stay in memory, and o.Trace.Warning is told when the first is asked for.
func Open(o Options) (*Session, error) {
	if o.Environ == nil {
		o.Environ = os.Environ()
	}
	c, err := config.Load(config.Options{Environ: o.Environ, System: o.System, Keyring: keyring.Keyring{}})
	if err != nil {
		return nil, err
	}
	getenv := paths.Env(o.Environ)
	state, err := paths.State(getenv)
	if err != nil {
		return nil, err
	}
	s := &Session{Config: c, environ: o.Environ, open: make(map[string]*Profile)}
	s.Cache = &fob.Cache{OneShot: o.OneShot, SealAll: c.Seal == "all", Trace: o.Trace}
	switch {
	case state != "":
		s.settle(state, paths.Data(getenv))
	case o.Trace.Warning != nil:
		o.Trace.Warning("", errNoHome)
	}
	return s, nil
}

var errNoHome = errors.New("tokens stay in memory: there is no home directory")

// settle makes the state directory this session's, if it can be had. Without a place for the key, what must be sealed stays in memory.
func (s *Session) settle(state, data string) {
	if err := atomicfile.MkdirAll(state); err != nil {
		s.Cache.Store = lost{err}
		return
	}
	s.State, s.Cache.Store = state, fob.Dir(paths.Tokens(state))
	if data != "" {
		s.Ring = &seal.Ring{Path: paths.SealingKey(data), Keyring: keyring.Keyring{}}
		s.Cache.Sealer = s.Ring
	}
}

// Close waits until no mint is under way, or returns ctx's error, and lets go of the stores that machines share. They are opened anew if they
// are used again.
func (s *Session) Close(ctx context.Context) error {
	errs := []error{s.Cache.Close(ctx)}
	for _, f := range s.opened() {
		errs = append(errs, f.cache.Close(ctx), f.store.close(ctx))
	}
	return errors.Join(errs...)
}

func (s *Session) opened() []*fleet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.fleets)
}

// Stored is what other tools gave to keep. Without a state directory, or a key to seal with, nothing can be kept: then ok is false.
func (s *Session) Stored() (shelf stored.Shelf, ok bool) {
	if s.State == "" || s.Ring == nil {
		return stored.Shelf{}, false
	}
	return stored.Shelf{Store: fob.Dir(paths.Stored(s.State)), Sealer: s.Ring}, true
}

// Routes are the index of this very configuration, the environment's own profile included.
func (s *Session) Routes() *route.Index {
	return &route.Index{Profiles: s.Config.Routes(s.complete)}
}

// SaveIndex writes the index that fob-helper reads, if it is not there already and what it says would hold for the next process:
// nothing of it came from FOB_ variables. An error is that of the write, and costs the next call only time.
func (s *Session) SaveIndex(ctx context.Context) error {
	if s.State == "" || !route.Plain(s.environ) {
		return nil
	}
	index, err := s.index(ctx)
	if err != nil {
		return err
	}
	path := paths.Index(s.State)
	if old, err := atomicfile.ReadOwn(path, paths.MaxIndex); err == nil && string(old) == string(index) {
		return nil
	}
	unlock, err := fob.Dir(s.State).Lock(ctx, filepath.Base(path)) // who writes last must have read last
	if err != nil {
		return err
	}
	defer unlock()
	if index, err = s.index(ctx); err != nil {
		return err
	}
	return atomicfile.Write(path, index)
}

func (s *Session) index(ctx context.Context) ([]byte, error) {
	shelf, ok := s.Stored()
	if !ok {
		return s.Config.Index(s.indexed).Encode()
	}
	dir := paths.Stored(s.State)
	before, err := route.Stat(dir) // what is put while it is read makes the index stale
	if err != nil {
		return nil, err
	}
	all, err := shelf.List(ctx)
	if err != nil {
		return nil, err
	}
	index := s.Config.Index(s.indexed)
	index.Stored, index.Logins = places(all), logins(all)
	index.Seen = append(slices.Clip(index.Seen), route.Seen{Path: dir, Stamp: before})
	return index.Encode()
}

// places are those for which something is kept.
func places(all []stored.Credential) []string {
	var names []string
	for _, c := range all {
		names = append(names, c.Tool+" "+c.Server)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// logins are what docker login gave.
func logins(all []stored.Credential) []route.Login {
	var found []route.Login
	for _, c := range all {
		if c.Tool == "docker" {
			found = append(found, route.Login{Server: c.Server, Username: c.Username})
		}
	}
	return found
}

// Logins are what docker login gave, without the secrets.
func (s *Session) Logins(ctx context.Context) ([]route.Login, error) {
	shelf, ok := s.Stored()
	if !ok {
		return nil, nil
	}
	all, err := shelf.List(ctx)
	return logins(all), err
}

// indexed is complete for fob-helper, which reads no store that machines share.
func (s *Session) indexed(c *config.Profile, r *route.Profile) {
	if s.complete(c, r); c.Store != "" {
		r.Record = ""
	}
}

// complete names a profile's record and hosts. One that cannot be opened has none of the first, and of the second what is written.
func (s *Session) complete(c *config.Profile, r *route.Profile) {
	p, err := s.Profile(c.Name)
	if err != nil {
		return
	}
	r.Hosts = p.Hosts
	if p.Kept() && !s.momentary(c) {
		r.Record = p.Key.Name()
	}
}
