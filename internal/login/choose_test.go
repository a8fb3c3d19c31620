package login_test

import (
	"strings"
	"testing"

	"github.com/fobkit/fob/internal/login"
)

func TestTheChoiceIsWhatAPersonWouldMake(t *testing.T) {
	const (
		anywhere = "terminal browser device "
		linux    = "os=linux " + anywhere
		desk     = linux + "DISPLAY=:0 "
		window   = "os=linux browser device DISPLAY=:0 " // a program with windows: no terminal
	)
	for scene, want := range map[string]string{
		desk:                        "browser: there is a display",
		linux + "WAYLAND_DISPLAY=w": "browser: there is a display",
		linux:                       "device: there is no display",
		"os=darwin " + anywhere:     "browser: there is a display",
		"os=windows " + anywhere:    "browser: there is a display",
		window:                      "browser: there is a display",
		"os=linux browser device":   ": there is no terminal and no display",
		linux + "TERM=dumb":         "device: there is no display",

		desk + "SSH_CONNECTION=c":                    "device: this is an ssh session",
		desk + "SSH_TTY=/dev/pts/1":                  "device: this is an ssh session",
		"os=darwin SSH_CLIENT=c " + anywhere:         "device: this is an ssh session",
		"os=darwin SSH_CLIENT=c browser device":      ": there is no terminal and no display",
		desk + "WSL_DISTRO_NAME=Debian":              "device: this is WSL",
		desk + "kernel=5.15-microsoft-standard-WSL2": "device: this is WSL",
		desk + "has=/.dockerenv":                     "device: this is a container",
		desk + "has=/run/.containerenv":              "device: this is a container",
		desk + "KUBERNETES_SERVICE_HOST=10.0.0.1":    "device: this is a container",
		desk + "SSH_TTY=/dev/pts/1 FOB_BROWSER=open": "browser: there is a display",
		window + "has=/.dockerenv":                   ": there is no terminal and no display",
		"os=linux terminal browser SSH_CONNECTION=c": "paste: this is an ssh session",
		"os=linux terminal browser":                  "paste: there is no display",
		"os=linux terminal device DISPLAY=:0":        "device: there is no display",
		"os=linux device DISPLAY=:0":                 ": there is no terminal to show a code on",
		"os=linux terminal DISPLAY=:0":               ": the server offers no login that fob knows",
		linux + "BROWSER=w3m":                        "browser: there is a display",
		desk + "CI=true":                             ": CI is set",
		desk + "CI=false":                            "browser: there is a display",
		desk + "CI=true wish=device":                 "device: asked for",
		"os=linux browser device wish=device":        "device: asked for",
		"os=linux terminal browser wish=device":      ": the server offers no login by device",
		desk + "wish=browser":                        "browser: asked for",
		"os=linux terminal device wish=browser":      ": the server offers no login by browser",
		desk + "wish=paste":                          "paste: asked for",
		desk + "tool=git may":                        "browser: there is a display",
		desk + "tool=git":                            ": git says that nobody may be asked",
		"os=linux browser device tool=git may":       ": there is no terminal and no display",
		linux + "tool=git may SSH_TTY=/dev/pts/1":    "device: this is an ssh session",
		window + "tool=kubernetes may":               "browser: there is a display",
		desk + "tool=kubernetes":                     ": kubernetes says that nobody may be asked",
		desk + "tool=docker":                         "browser: there is a display",
		window + "tool=docker":                       ": docker without a terminal",
		desk + "tool=google":                         ": google says that nobody may be asked",
		desk + "tool=google may":                     "browser: there is a display",
		desk + "tool=git may CI=1":                   ": CI is set",
		desk + "tool=kubelet":                        ": kubelet asks nobody",
		desk + "tool=bazel may":                      ": bazel asks nobody",
		desk + "tool=goauth may":                     ": goauth asks nobody",
		desk + "tool=cargo may":                      ": cargo asks nobody",
		desk + "tool=terraform may":                  ": terraform asks nobody",
		desk + "tool=aws may":                        ": aws asks nobody",
		desk + "tool=keyring may":                    ": keyring asks nobody",
		desk + "tool=vault may":                      ": vault asks nobody",
		desk + "tool=raw may":                        ": raw asks nobody",
		desk + "tool=headers may":                    ": headers asks nobody",
	} {
		got := scenery(scene).Choose()
		if text := string(got.Way) + ": " + got.Why; text != want {
			t.Errorf("%s: %q, want %q", scene, text, want)
		}
	}
}

// scenery reads a scene: words of it, and variables.
func scenery(text string) login.Scene {
	vars := make(map[string]string)
	for _, word := range strings.Fields(text) {
		name, value, found := strings.Cut(word, "=")
		if !found {
			value = "yes"
		}
		vars[name] = value
	}
	get := func(name string) string { return vars[name] }
	return login.Scene{
		OS: get("os"), Getenv: get, Exists: func(path string) bool { return path == get("has") }, Kernel: get("kernel"),
		Terminal: get("terminal") != "", Tool: get("tool"), Interactive: get("may") != "",
		Browser: get("browser") != "", Device: get("device") != "", Wish: login.Way(get("wish")),
	}
}
