package redis

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/route"
)

// address is where a server is, and as who it is spoken to.
type address struct {
	network  string // "tcp" or "unix"
	address  string // host:port, or the socket's path
	host     string // of a certificate; empty: a socket
	tls      bool
	user     string // empty: the server's default user
	password fob.Secret
	db       int
}

// port is Redis' own, in the clear and with TLS.
const port = "6379"

// parseURL reads a URL. Its errors quote nothing of it: where a password is not escaped, each part may be some of it.
func parseURL(text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, errors.New("not a URL") // err quotes it
	}
	a := address{network: "tcp", user: u.User.Username(), host: u.Hostname()}
	password, _ := u.User.Password()
	a.password = fob.Secret(password)
	switch u.Scheme {
	case "redis", "valkey":
	case "rediss", "valkeys":
		a.tls = true
	case "unix":
		return a.socket(u)
	default:
		return address{}, errors.New("scheme is none of redis, rediss, valkey, valkeys, unix")
	}
	return a.server(u)
}

// server completes the address of a server by TCP: its path is the database.
func (a address) server(u *url.URL) (address, error) {
	if u.Opaque != "" || a.host == "" {
		return address{}, errors.New("no host")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return address{}, errors.New("it has parameters, which only unix has")
	}
	a.address = net.JoinHostPort(a.host, cmp.Or(u.Port(), port))
	var err error
	a.db, err = database(strings.TrimPrefix(u.Path, "/"))
	return a, err
}

// socket completes the address of a socket: its path is the file's.
func (a address) socket(u *url.URL) (address, error) {
	if u.Host != "" || !filepath.IsAbs(u.Path) {
		return address{}, errors.New("the socket's path is not absolute")
	}
	query := u.Query()
	delete(query, "db")
	if len(query) > 0 || u.Fragment != "" {
		return address{}, errors.New("it has a parameter other than db")
	}
	a.network, a.address, a.host = "unix", u.Path, ""
	var err error
	a.db, err = database(u.Query().Get("db"))
	return a, err
}

// database is the number of a database; none is 0.
func database(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, errors.New("the database is not a number")
	}
	return int(n), nil
}

// private reports whether nobody can listen to what is said to a.
func (a address) private() bool { return a.tls || a.network == "unix" || route.Loopback(a.host) }
