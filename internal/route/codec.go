package route

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/lines"
)

// ErrIndex is returned for an index that is damaged, of another version, or cannot be written: its reader compiles a new one.
var ErrIndex = errors.New("route index unusable")

// An index is a file of internal/lines. Change the version when, and only when, what a line means changes.
const (
	kind    = "fob-index"
	version = 2
)

// Encode writes x as lines of key=value, in one order only, of which the last is a checksum:
//
//	fob-index=1
//	config=/home/u/.config/fob/config.toml
//	file=482 1764000000000000000 1048601 /home/u/.config/fob/config.toml
//	profile=acme
//	record=k1-…
//	host=git.corp.example/team
//	username=oauth2
//	allow=raw
//	auth=bearer
//	id=kubernetes
//	certificate=kubernetes
//	stored=docker registry.example
//	login=16 registry.example ann
//	sum=…
//
// A value with a line feed or NUL in it is [ErrIndex].
func (x *Index) Encode() ([]byte, error) {
	var w writer
	w.line("config", x.Config)
	for _, f := range x.Seen {
		w.bad = w.bad || f.Path == ""
		w.line("file", f.String())
	}
	for i := range x.Profiles {
		w.profile(&x.Profiles[i])
	}
	w.lines("stored", x.Stored)
	for _, l := range x.Logins {
		w.bad = w.bad || l.Server == "" || l.Username == ""
		w.line("login", l.String())
	}
	data, err := lines.Encode(kind, version, w.ls)
	if err != nil || w.bad {
		return nil, ErrIndex
	}
	return data, nil
}

func (f Seen) String() string {
	return strconv.FormatInt(f.Size, 10) + " " + strconv.FormatInt(f.MTime, 10) + " " + strconv.FormatUint(f.Inode, 10) + " " + f.Path
}

// writer appends lines; what lacks a name makes it bad.
type writer struct {
	ls  []lines.Line
	bad bool
}

func (w *writer) profile(p *Profile) {
	w.bad = w.bad || p.Name == ""
	w.line("profile", p.Name)
	w.line("record", p.Record)
	for _, h := range p.Hosts {
		w.line("host", h.String())
	}
	w.line("username", p.Username)
	w.lines("allow", p.Allow)
	if p.Bearer {
		w.line("auth", "bearer")
	}
	if p.KubernetesID {
		w.line("id", "kubernetes")
	}
	if p.Certificate {
		w.line("certificate", "kubernetes")
	}
}

func (w *writer) lines(key string, values []string) {
	for _, v := range values {
		w.line(key, v)
	}
}

// line leaves out what is empty.
func (w *writer) line(key, value string) {
	if value != "" {
		w.ls = append(w.ls, lines.Line{Key: key, Value: value})
	}
}

// Decode reads what Encode wrote, and nothing else: anything that Encode would have written otherwise is [ErrIndex].
func Decode(data []byte) (*Index, error) {
	ls, err := lines.Decode(kind, version, data)
	if err != nil {
		return nil, ErrIndex
	}
	r := reader{index: new(Index)}
	for _, l := range ls {
		if l.Value == "" || !r.line(l.Key, l.Value) {
			return nil, ErrIndex
		}
	}
	return r.index, nil
}

// reader takes lines in the order in which writer makes them.
type reader struct {
	index *Index
	rank  int // of the last line's key
}

// The order of keys. A profile's may begin again.
const (
	_ = iota
	rankConfig
	rankFile
	rankProfile
	rankRecord
	rankHost
	rankUsername
	rankAllow
	rankAuth
	rankID
	rankCertificate
	rankStored
	rankLogin
)

func (r *reader) line(key, value string) bool {
	x := r.index
	switch key {
	case "config":
		x.Config = value
		return r.once(rankConfig)
	case "file":
		seen, ok := parseSeen(value)
		x.Seen = append(x.Seen, seen)
		return ok && r.list(rankFile)
	case "profile":
		x.Profiles = append(x.Profiles, Profile{Name: value})
		again := r.rank < rankStored
		r.rank = rankProfile
		return again
	case "stored":
		x.Stored = append(x.Stored, value)
		return r.list(rankStored)
	case "login":
		login, ok := parseLogin(value)
		x.Logins = append(x.Logins, login)
		return ok && r.list(rankLogin)
	}
	return len(x.Profiles) > 0 && r.profile(&x.Profiles[len(x.Profiles)-1], key, value)
}

func (r *reader) profile(p *Profile, key, value string) bool {
	switch key {
	case "record":
		p.Record = value
		return r.once(rankRecord)
	case "host":
		h, err := ParsePattern(value)
		p.Hosts = append(p.Hosts, h)
		return err == nil && h.String() == value && r.list(rankHost)
	case "username":
		p.Username = value
		return r.once(rankUsername)
	case "allow":
		p.Allow = append(p.Allow, value)
		return r.list(rankAllow)
	case "auth":
		p.Bearer = true
		return value == "bearer" && r.once(rankAuth)
	case "id":
		p.KubernetesID = true
		return value == "kubernetes" && r.once(rankID)
	case "certificate":
		p.Certificate = true
		return value == "kubernetes" && r.once(rankCertificate)
	}
	return false
}

// once reports whether a key may follow the last one, and stand there only once.
func (r *reader) once(rank int) bool {
	ok := rank > r.rank
	r.rank = rank
	return ok
}

// list reports whether a key may follow the last one, which may be the same.
func (r *reader) list(rank int) bool {
	ok := rank >= r.rank
	r.rank = rank
	return ok
}

func parseSeen(s string) (Seen, bool) {
	size, s, _ := strings.Cut(s, " ")
	mtime, s, _ := strings.Cut(s, " ")
	inode, path, _ := strings.Cut(s, " ")
	f := Seen{Path: path}
	var sizeErr, mtimeErr, inodeErr error
	f.Size, sizeErr = strconv.ParseInt(size, 10, 64)
	f.MTime, mtimeErr = strconv.ParseInt(mtime, 10, 64)
	f.Inode, inodeErr = strconv.ParseUint(inode, 10, 64)
	return f, sizeErr == nil && mtimeErr == nil && inodeErr == nil && path != "" && plain(size) && plain(mtime) && plain(inode)
}

// String begins with the server's length, since either may have a space in it.
func (l Login) String() string {
	return strconv.Itoa(len(l.Server)) + " " + l.Server + " " + l.Username
}

func parseLogin(s string) (Login, bool) {
	length, rest, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(length)
	if err != nil || n <= 0 || n+1 >= len(rest) {
		return Login{}, false
	}
	l := Login{Server: rest[:n], Username: rest[n+1:]}
	return l, l.String() == s
}

// plain reports whether a number is written as strconv would.
func plain(number string) bool {
	return number == "0" || strings.Trim(number[:1], "+0") != "" && !strings.HasPrefix(number, "-0")
}
