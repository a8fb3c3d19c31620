package redis_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/redistest"
)

const canary = "fob-canary-7f3a9c"

// documented is the user of the package's comment.
func documented(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile("redis.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(source), "ACL SETUSER fob on >PASSWORD ")
	if !ok {
		t.Fatal("redis.go has no ACL line")
	}
	rules, _, _ := strings.Cut(rest, "\n")
	return "user fob on >" + canary + " " + rules
}

// user is a URL of a user of that name.
func user(s *redistest.Server, name string) string {
	return fmt.Sprintf("redis://%s:%s@%s", name, canary, s.Address())
}

// check is what Check says, which is one line that holds no secret.
func check(t *testing.T, o redis.Options) error {
	t.Helper()
	err := open(t, o).Check(t.Context())
	if err != nil && (strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "\n")) {
		t.Errorf("%T: a secret, or more than a line", err)
	}
	return err
}

// want checks that err says of the server at address what follows field.
func want(t *testing.T, err error, field, address, text string) {
	t.Helper()
	var e *redis.ServerError
	if line := strings.ReplaceAll(text, "ADDRESS", address); !errors.As(err, &e) || e.Field != field || err.Error() != "redis: "+line {
		t.Errorf("got %v, want %s", err, line)
	}
}

func TestAServerThatHasWhatIsNeededPasses(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Password: canary, Config: []string{documented(t)}})
	for name, o := range map[string]redis.Options{
		"by TCP":                    {URL: server.URL()},
		"by its socket":             {URL: "unix://:" + canary + "@" + server.Socket()},
		"password apart":            {URL: "redis://" + server.Address() + "/3", Password: canary},
		"as the user of the manual": {URL: user(server, "fob") + "/3"},
	} {
		if err := check(t, o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if keys := server.CLI("KEYS", "*"); keys != "" && keys != "fob:{}" {
		t.Errorf("left behind: %s", keys)
	}
}

func TestARefusalIsOneLineThatNamesTheSetting(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Password: canary, Config: []string{
		"user keyless on >" + canary + " ~other:* +@all",
		"user deaf on >" + canary + " ~* +@all -client|tracking",
		"user mute on >" + canary + " ~* +@all -evalsha",
		"user weak on >" + canary + " ~* +@all -hset",
	}})
	address := server.Address()
	for _, c := range []struct{ url, field, text string }{
		{"redis://" + address, "Password", "Password: ADDRESS wants a password"},
		{"redis://:not-" + canary + "@" + address, "Password", "Password: ADDRESS refuses user or password"},
		{user(server, "nobody"), "Password", "Password: ADDRESS refuses user or password"},
		{server.URL() + "/99", "URL", "URL: ADDRESS has no such database"},
		{user(server, "keyless"), "ACL", "ACL: ADDRESS denies the user the keys"},
		{user(server, "deaf"), "ACL", "ACL: ADDRESS denies the user the command client|tracking"},
		{user(server, "mute"), "ACL", "ACL: ADDRESS denies the user the command evalsha"},
		{user(server, "weak"), "ACL", "ACL: ADDRESS denies the user a command"},
	} {
		err := check(t, redis.Options{URL: c.url})
		want(t, err, c.field, address, c.text)
		if fob.OutcomeOf(err) != fob.Local {
			t.Errorf("%v: not for somebody here to mend", err)
		}
	}
}

func TestTLSThatDoesNotMatchIsOneLine(t *testing.T) {
	secure, clear := redistest.Start(t, redistest.Options{TLS: true}), redistest.Start(t, redistest.Options{})
	trusting := &tls.Config{RootCAs: secure.Roots}
	if err := check(t, redis.Options{URL: secure.URL(), TLS: trusting}); err != nil {
		t.Error(err)
	}
	misnamed := trusting.Clone()
	misnamed.ServerName = "redis.example"
	for _, c := range []struct {
		o       redis.Options
		address string
		text    string
	}{
		{redis.Options{URL: secure.URL()}, secure.Address(), "TLS: ADDRESS has a certificate of an unknown authority"},
		{redis.Options{URL: secure.URL(), TLS: misnamed}, secure.Address(), "TLS: ADDRESS has a certificate for another name"},
		{redis.Options{URL: "redis://" + secure.Address()}, secure.Address(), "TLS: ADDRESS cannot be spoken to, perhaps for want of TLS: connection ended"},
		{redis.Options{URL: "rediss://" + clear.Address()}, clear.Address(), "TLS: ADDRESS cannot be spoken to with TLS: no answer in time"},
	} {
		want(t, check(t, c.o), "TLS", c.address, c.text)
	}
}

func TestAServerThatIsNotThereIsUnreachable(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, c := range []struct{ url, address, text string }{
		{"redis://" + gone.Addr().String(), gone.Addr().String(), "URL: ADDRESS cannot be reached: connect: connection refused"},
		{"redis://" + silent.Addr().String(), silent.Addr().String(), "URL: ADDRESS cannot be reached: no answer in time"},
		{"unix:///nowhere/at/all", "/nowhere/at/all", "URL: ADDRESS cannot be reached: connect: no such file or directory"},
	} {
		err := check(t, redis.Options{URL: c.url})
		want(t, err, "URL", c.address, c.text)
		var e *redis.ServerError
		if errors.As(err, &e) && (!e.Unreachable() || e.Refusal() || e.Outcome() != fob.Transient) {
			t.Errorf("%v: taken for an answer", err)
		}
	}
}

func TestAnotherKindOfServerIsToldApart(t *testing.T) {
	web := httptest.NewServer(nil)
	defer web.Close()
	address := web.Listener.Addr().String()
	want(t, check(t, redis.Options{URL: "redis://" + address}), "URL", address, "URL: ADDRESS is no Redis server")
}

func TestAServerThatTellsOfNoChangesIsToldApart(t *testing.T) {
	const tooOld = "URL: ADDRESS is older than Redis 6, or speaks as if it were"
	for name, answers := range map[string]map[string]string{
		"Redis 5": {
			"HELLO":  "-ERR unknown command `HELLO`, with args beginning with: `3`",
			"CLIENT": "-ERR Unknown subcommand or wrong number of arguments for 'TRACKING'. Try CLIENT HELP",
		},
		"a proxy without RESP3":        {"HELLO": "-NOPROTO unsupported protocol version", "CLIENT": "+OK"},
		"a proxy that greets in RESP2": {"HELLO": "*2\r\n$5\r\nproto\r\n:2", "CLIENT": "+OK"},
		"a service without tracking":   {"HELLO": "%1\r\n$5\r\nproto\r\n:3", "CLIENT": "-ERR CLIENT TRACKING is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			address := answering(t, answers)
			want(t, check(t, redis.Options{URL: "redis://" + address}), "URL", address, tooOld)
		})
	}
}

// answering is a server that knows these words, by the first of each request.
func answering(t *testing.T, answers map[string]string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer(conn, answers)
		}
	}()
	return l.Addr().String()
}

func answer(conn net.Conn, answers map[string]string) {
	defer conn.Close()
	words := bufio.NewScanner(conn)
	for first := false; words.Scan(); {
		word := words.Text()
		switch text, known := answers[word]; {
		case strings.HasPrefix(word, "*"):
			first = true
		case first && !strings.HasPrefix(word, "$"):
			if first = false; !known {
				text = "-ERR unknown command"
			}
			fmt.Fprintf(conn, "%s\r\n", text)
		}
	}
}

func TestAServerThatCannotWriteSaysWhy(t *testing.T) {
	for text, config := range map[string][]string{
		"ADDRESS refuses to write, since its memory is full":    {"maxmemory 1", "maxmemory-policy noeviction"},
		"ADDRESS refuses to write, since it lacks replicas":     {"min-replicas-to-write 1"},
		"URL: ADDRESS is a replica, which cannot be written to": {"replicaof 127.0.0.1 1", "replica-serve-stale-data yes"},
		"URL: ADDRESS is a replica without its master":          {"replicaof 127.0.0.1 1", "replica-serve-stale-data no"},
		"URL: ADDRESS is one of a cluster":                      {"cluster-enabled yes"},
	} {
		t.Run(text, func(t *testing.T) {
			server := redistest.Start(t, redistest.Options{Config: config})
			err := check(t, redis.Options{URL: server.URL()})
			field, _, named := strings.Cut(text, ": ")
			if !named {
				field = ""
			}
			want(t, err, field, server.Address(), text)
		})
	}
}

func TestAServerThatCannotSaveSaysSo(t *testing.T) {
	server := redistest.Start(t, redistest.Options{Config: []string{"save 3600 1"}})
	if err := os.Mkdir(filepath.Join(server.Dir(), "dump.rdb"), 0o700); err != nil {
		t.Fatal(err)
	}
	server.CLI("BGSAVE")
	for !strings.Contains(server.CLI("INFO", "persistence"), "rdb_last_bgsave_status:err") {
		if t.Context().Err() != nil {
			t.Fatal("it saves")
		}
	}
	want(t, check(t, redis.Options{URL: server.URL()}), "", server.Address(), "ADDRESS refuses to write, since it cannot save to its disk")
}

func TestACheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, redis.Options{URL: "redis://127.0.0.1:1"}).Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
