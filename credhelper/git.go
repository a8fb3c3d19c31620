package credhelper

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob"
)

// git is the protocol of git-credential(1): a verb, a block of key=value lines, another such block.
var git = protocol{words: []string{"git"}, link: "git-credential-", parse: parseGit, render: renderGit, fail: failGit}

// maxGitLine is git's own bound, the line's end included.
const maxGitLine = 65535

const gitCapabilities = "version 0\ncapability authtype\ncapability state\n"

func parseGit(in *input, m *message) error {
	if len(in.args) != 1 {
		return badUsage("git [--profile NAME] get|store|erase|capability")
	}
	switch in.args[0] {
	case "get":
		m.op = opGet
	case "store":
		m.op = opStore
	case "erase":
		m.op = opErase
	case "capability":
		m.fixed = []byte(gitCapabilities)
		return nil
	default:
		return nil // git may learn verbs; gitcredentials(7) asks for silence
	}
	data, err := in.block()
	if err != nil {
		return err
	}
	b, err := readGitBlock(data)
	if err != nil {
		return err
	}
	m.req.Interactive = mayPrompt(in.getenv)
	return b.fill(m)
}

// mayPrompt reports whether neither git nor Git Credential Manager's setting forbids to ask a person. Git's maintenance in the background says
// so by -c credential.interactive=false.
func mayPrompt(getenv func(string) string) bool {
	set := strings.ReplaceAll(strings.ToLower(getenv("GIT_CONFIG_PARAMETERS")), "'='", "=")
	for _, no := range []string{"0", "false", "no", "off", "never"} {
		if strings.Contains(set, "'credential.interactive="+no+"'") {
			return false
		}
	}
	for _, name := range []string{"GIT_TERMINAL_PROMPT", "GCM_INTERACTIVE"} {
		switch strings.ToLower(getenv(name)) {
		case "0", "false", "no", "off", "never":
			return false
		}
	}
	return true
}

// gitBlock is what a request holds. Keys that are not here are ignored, as git asks.
type gitBlock struct {
	protocol, host, path, username string
	password, credential, refresh  fob.Secret
	authtype, expiry, ephemeral    string
	capabilities, challenges       []string
	states                         []string
	named, hasPassword             bool // username and password were there, which may be empty
}

func readGitBlock(data []byte) (*gitBlock, error) {
	b := new(gitBlock)
	text := strings.TrimPrefix(string(data), "\ufeff") // PowerShell's
	first, _, _ := strings.Cut(text, "\n")
	crlf := strings.HasSuffix(first, "\r")
	for raw := range strings.Lines(text) {
		line, err := gitLine(raw, crlf)
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, badRequest("a line without =")
		}
		if err := b.set(key, value); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// gitLine takes the end off a line: LF, or CRLF where the whole request has it. A lone CR is refused, since what one program
// takes for part of a value another takes for a line's end (CVE-2024-52006).
func gitLine(raw string, crlf bool) (string, error) {
	if len(raw) > maxGitLine {
		return "", badRequest("a line over 65535 bytes")
	}
	line, ended := strings.CutSuffix(raw, "\n")
	if crlf {
		cut, ok := strings.CutSuffix(line, "\r")
		if !ok && ended {
			return "", badRequest("lines that end now in CRLF, now in LF")
		}
		line = cut
	}
	if strings.ContainsAny(line, "\r\x00") {
		return "", badRequest("a CR or NUL in a value")
	}
	return line, nil
}

func (b *gitBlock) set(key, value string) error {
	switch key {
	case "protocol":
		return once(&b.protocol, value)
	case "host":
		return once(&b.host, value)
	case "path":
		return once(&b.path, value)
	case "username":
		b.named = true
		return once(&b.username, value)
	case "password":
		b.hasPassword = true
		return once(&b.password, fob.Secret(value))
	case "credential":
		return once(&b.credential, fob.Secret(value))
	case "authtype":
		return once(&b.authtype, value)
	case "password_expiry_utc":
		return once(&b.expiry, value)
	case "oauth_refresh_token":
		return once(&b.refresh, fob.Secret(value))
	case "ephemeral":
		return once(&b.ephemeral, value)
	case "url":
		// git itself takes it apart before it asks a helper. Whoever sends it may mean another host than host= says.
		return badRequest(`a url= line, which is for "git credential"`)
	case "capability[]":
		b.capabilities = appendGit(b.capabilities, value)
	case "wwwauth[]":
		b.challenges = appendGit(b.challenges, value)
	case "state[]":
		b.states = appendGit(b.states, value)
	}
	return nil
}

// once sets what git sends once. To git the last of two would count, and to another reader the first; so neither does.
func once[T ~string](field *T, value T) error {
	if *field != "" && *field != value {
		return badRequest("a key with two values")
	}
	*field = value
	return nil
}

// appendGit appends to a key[] list, which an empty value resets.
func appendGit(list []string, value string) []string {
	if value == "" {
		return nil
	}
	return append(list, value)
}

// fill makes b the request of m.
func (b *gitBlock) fill(m *message) error {
	scheme := strings.ToLower(b.protocol)
	switch {
	case scheme == "":
		return badRequest("no protocol")
	case scheme != "https" && scheme != "http":
		return ErrNotFound // cert, smtp, imap: somebody else's
	}
	m.req.Username, m.req.MinTTL, m.req.Challenges = b.username, minTTL, b.challenges
	m.req.Bearer = slices.Contains(b.capabilities, "authtype")
	m.resumable = slices.Contains(b.capabilities, "state")
	if m.op == opGet {
		m.req.Refused = ours(b.states)
	}
	if m.sent = b.sent(); m.op == opStore && !b.isWhole() {
		m.op = opNothing
	}
	if err := m.req.setPath(strings.TrimLeft(b.path, "/")); err != nil { // as git does with those of a URL
		return err
	}
	return m.req.setOrigin(scheme, b.host)
}

// ourState begins the state[] that is ours: git brings back every helper's.
const ourState = "fob:1:"

// ours are the marks in states. In a get they are of what git was given in this very run, and its server refused: else it would not ask again. In a
// store they are of what git had from us.
func ours(states []string) (marks []string) {
	for _, s := range states {
		if mark, ours := strings.CutPrefix(s, ourState); ours && mark != "" {
			marks = append(marks, mark)
		}
	}
	return marks
}

// isWhole reports whether b has all that a credential is made of. A user name and password may be empty: so git says that the connection itself
// proves who asks.
func (b *gitBlock) isWhole() bool {
	return b.named && b.hasPassword || b.authtype != "" && b.credential != ""
}

// sent is the credential in b: either form, as git had it from us or another.
func (b *gitBlock) sent() Credential {
	c := Credential{
		Username: b.username, Secret: b.password, Form: Password, Refresh: b.refresh, Expiry: gitTime(b.expiry),
		Ephemeral: !slices.Contains([]string{"", "0", "false"}, b.ephemeral), Verbatim: b.hasPassword || b.credential != "",
	}
	if marks := ours(b.states); len(marks) > 0 {
		c.Mark = marks[0]
	}
	if b.credential != "" {
		c.Secret, c.AuthType = b.credential, b.authtype
	}
	if strings.EqualFold(c.AuthType, "bearer") {
		c.Form = Bearer
	}
	return c
}

// maxUnix is the end of the year 9999. What lies beyond it is git's way to say never.
const maxUnix = 253402300799

// gitTime is a password_expiry_utc, or zero for one that is none.
func gitTime(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > maxUnix {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// renderGit never says protocol, host or path: what git asked for is what it gets an answer to.
func renderGit(m *message, a answer) ([]byte, error) {
	if m.op != opGet {
		return nil, nil
	}
	c := a.cred
	username, authType := c.username(m.req.Username), m.authType(c)
	if strings.ContainsAny(username+authType+string(c.Secret+c.Refresh), "\r\n\x00") {
		return nil, errors.New("a credential with a line break or NUL")
	}
	out := make([]byte, 0, 192+len(username)+len(c.Secret)+len(c.Refresh))
	if authType != "" {
		out = appendGitLine(out, "capability[]", "authtype")
	}
	if m.marks(c) {
		out = appendGitLine(out, "capability[]", "state")
	}
	out = appendGitSecret(out, c, username, authType)
	if t := c.reported(); !t.IsZero() {
		out = appendGitLine(out, "password_expiry_utc", strconv.FormatInt(t.Unix(), 10))
	}
	if c.Refresh != "" {
		out = appendGitLine(out, "oauth_refresh_token", string(c.Refresh))
	}
	if m.marks(c) {
		out = appendGitLine(out, "state[]", ourState+c.Mark)
	}
	if m.wantsBack(c) {
		out = appendGitLine(out, "continue", "1")
	}
	return out, nil
}

// appendGitSecret appends c in its form. Of one that has nothing left but a refresh token, git wants the user name, for its next helper.
func appendGitSecret(out []byte, c Credential, username, authType string) []byte {
	if authType == "" {
		out = appendGitLine(out, "username", username)
		if c.Secret == "" && c.Refresh != "" {
			return out
		}
		return appendGitLine(out, "password", string(c.Secret))
	}
	if c.Verbatim && c.Username != "" {
		out = appendGitLine(out, "username", c.Username)
	}
	out = appendGitLine(out, "authtype", authType)
	out = appendGitLine(out, "credential", string(c.Secret))
	if !c.Verbatim {
		out = appendGitLine(out, "ephemeral", "1")
	}
	return out
}

func appendGitLine(out []byte, key, value string) []byte {
	out = append(append(out, key...), '=')
	return append(append(out, value...), '\n')
}

// marks reports whether git, where it can (2.46), shall bring back c's mark, with whatever it says of c.
func (m *message) marks(c Credential) bool {
	return m.resumable && c.Mark != "" && (c.Verbatim || len(m.req.Refused) == 0)
}

// wantsBack asks git to come back with what it got if that is refused, before it gives up: once, since a second refusal is about more than an old
// token. For what was given to keep there would be no other.
func (m *message) wantsBack(c Credential) bool { return m.marks(c) && !c.Verbatim }

// authType is the scheme of the header that c goes into as it stands; empty: user name and password.
func (m *message) authType(c Credential) string {
	if c.AuthType == "" && m.wantsBearer(c) {
		return "Bearer"
	}
	return c.AuthType
}

// wantsBearer prefers Basic: git 2.46 to 2.53 sends the probe of a push over 1 MiB without a bearer token, and then has it erased.
func (m *message) wantsBearer(c Credential) bool {
	if !m.req.Bearer || c.Form == Password {
		return false
	}
	return c.Form == Bearer || offers(m.req.Challenges, "Bearer") && !offers(m.req.Challenges, "Basic")
}

// failGit is silent where git shall ask its next helper. git itself ignores the status of get and uses whatever is on stdout.
func failGit(m *message, name string, err error) reply {
	others := m.op != opGet && err == errPlainHTTP // every helper is told of every host; this one is not ours
	if others || errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnsupported) {
		return reply{}
	}
	return m.failed(name, err)
}
