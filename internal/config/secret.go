package config

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
)

// maxSecret bounds what a file or command may say.
const maxSecret = 64 << 10

// Keyring looks secrets up that { keyring = "…" } names. Of its errors, people are told fob.ErrNotFound, and what a method Reason() string
// says; the text of any other may hold anything.
type Keyring interface {
	Secret(ctx context.Context, name string) (fob.Secret, error)
}

var errNoKeyring = errors.New("no keyring in this build")

// SecretRef says where a secret is. It is one of a plain string, { env = "NAME" }, { file = "/path" },
// { command = ["name", "argument"] } and { keyring = "name" }, which Secret follows; or one of
// { github_actions = "AUDIENCE" }, { profile = "NAME" } and { request = true }, to which package session knows the way.
type SecretRef struct {
	Env     string   `toml:"env"`
	File    string   `toml:"file"`
	Command []string `toml:"command"`
	Keyring string   `toml:"keyring"`

	GitHubActions string `toml:"github_actions"` // audience of the job's JWT
	Profile       string `toml:"profile"`        // another profile's token
	Token         string `toml:"token"`          // which of Profile's: "access" or "id"; empty: access
	Request       bool   `toml:"request"`        // the token that came with the tool's request

	Plain fob.Secret

	owner *owner
}

// owner is what a reference needs of the profile it stands in.
type owner struct {
	profile, key string
	env          environ
	keyring      Keyring
}

// SecretError is returned for a secret that could not be had. What a command or keyring had to say is not in it.
type SecretError struct {
	Profile string
	Key     string // such as client_secret
	From    string // such as "environment variable C1_CLIENT_SECRET"
	Reason  string // such as "is not set"
	Err     error  // nil, or the cause
}

func (e *SecretError) Error() string {
	return "profile " + e.Profile + ": " + e.Key + ": " + e.From + " " + e.Reason
}

func (e *SecretError) Unwrap() error { return e.Err }

// Outcome is fob.Local: no server was asked.
func (e *SecretError) Outcome() fob.Outcome { return fob.Local }

func (r *SecretRef) set(text string) { r.Plain = fob.Secret(text) }

// IsZero reports whether nothing was written.
func (r SecretRef) IsZero() bool { return r.sources() == 0 }

// sources counts the ways to the secret that were written: one, if the reference is valid.
func (r SecretRef) sources() (n int) {
	for _, written := range []bool{r.Plain != "", r.Env != "", r.File != "", r.Command != nil, r.Keyring != "", r.GitHubActions != "", r.Profile != "", r.Request} {
		if written {
			n++
		}
	}
	return n
}

// String says where the secret is, and of a command its name alone, since arguments can be secret.
func (r SecretRef) String() string {
	switch {
	case r.Env != "":
		return "environment variable " + r.Env
	case r.File != "":
		return "file " + r.File
	case len(r.Command) > 0:
		return "command " + r.Command[0]
	case r.Keyring != "":
		return "keyring entry " + r.Keyring
	case r.GitHubActions != "":
		return "GitHub Actions token for " + r.GitHubActions
	case r.Profile != "" && r.Token == "id":
		return "ID token of profile " + r.Profile
	case r.Profile != "":
		return "token of profile " + r.Profile
	case r.Request:
		return "token of the request"
	}
	return r.Plain.String()
}

// GoString is String, for %#v.
func (r SecretRef) GoString() string { return r.String() }

// Secret fetches the secret, without the one newline that ends a file or an output. It is empty if nothing was written.
// The error is a [SecretError], or ctx's.
func (r SecretRef) Secret(ctx context.Context) (fob.Secret, error) {
	switch {
	case r.Plain != "" || r.IsZero():
		return r.Plain, nil
	case r.Env != "":
		return r.fromEnv()
	case r.Keyring != "":
		return r.fromKeyring(ctx)
	case r.File != "":
		return r.fromFile()
	case r.Command != nil:
		return r.fromCommand(ctx)
	}
	return "", r.fail("cannot be had here", nil)
}

// Momentary reports whether the secret is this process's or this moment's own: what it says may be another for the next one.
func (r SecretRef) Momentary() bool {
	return r.Env != "" || r.File != "" || r.GitHubActions != "" || r.Request
}

func (r SecretRef) fromEnv() (fob.Secret, error) {
	s := r.owner.env.get(r.Env)
	if s == "" {
		return "", r.fail("is not set", nil)
	}
	return fob.Secret(s), nil
}

func (r SecretRef) fromKeyring(ctx context.Context) (fob.Secret, error) {
	if r.owner.keyring == nil {
		return "", r.fail("cannot be read: "+errNoKeyring.Error(), errNoKeyring)
	}
	s, err := r.owner.keyring.Secret(ctx, r.Keyring)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", r.fail("cannot be read"+why(err), err)
	case s == "":
		return "", r.fail("is empty", nil)
	}
	return s, nil
}

// why is what may be told of a keyring's error.
func why(err error) string {
	var said interface{ Reason() string }
	switch {
	case errors.Is(err, fob.ErrNotFound):
		return ": there is none of that name"
	case errors.As(err, &said):
		return ": " + said.Reason()
	}
	return ""
}

// fromFile does not mind who else may read the file: Kubernetes projects secrets as root's, with mode 0644. To complain is
// for fob doctor.
func (r SecretRef) fromFile() (fob.Secret, error) {
	data, err := atomicfile.Read(r.File, maxSecret)
	var path *fs.PathError
	var untrusted *atomicfile.UntrustedError
	switch {
	case errors.As(err, &untrusted):
		return "", r.fail("is "+untrusted.Reason, err)
	case errors.As(err, &path):
		return "", r.fail("cannot be read: "+path.Err.Error(), err)
	case err != nil:
		return "", r.fail("cannot be read", err)
	}
	return r.text(data)
}

func (r SecretRef) fromCommand(ctx context.Context) (fob.Secret, error) {
	out, err := run(ctx, r.Command, r.owner.env, commandTime)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", r.fail("failed: "+err.Error(), err)
	}
	return r.text(out)
}

// text is data without the newline that ends it.
func (r SecretRef) text(data []byte) (fob.Secret, error) {
	s := string(data)
	if cut, ok := strings.CutSuffix(s, "\n"); ok {
		s = strings.TrimSuffix(cut, "\r")
	}
	if s == "" {
		return "", r.fail("is empty", nil)
	}
	return fob.Secret(s), nil
}

func (r SecretRef) fail(reason string, err error) error {
	return &SecretError{Profile: r.owner.profile, Key: r.owner.key, From: r.String(), Reason: reason, Err: err}
}

// bind tells p's references what they need to be followed.
func (p *Profile) bind(env environ, keyring Keyring) {
	p.eachSecret(func(key string, r *SecretRef) { r.owner = &owner{p.Name, key, env, keyring} })
}

// eachSecret calls f for every reference of p, written or not, in the order of keys.
func (p *Profile) eachSecret(f func(key string, r *SecretRef)) {
	v := reflect.ValueOf(p).Elem()
	for _, key := range keysOf(v.Type()) {
		field, _ := fieldOf(v, key)
		switch ref := field.Addr().Interface().(type) {
		case *SecretRef:
			f(key, ref)
		case *map[string]SecretRef:
			for _, name := range slices.Sorted(maps.Keys(*ref)) {
				r := (*ref)[name]
				f(key+"."+name, &r)
				(*ref)[name] = r
			}
		}
	}
}
