package route

import "strings"

// Pattern is an entry of a profile's hosts:
//
//	git.corp.example                https, port 443, any path
//	git.corp.example/team           and there only what lies at or below /team
//	*.k8s.corp.example:6443         one whole label in front, another port
//	http://127.0.0.1:8080           plain http, for loopback only
//
// A request whose path is unknown, as git's is without credential.useHttpPath, matches no pattern with a path.
type Pattern struct {
	Scheme string // "https" or "http"
	Host   string // as in Target; may begin with "*."
	Port   uint16
	Path   string // as in Target; empty: any
}

// ParsePattern reads a host pattern. It returns a [SyntaxError] that names the part at fault, or [ErrNonASCII].
func ParsePattern(s string) (Pattern, error) {
	p := Pattern{Scheme: "https"}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		p.Scheme, s = strings.ToLower(scheme), rest
	}
	host, path := cutPath(s)
	name, wild := strings.CutPrefix(host, "*.")
	var err error
	if p.Host, p.Port, err = authority(p.Scheme, name); err != nil {
		return Pattern{}, err
	}
	if wild {
		p.Host = "*." + p.Host
	}
	if p.Path, err = patternPath(path); err != nil {
		return Pattern{}, err
	}
	if err = p.check(wild); err != nil {
		return Pattern{}, err
	}
	return p, nil
}

// check refuses what is well-formed but must not be: an address as the end of a name, and secrets over plain http.
func (p Pattern) check(wild bool) error {
	switch last := p.Host[strings.LastIndexByte(p.Host, '.')+1:]; {
	case wild && (numeric(last) || strings.Contains(p.Host, ":")):
		return &SyntaxError{Part: "host", Reason: "* before an address"}
	case p.Scheme == "http" && !Loopback(p.Host):
		return &SyntaxError{Part: "scheme", Reason: "http is for 127.0.0.0/8, [::1] and localhost only"}
	}
	return nil
}

func patternPath(s string) (string, error) {
	path, ok := cleanPath(s)
	if !ok || strings.Contains(path, "//") {
		return "", &SyntaxError{Part: "path", Reason: "not plain segments"}
	}
	return path, nil
}

// Match reports whether a credential may be sent to t.
func (p Pattern) Match(t Target) bool {
	return t.Host != "" && p.Scheme == t.Scheme && p.Port == t.Port && p.covers(t.Host) && within(p.Path, t.Path)
}

// covers compares hosts; the star stands for one whole leftmost label.
func (p Pattern) covers(host string) bool {
	name, wild := strings.CutPrefix(p.Host, "*")
	if !wild {
		return host == p.Host
	}
	label, ok := strings.CutSuffix(host, name)
	return ok && label != "" && !strings.Contains(label, ".")
}

// String is p as people write it: without what is the default. ParsePattern reads it back.
func (p Pattern) String() string { return format(p.Scheme, p.Host, p.Port) + p.Path }
