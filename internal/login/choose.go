package login

import (
	"slices"
	"strings"
)

// Way is how a person is asked.
type Way string

// The ways.
const (
	None    Way = ""        // not at all
	Browser Way = "browser" // a browser is opened, and comes back by itself
	Device  Way = "device"  // a code is shown, for a browser elsewhere (RFC 8628)
	Paste   Way = "paste"   // a URL is shown; the browser comes back by itself, or the person brings the URL where it ended
)

// Choice is a way, and the reason for it.
type Choice struct {
	Way Way
	Why string
}

// Scene is what a choice is made from.
type Scene struct {
	OS       string                   // as runtime.GOOS
	Getenv   func(name string) string // of the process that asks
	Exists   func(path string) bool   // looks for the marks of containers; nil: there are none
	Kernel   string                   // what /proc/version says; empty: nothing
	Terminal bool                     // there is one where the person sees what is written

	Tool        string // the calling protocol; empty: a person typed it
	Interactive bool   // the tool says that a person may be asked

	Browser, Device bool // the ways that profile and server offer: Browser by a redirect to this machine
	Wish            Way  // said by hand; None: nothing is
}

// asking are the tools for which a person may be asked. All others run unattended, or have no place to show anything: kubelet, Bazel, go, cargo,
// Terraform, AWS, and whatever reads a token alone.
var asking = []string{"git", "kubernetes", "docker", "google"}

// Choose is the way in which the person is asked, None with the reason why not.
func (s Scene) Choose() Choice {
	switch {
	case s.Wish != None:
		return s.granted()
	case s.Tool != "" && !slices.Contains(asking, s.Tool):
		return Choice{None, s.Tool + " asks nobody"}
	case s.Tool != "" && s.Tool != "docker" && !s.Interactive:
		return Choice{None, s.Tool + " says that nobody may be asked"}
	case s.Tool == "docker" && !s.Terminal: // which does not say, and asks for every build
		return Choice{None, "docker without a terminal"}
	case s.isSet("CI"):
		return Choice{None, "CI is set"}
	}
	return s.best()
}

// granted is the wish, if the server has that way.
func (s Scene) granted() Choice {
	if s.Wish == Device && !s.Device || s.Wish != Device && !s.Browser {
		return Choice{None, "the server offers no login by " + string(s.Wish)}
	}
	return Choice{s.Wish, "asked for"}
}

// best is a browser where one can come back, else what needs none here.
func (s Scene) best() Choice {
	away, display := s.elsewhere(), s.display()
	switch {
	case !s.Terminal && (!display || away != ""):
		return Choice{None, "there is no terminal and no display"}
	case s.Browser && display && away == "":
		return Choice{Browser, "there is a display"}
	case s.Device && s.Terminal:
		return Choice{Device, orElse(away, "there is no display")}
	case s.Browser && s.Terminal:
		return Choice{Paste, orElse(away, "there is no display")}
	case s.Device || s.Browser:
		return Choice{None, "there is no terminal to show a code on"}
	}
	return Choice{None, "the server offers no login that fob knows"}
}

func orElse(why, other string) string {
	if why == "" {
		return other
	}
	return why
}

// elsewhere is why the person's browser is not on this machine, as far as one can tell. A browser named for fob is a way to it.
func (s Scene) elsewhere() string {
	switch {
	case s.isSet("FOB_BROWSER"):
		return ""
	case s.isSet("SSH_CONNECTION"), s.isSet("SSH_TTY"), s.isSet("SSH_CLIENT"):
		return "this is an ssh session"
	case s.isSet("WSL_DISTRO_NAME"), strings.Contains(strings.ToLower(s.Kernel), "microsoft"):
		return "this is WSL"
	case s.isSet("KUBERNETES_SERVICE_HOST"), s.exists("/.dockerenv"), s.exists("/run/.containerenv"):
		return "this is a container"
	}
	return ""
}

// display reports whether a browser can show up. macOS and Windows always have a display.
func (s Scene) display() bool {
	if s.OS == "darwin" || s.OS == "windows" || s.isSet("FOB_BROWSER") || s.isSet("BROWSER") {
		return true
	}
	return s.isSet("DISPLAY") || s.isSet("WAYLAND_DISPLAY")
}

// isSet reports whether a variable is set to anything but what means no.
func (s Scene) isSet(name string) bool {
	switch strings.ToLower(s.Getenv(name)) {
	case "", "0", "false", "no":
		return false
	}
	return true
}

func (s Scene) exists(path string) bool { return s.Exists != nil && s.Exists(path) }
