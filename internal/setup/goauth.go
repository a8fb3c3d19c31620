package setup

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// planGo puts fob before what GOAUTH names already, in the file of go env -w: that command would sort the file.
func planGo(ctx context.Context, j *job) error {
	if _, err := j.hosts(); err != nil {
		return err
	}
	path, err := j.goEnv(ctx)
	if err != nil {
		return err
	}
	if j.Getenv("GOAUTH") != "" {
		j.warn("GOAUTH is set in the environment: go does not look at " + path + " for it")
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	if from, _, value := goLine(text, "GOAUTH"); strings.TrimSpace(value) == "off" && !j.wish.Replace {
		return &ConflictError{path, lineNumber(text, from), "GOAUTH", "off"}
	}
	return j.want(path, entry{"goenv", []string{"GOAUTH"}, goWord(j.Helper) + " goauth"})
}

// goWord is s as one word of cmd/internal/quoted.
func goWord(s string) string {
	if strings.ContainsAny(s, " \t") {
		return `"` + s + `"`
	}
	return s
}

var errGoEnvOff = errors.New("GOENV is off: go reads no file of settings")

// goEnv is the file of go env -w: by go's own word if it can be asked.
func (j *job) goEnv(ctx context.Context) (string, error) {
	path := j.Getenv("GOENV")
	if j.Run != nil {
		root := filepath.VolumeName(j.Helper) + string(filepath.Separator)
		if out, err := j.Run(ctx, root, "go", "env", "GOENV"); err == nil {
			path = strings.TrimSpace(string(out))
		}
	}
	switch path {
	case "off":
		return "", errGoEnvOff
	case "":
		dir, err := j.configDir()
		return filepath.Join(dir, "go", "env"), err
	}
	return path, nil
}

// configDir is os.UserConfigDir, of the environment that was given.
func (j *job) configDir() (string, error) {
	switch runtime.GOOS {
	case "windows":
		return j.Getenv("AppData"), nil
	case "darwin":
		return j.home("Library", "Application Support")
	}
	if dir := j.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	return j.home(".config")
}

// goenv is the file of go env -w: lines of KEY=VALUE. An entry's value is a command in a list of them.
type goenv struct{}

// goLine finds the last line of a key, and its value: where go reads it from, to where it ends. from: -1, there is none.
func goLine(text, key string) (from, to int, value string) {
	from = -1
	for at := 0; at < len(text); {
		next := nextLine(text, at)
		line := strings.TrimRight(text[at:next], "\r\n")
		if v, ok := strings.CutPrefix(line, key+"="); ok {
			from, to, value = at+len(key)+1, at+len(line), v
		}
		at = next
	}
	return from, to, value
}

func goList(value string) []string {
	var list []string
	for c := range strings.SplitSeq(value, ";") {
		if c = strings.TrimSpace(c); c != "" {
			list = append(list, c)
		}
	}
	return list
}

// set puts the command first: go takes what the first one answers. What go does without the line, netrc, stays.
func (goenv) set(text string, e entry) ([]splice, error) {
	from, to, value := goLine(text, e.Path[0])
	list := goList(value)
	switch {
	case from < 0:
		return ownLines(text, e.Path[0]+"="+e.Value+"; netrc"), nil
	case slices.Contains(list, e.Value):
		return nil, nil
	case len(list) == 0 || list[0] == "off":
		return []splice{{from, text[from:to], e.Value + "; netrc"}}, nil
	}
	return insert(from, e.Value+"; "), nil
}

// unset takes the command out, and the line too if it then says what go does without.
func (goenv) unset(text string, e entry) ([]splice, error) {
	from, to, value := goLine(text, e.Path[0])
	list := goList(value)
	i := slices.Index(list, e.Value)
	if from < 0 || i < 0 {
		return nil, nil
	}
	list = slices.Delete(list, i, i+1)
	line, next := lineStart(text, from), nextLine(text, from)
	before, _, _ := goLine(text[:line], e.Path[0])
	if before < 0 && (len(list) == 0 || len(list) == 1 && list[0] == "netrc") {
		return cut(text, line, next), nil
	}
	return []splice{{from, text[from:to], strings.Join(list, "; ")}}, nil
}

// others are the other lines, comments included, and the other commands of the list.
func (goenv) others(text string, e entry) ([]string, error) {
	from, _, value := goLine(text, e.Path[0])
	var all []string
	for at := 0; at < len(text); at = nextLine(text, at) {
		if from < 0 || at != lineStart(text, from) {
			all = append(all, strings.TrimRight(text[at:nextLine(text, at)], "\r\n"))
		}
	}
	list := slices.DeleteFunc(goList(value), func(c string) bool { return c == e.Value })
	if len(list) > 0 && list[0] != "netrc" && list[0] != "off" {
		all = append(all, list...)
	}
	return all, nil
}
