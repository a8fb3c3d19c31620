// Package paths knows where fob's files lie. It reads no global: the environment is
// passed in, so that a command and its tests ask the same questions. fob-helper runs it on every git fetch.
//
//	user, err := paths.UserConfig(os.Getenv) // "" and nil: this user has no home
package paths

import "path/filepath"

// Getenv looks a variable up; "" stands for unset and for empty alike.
type Getenv func(name string) string

// RelativeError is returned for a variable that must hold an absolute path: a relative one would mean whatever directory a
// tool happens to run fob in, and git and Bazel run it inside untrusted trees.
type RelativeError struct{ Variable string }

func (e *RelativeError) Error() string { return e.Variable + ": not an absolute path" }

// UserConfig is the user's configuration file: FOB_CONFIG, else config.toml under fob/ in the platform's configuration
// directory. It is "" where there is no home. A relative FOB_CONFIG is a [RelativeError].
func UserConfig(env Getenv) (string, error) {
	if path, err := absolute(env, "FOB_CONFIG"); path != "" || err != nil {
		return path, err
	}
	return under(configHome(env), "fob", "config.toml"), nil
}

// State is the directory of token records and the route index: FOB_STATE itself, else fob/ in the platform's state
// directory. It is "" where there is no home: then tokens stay in memory. A relative FOB_STATE is a [RelativeError].
func State(env Getenv) (string, error) {
	if path, err := absolute(env, "FOB_STATE"); path != "" || err != nil {
		return path, err
	}
	return under(stateHome(env), "fob"), nil
}

// absolute reads a variable of ours, cleaned: one that is there but wrong is an error, never passed over.
func absolute(env Getenv, name string) (string, error) {
	switch path := env(name); {
	case path == "":
		return "", nil
	case !filepath.IsAbs(path):
		return "", &RelativeError{Variable: name}
	default:
		return filepath.Clean(path), nil
	}
}

// base is an absolute directory named by a variable of the platform, or "". A relative one counts as unset, as the XDG
// Base Directory Specification demands.
func base(env Getenv, name string) string {
	if dir := env(name); filepath.IsAbs(dir) {
		return dir
	}
	return ""
}

// first is the first of dirs that is not empty.
func first(dirs ...string) string {
	for _, dir := range dirs {
		if dir != "" {
			return dir
		}
	}
	return ""
}

// under joins parts to dir; nothing lies under no directory.
func under(dir string, parts ...string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}
