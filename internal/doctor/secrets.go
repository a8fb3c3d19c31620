package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/fobkit/fob/internal/config"
)

// secretChecks look at where secrets come from. They are read, and forgotten.
var secretChecks = []Check{
	{"plain secrets", checkPlain},
	{"secrets", checkSecrets},
	{"secret files", checkSecretFiles},
}

// checkPlain finds secrets that stand in a file of the configuration.
func checkPlain(_ context.Context, p *Patient) Results {
	var bad Results
	written := 0
	for _, c := range p.configs() {
		if o := c.Origin("store"); c.Store.Password() && o.File != "" {
			written++
			bad = append(bad, warn("the password of store stands in "+o.String()+`: let store_password = { file = "…" } take its place`, edit(o.File, o.Line)).of(c.Name)...)
		}
		c.Secrets(func(key string, r config.SecretRef) {
			written++
			if o := origin(c, key); r.Plain != "" && o.File != "" {
				bad = append(bad, warn(key+" stands in "+o.String()+`: let { keyring = "…" }, { file = "…" } or { command = ["…"] } take its place`,
					edit(o.File, o.Line)).of(c.Name)...)
			}
		})
	}
	if written == 0 {
		return nil
	}
	return orElse(bad, "none stands in the configuration")
}

// origin is where a key was written, or the table that it stands in.
func origin(c *config.Profile, key string) config.Origin {
	for {
		o := c.Origin(key)
		if o != (config.Origin{}) || key == "" {
			return o
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
}

// reference is a secret that is read.
type reference struct {
	profile, key string
	config.SecretRef
}

// references are those of all profiles that can be followed here: not other profiles' tokens, nor what comes with a request.
func (p *Patient) references() []reference {
	var all []reference
	for _, c := range p.configs() {
		c.Secrets(func(key string, r config.SecretRef) {
			if r.Profile == "" && !r.Request && r.GitHubActions == "" {
				all = append(all, reference{c.Name, key, r})
			}
		})
	}
	return all
}

// checkSecrets reads every secret.
func checkSecrets(ctx context.Context, p *Patient) Results {
	refs := p.references()
	if len(refs) == 0 {
		return nil
	}
	bad := each(len(refs), func(i int) Results {
		r := refs[i]
		_, err := r.Secret(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fail(r.key+": "+r.String()+" did not answer in time", command("fob", "config", r.profile)).of(r.profile)
		}
		return fail(r.reason(err), r.mend(err)).of(r.profile)
	})
	return orElse(bad, count(len(refs), "secret")+" can be had")
}

// reason is err without the profile, which the result names already.
func (r reference) reason(err error) string {
	return strings.TrimPrefix(err.Error(), "profile "+r.profile+": ")
}

// mend is the command that brings the secret to its place.
func (r reference) mend(err error) string {
	switch {
	case r.Env != "":
		return export(r.Env, "…")
	case r.File != "" && errors.Is(err, fs.ErrPermission):
		return command("chmod", "u+r", r.File)
	case r.File != "":
		return "put it into " + r.File
	case r.Keyring != "":
		return toKeyring(r.Keyring)
	}
	return command("fob", "config", r.profile)
}

// toKeyring is the system's own command that puts a secret under SERVICE/ACCOUNT.
func toKeyring(name string) string {
	service, account, _ := strings.Cut(name, "/")
	switch runtime.GOOS {
	case "darwin":
		return command("security", "add-generic-password", "-s", service, "-a", account, "-w")
	case "windows":
		return command("cmdkey", "/generic:"+service+":"+account, "/user:"+account, "/pass")
	}
	return command("secret-tool", "store", "--label="+name, "service", service, "username", account)
}

// checkSecretFiles finds files of secrets that others may read. Files of root's are projected by those who know who may.
func checkSecretFiles(_ context.Context, p *Patient) Results {
	var bad Results
	files := 0
	for _, r := range p.references() {
		if r.File == "" {
			continue
		}
		files++
		info, err := os.Stat(r.File)
		if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 || !isOurs(info) {
			continue
		}
		bad = append(bad, warn(r.key+": "+r.File+" may be read by "+readers(info.Mode()), command("chmod", "go-rwx", r.File)).of(r.profile)...)
	}
	if files == 0 {
		return nil
	}
	return orElse(bad, "nobody else may read them")
}

func readers(mode fs.FileMode) string {
	if mode&0o007 != 0 {
		return "everybody"
	}
	return "its group"
}
