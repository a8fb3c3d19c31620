// Package redistest runs a real redis-server for a test, and has it suffer what servers suffer.
//
//	server := redistest.Start(t, redistest.Options{Password: "fob-canary-7f3a9c"})
//	store, err := redis.Open(redis.Options{URL: server.URL()})
//	server.Kill()
package redistest

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Options are what a server is started with. The zero Options: anybody may do anything, and nothing outlives the server.
type Options struct {
	Password string   // of the default user; empty: it needs none
	TLS      bool     // by TCP, a certificate for 127.0.0.1 and localhost; the socket is in the clear
	Append   bool     // all that was written outlives the server
	Config   []string // more lines of redis.conf
}

// Server is a redis-server on loopback. It ends with the test.
type Server struct {
	Roots *x509.CertPool // the authority of its certificate; nil: no TLS

	t       testing.TB
	options Options
	dir     string // its own, and its working directory
	port    int
	process *os.Process
	ended   chan struct{} // closed when process has
}

// Start starts a server. Where there is no redis-server the test is skipped, or fails if FOB_E2E_REQUIRE=1.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	need(t, "redis-server", "redis-cli")
	dir, err := os.MkdirTemp("", "redis") // t.TempDir's name may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, options: o, dir: dir}
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(dir)
	})
	if o.TLS {
		s.Roots = s.certify()
	}
	for range 5 { // somebody may take a port between its choice and its use
		if s.port = freePort(t); s.try() {
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, name := range programs {
		_, err := exec.LookPath(name)
		switch {
		case err == nil:
		case os.Getenv("FOB_E2E_REQUIRE") == "1":
			t.Fatalf("%s is not installed, and FOB_E2E_REQUIRE=1", name)
		default:
			t.Skipf("%s is not installed: of Debian's packages, redis-server has it", name)
		}
	}
}

// Restart starts the server where it was, after Kill.
func (s *Server) Restart() {
	s.t.Helper()
	if !s.try() {
		s.t.Fatal("redis-server does not start again")
	}
}

// try reports whether the server got ready.
func (s *Server) try() bool {
	s.t.Helper()
	conf := filepath.Join(s.dir, "redis.conf")
	if err := os.WriteFile(conf, []byte(s.conf()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("redis-server", conf)
	cmd.Dir = s.dir
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				close(ready)
			}
		}
		cmd.Wait()
	}()
	select {
	case <-ready:
		s.process, s.ended = cmd.Process, ended
		return true
	case <-ended:
		return false
	}
}

func (s *Server) conf() string {
	lines := []string{"bind 127.0.0.1", "unixsocket " + s.Socket(), `save ""`, "dir " + s.dir}
	if s.options.TLS {
		lines = append(lines, "port 0", "tls-port "+strconv.Itoa(s.port), "tls-cert-file cert.pem", "tls-key-file key.pem", "tls-ca-cert-file ca.pem", "tls-auth-clients no")
	} else {
		lines = append(lines, "port "+strconv.Itoa(s.port))
	}
	if s.options.Password != "" {
		lines = append(lines, "requirepass "+s.options.Password)
	}
	if s.options.Append {
		lines = append(lines, "appendonly yes", "appendfsync always")
	}
	return strings.Join(append(lines, s.options.Config...), "\n") + "\n"
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Address is host and port.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Dir is where the server has its files.
func (s *Server) Dir() string { return s.dir }

// OnDisk is what the server has written to files, since it started or at SAVE.
func (s *Server) OnDisk() []byte {
	s.t.Helper()
	var all bytes.Buffer
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".rdb") && !strings.HasSuffix(path, ".aof") {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all.Bytes()
}

// Socket is the path of the server's socket.
func (s *Server) Socket() string { return filepath.Join(s.dir, "s") }

// URL is the server's, by TCP, with its password.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", Host: s.Address()}
	if s.options.TLS {
		u.Scheme = "rediss"
	}
	if s.options.Password != "" {
		u.User = url.UserPassword("", s.options.Password)
	}
	return u.String()
}

// CLI is what redis-cli prints.
func (s *Server) CLI(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("redis-cli", append([]string{"-s", s.Socket(), "--no-auth-warning"}, args...)...)
	cmd.Env = append(os.Environ(), "REDISCLI_AUTH="+s.options.Password)
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("redis-cli %s: %v", args[0], err)
	}
	return strings.TrimSuffix(string(out), "\n")
}
