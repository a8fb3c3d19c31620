package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
)

// draft is a profile that is about to be written. What is empty is left out.
type draft struct {
	name                           string
	provider, host, tenant, issuer string
	grant, clientID, secretFile    string
	caFile                         string
	scopes, hosts, allow           []string

	secret fob.Secret // typed in, for secretFile
}

// table is d as it stands in the configuration.
func (d draft) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[profile.%s]\n", tomlKey(d.name))
	text := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-13s = %q\n", key, value)
		}
	}
	list := func(key string, values []string) {
		if len(values) > 0 {
			fmt.Fprintf(&b, "%-13s = [%s]\n", key, quotedList(values))
		}
	}
	text("provider", d.provider)
	text("host", d.host)
	text("tenant", d.tenant)
	text("issuer", d.issuer)
	text("ca_file", d.caFile)
	text("grant", d.grant)
	text("client_id", d.clientID)
	if d.secretFile != "" {
		fmt.Fprintf(&b, "%-13s = { file = %q }\n", "client_secret", d.secretFile)
	}
	list("scopes", d.scopes)
	list("hosts", d.hosts)
	list("allow", d.allow)
	return b.String()
}

func quotedList(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(quoted, ", ")
}

// tomlKey is name as a bare key, where it can be one.
func tomlKey(name string) string {
	odd := func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if name == "" || strings.ContainsFunc(name, odd) {
		return fmt.Sprintf("%q", name)
	}
	return name
}

var (
	errOddText = errors.New("a new profile with characters that cannot be shown")
	errNoHome  = errors.New("there is no home to write a profile in")
)

// check refuses what a quoted string of Go says in other ways than one of TOML.
func (d draft) check() error {
	all := slices.Concat([]string{d.name, d.provider, d.host, d.tenant, d.issuer, d.grant, d.clientID, d.secretFile, d.caFile}, d.scopes, d.hosts, d.allow)
	odd := func(r rune) bool { return !strconv.IsPrint(r) || r == utf8.RuneError }
	if slices.ContainsFunc(all, func(s string) bool { return strings.ContainsFunc(s, odd) }) {
		return usageError{errOddText}
	}
	return nil
}

// add appends d to the user's configuration, and writes the secret that was typed in beside it. Nothing is written that would not load.
func (a *app) add(ctx context.Context, s *session.Session, d draft) (path string, err error) {
	if s.State != "" { // two that add profiles at once must not lose one
		unlock, err := fob.Dir(paths.Logins(s.State)).Lock(ctx, "config")
		if err != nil {
			return "", err
		}
		defer unlock()
	}
	if path, err = paths.UserConfig(a.getenv); err != nil {
		return "", configError(err)
	}
	if path == "" {
		return "", kind{credhelper.ErrConfig, errNoHome}
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // people keep their configuration elsewhere, and a link to it here
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	data, err := appended(path, d.table())
	if err != nil {
		return "", err
	}
	if err := a.tryConfig(filepath.Dir(path), data, d.name); err != nil {
		return "", err
	}
	if d.secret != "" { // in a file whose name has passed the trial: it leads nowhere else
		if err := atomicfile.Write(d.secretFile, []byte(string(d.secret)+"\n")); err != nil {
			return "", err
		}
	}
	return path, atomicfile.Write(path, data)
}

// secretPlace is a file beside the configuration that is not there yet: one that is may be another profile's.
func secretPlace(dir, name string) string {
	path := filepath.Join(dir, name+".secret")
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); err != nil {
			return path
		}
		path = filepath.Join(dir, fmt.Sprint(name, "-", n, ".secret"))
	}
}

// appended is what path holds, and table after it. Nothing that is there is touched.
func appended(path, table string) ([]byte, error) {
	const most = 256 << 10 // which is all that is read of a configuration
	old, err := atomicfile.ReadTrusted(path, most)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	text := strings.TrimRight(string(old), "\n")
	if text != "" {
		text += "\n\n"
	}
	return []byte(text + table), nil
}

// tryConfig loads data in place of the user's configuration, and opens the new profile.
func (a *app) tryConfig(dir string, data []byte, name string) error {
	trial, err := os.MkdirTemp(dir, ".fob-trial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(trial)
	file := filepath.Join(trial, "config.toml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	s, err := session.Open(session.Options{Environ: append(slices.Clone(a.environ), "FOB_CONFIG="+file), OneShot: true})
	if err == nil {
		_, err = s.Profile(name)
	}
	var wrong *config.Error
	if errors.As(err, &wrong) {
		wrong.File, wrong.Line = "", 0 // of a file that is no more
	}
	if err != nil {
		return configError(err)
	}
	return nil
}
