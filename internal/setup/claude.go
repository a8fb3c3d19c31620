package setup

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
)

// planClaude gives fob to the gateway that Claude Code is told to use, and to MCP servers, if they lie on a host of a profile. Where there is no such
// gateway nothing is said of keys: that would take the place of the user's own login.
func planClaude(_ context.Context, j *job) error {
	if _, err := j.hosts(); err != nil {
		return err
	}
	settings, servers, err := j.claudeFiles()
	if err != nil {
		return err
	}
	if err := j.claudeKey(settings); err != nil {
		return err
	}
	return j.claudeServers(servers)
}

// claudeFiles are that of settings, and the one in which Claude Code keeps what it knows, MCP servers among it.
func (j *job) claudeFiles() (settings, servers string, err error) {
	if dir := j.Getenv("CLAUDE_CONFIG_DIR"); dir != "" {
		return filepath.Join(dir, "settings.json"), filepath.Join(dir, ".claude.json"), nil
	}
	settings, err = j.home(".claude", "settings.json")
	return settings, filepath.Join(filepath.Dir(filepath.Dir(settings)), ".claude.json"), err
}

func (j *job) claudeKey(path string) error {
	text, err := j.text(path)
	if err != nil {
		return err
	}
	var s struct {
		Env struct {
			URL string `json:"ANTHROPIC_BASE_URL"`
		}
	}
	json.Unmarshal([]byte(text), &s) // what does not parse is told when it is written
	p, ok := j.rawFor("apiKeyHelper", s.Env.URL)
	if !ok {
		j.gatewayVariable(path, s.Env.URL)
		return nil
	}
	for _, name := range []string{"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"} {
		if j.Getenv(name) != "" {
			j.warn(name + " is set: it comes before apiKeyHelper")
		}
	}
	return j.jsonCommand(path, text, []string{"apiKeyHelper"}, "raw", "--profile", p.Name)
}

// gatewayVariable tells of a gateway that the next shell may not know of, in which the helper would hold all the same.
func (j *job) gatewayVariable(path, url string) {
	const name = "ANTHROPIC_BASE_URL"
	if hosts, _ := j.hosts(); url == "" && on(hosts, j.Getenv(name)) {
		j.warn(name + " is set in the environment: apiKeyHelper waits for it to stand in env of " + path + ", since it would hold without it too")
	}
}

// jsonCommand has a member run fob-helper.
func (j *job) jsonCommand(path, text string, member []string, words ...string) error {
	e := entry{"json", member, strconv.Quote(commandLine(append([]string{j.Helper}, words...)...))}
	if err := j.jsonConflict(path, text, e); err != nil {
		return err
	}
	return j.want(path, e)
}

// mcpServers are those of a scope, by their names.
type mcpServers map[string]struct{ URL string }

// claudeServers names a helper for each server that is reached by a URL of ours, the user's and those of projects.
func (j *job) claudeServers(path string) error {
	text, err := j.text(path)
	if err != nil {
		return err
	}
	type scope struct{ MCPServers mcpServers }
	var c struct {
		scope
		Projects map[string]scope
	}
	json.Unmarshal([]byte(text), &c)
	if err := j.claudeScope(path, text, nil, c.MCPServers); err != nil {
		return err
	}
	for _, dir := range slices.Sorted(maps.Keys(c.Projects)) {
		if err := j.claudeScope(path, text, []string{"projects", dir}, c.Projects[dir].MCPServers); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) claudeScope(path, text string, scope []string, servers mcpServers) error {
	hosts, _ := j.hosts()
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		if !on(hosts, servers[name].URL) {
			continue
		}
		member := slices.Concat(scope, []string{"mcpServers", name, "headersHelper"})
		if err := j.jsonCommand(path, text, member, "headers"); err != nil {
			return err
		}
	}
	return nil
}
