package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
	"github.com/rogpeppe/go-internal/testscript"
)

// beBrowser is a person's browser, by the name of this test's binary in a machine's bin: person LOG MANNER URL. It writes down that it was opened,
// makes the noise that browsers make, and goes where it is led.
func beBrowser(args []string) int {
	log, manner, url := args[0], args[1], args[2]
	fmt.Println("a browser's chatter")
	fmt.Fprintln(os.Stderr, "a browser's complaint")
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	fmt.Fprintf(f, "opened %s\n", manner)
	for _, kv := range os.Environ() {
		if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "FOB_") || strings.Contains(value, oauthtest.Canary) {
			fmt.Fprintf(f, "inherited %s\n", name)
		}
	}
	f.Close()
	if manner == "slow" { // until there is a file by the log that says go
		for _, err := os.Stat(filepath.Join(filepath.Dir(log), "go")); err != nil; _, err = os.Stat(filepath.Join(filepath.Dir(log), "go")) {
			time.Sleep(5 * time.Millisecond)
		}
		manner = "follow"
	}
	return manners[manner](url)
}

// manners are what people do with a browser.
var manners = map[string]func(url string) int{
	"follow": func(url string) int { return visit(http.DefaultClient, url) },
	"close":  func(string) int { return 0 }, // and never come back
	"crash":  func(string) int { return 3 },
	"stray": func(url string) int { // first with what somebody else made up
		return redirected(url, func(landing string) int {
			return visit(http.DefaultClient, strings.Replace(landing, "state=", "state=x", 1)) + visit(http.DefaultClient, landing)
		})
	},
	"lost": func(url string) int { // only with that
		return redirected(url, func(landing string) int {
			return visit(http.DefaultClient, strings.Replace(landing, "state=", "state=x", 1))
		})
	},
	"twice": func(url string) int {
		return redirected(url, func(landing string) int {
			return visit(http.DefaultClient, landing) + visit(http.DefaultClient, landing)
		})
	},
}

// redirected goes on with where the server leads.
func redirected(url string, next func(landing string) int) int {
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := stay.Get(url)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return next(resp.Header.Get("Location"))
}

// visit is 0, whatever the server says: so is a browser.
func visit(c *http.Client, url string) int {
	if resp, err := c.Get(url); err == nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return 0
}

// browser makes a person's browser the one that is opened: browser MANNER. What it was opened for is in browser.log.
func browser(ts *testscript.TestScript, neg bool, args []string) {
	words, err := machineOf(ts).browser(args[0])
	ts.Check(err)
	ts.Setenv("FOB_BROWSER", words)
}

// browser installs a person's browser, and is the FOB_BROWSER that names it.
func (m *machine) browser(manner string) (words string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := m.path("bin", "person"+exe)
	if _, err := os.Stat(path); err != nil && os.Link(self, path) != nil {
		if err := duplicate(self, path); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf(`"%s" "%s" %s`, path, m.path("browser.log"), manner), nil
}

// opened counts how often a browser was opened: opened N
func opened(ts *testscript.TestScript, neg bool, args []string) {
	if n := fmt.Sprint(machineOf(ts).opened()); n != args[0] {
		ts.Fatalf("%s browsers were opened, want %s", n, args[0])
	}
}

// isBrowser reports whether this process is to be one.
func isBrowser() bool {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), exe) == "person" && len(os.Args) == 4
}

// people are what the server's person does, by a word.
var people = map[string]func(*oauthtest.Person){
	"agrees":  func(p *oauthtest.Person) { *p = oauthtest.Person{Interval: 1} },
	"denies":  func(p *oauthtest.Person) { *p = oauthtest.Person{Interval: 1, Error: "access_denied"} },
	"waits":   func(p *oauthtest.Person) { *p = oauthtest.Person{Interval: 1, Pending: 1} },
	"dawdles": func(p *oauthtest.Person) { *p = oauthtest.Person{Interval: 1, Pending: 1 << 20} },
	"late":    func(p *oauthtest.Person) { *p = oauthtest.Person{Interval: 1, Error: "expired_token"} },
	"other":   func(p *oauthtest.Person) { *p = oauthtest.Person{Interval: 1, Subject: "bob"} },
	"named": func(p *oauthtest.Person) {
		*p = oauthtest.Person{Interval: 1, Claims: func(c map[string]any) { c["name"], c["email"] = "Ada \x1b[31mLovelace", "ada@corp.example" }}
	},
}

// answers writes what somebody types, a line each, into a file; %secret is the client's: answers FILE LINE...
func answers(ts *testscript.TestScript, neg bool, args []string) {
	text := strings.Join(args[1:], "\n") + "\n"
	ts.Check(machineOf(ts).write(args[0], strings.ReplaceAll(text, "%secret", string(clientSecret))))
}
