package main

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/keyring"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/config"
	"github.com/fobkit/fob/internal/login"
	"github.com/fobkit/fob/internal/route"
	"github.com/fobkit/fob/internal/seal"
	"github.com/fobkit/fob/internal/session"
	"github.com/fobkit/fob/internal/setup"
	"github.com/fobkit/fob/internal/stored"
	"github.com/fobkit/fob/oauth"
)

// hint is what to do about err. Libraries state facts; only the command gives advice. Empty: there is none to give.
func hint(err error) string {
	var (
		untrusted *atomicfile.UntrustedError
		refused   *oauth.Error
		hosts     *hostError
		scheme    *schemeError
		allow     *allowError
		front     *frontError
		equal     *route.AmbiguousError
		seed      *seedError
		sealed    *seal.RecordError
		before    *fob.RememberedError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		nobody    *nobodyError
		under     *login.UnderWayError
		missing   *fs.PathError
		written   *config.Error
		store     *session.StoreError
		unknown   *config.UnknownProfileError
	)
	switch {
	case errors.As(err, &written) && strings.HasSuffix(strings.ToLower(written.Reason), "store_keys is missing"):
		return `make a key with "fob keygen", and have every machine read it: store_keys = { file = "…" }`
	case errors.As(err, &store):
		return storeHint(store, profileOf(err))
	case errors.As(err, new(*serverError)) && errors.As(err, &authority):
		return "if you trust the server's authority, name a PEM file with its certificate in --ca-file"
	case errors.As(err, new(*serverError)) && errors.As(err, &refused) && refused.Unreachable():
		return "check the URL, and whether the server can be reached from here"
	case errors.As(err, new(*serverError)) && !errors.Is(err, oauth.ErrInsecure):
		return "name the server with --issuer, or a system that fob knows with --provider"
	case errors.As(err, &nobody) && nobody.ByHand:
		return "say how with --browser, --device or --no-browser"
	case errors.As(err, &under) && under.Notice.URL != "":
		return loginHint(under.Notice)
	case errors.As(err, &refused) && refused.Code == "access_denied":
		return "whoever was asked, or a rule of the server, said no"
	case errors.As(err, new(lackError)):
		return `on a terminal "fob login" asks; without one: fob login --yes --issuer URL --client-id ID --host HOST`
	case errors.Is(err, oauth.ErrPorts):
		return fmt.Sprintf("end what listens there, or name another port in redirect_uri of profile %s; --device needs none", profileOf(err))
	case errors.As(err, new(*noProfilesError)):
		return `"fob login" writes one by asking, "fob init" a file to begin with`
	case errors.As(err, &unknown) && unknown.Similar == "":
		return `"fob config" lists those there are, "fob login URL" adds one`
	case errors.As(err, &seed):
		return fmt.Sprintf("put a new refresh token where refresh_token of profile %s says", profileOf(err))
	case errors.Is(err, keyring.ErrLocked):
		return "unlock the keyring"
	case errors.As(err, &sealed) && keyGone(err) && stored.IsRecord(sealed.Name):
		return `give it anew with the tool that it is for, such as by "docker login"`
	case errors.As(err, &sealed) && keyGone(err):
		return "log in anew"
	case errors.Is(err, seal.ErrGone):
		return "what it sealed cannot be opened any more: remove seal.key, and log in anew"
	case errors.Is(err, fob.ErrLoginRequired):
		return fmt.Sprintf("run %q", "fob login "+profileOf(err))
	case errors.As(err, &before):
		return fmt.Sprintf("the server is asked again at %s, or now by %q", before.Until.Local().Format(time.TimeOnly), "fob login "+profileOf(err))
	case errors.Is(err, errWhichLogout):
		return "name a profile, or log out of every one with --all"
	case errors.Is(err, config.ErrNotChosen):
		return `name a profile, or set default = "…" in the configuration`
	case errors.As(err, new(*placeError)) && errors.As(err, &untrusted):
		return "name a file in a directory where only you can write, such as one below XDG_RUNTIME_DIR"
	case errors.As(err, new(*placeError)) && errors.As(err, &missing) && errors.Is(missing, fs.ErrNotExist):
		return "make it first: mkdir -m 700 " + missing.Path
	case errors.As(err, &untrusted) && untrusted.Reason == "owned by someone else":
		return "run fob as whoever owns it, or make it yours"
	case errors.As(err, &untrusted) && untrusted.Reason == "writable by others":
		return fmt.Sprintf("make it yours alone: chmod go-w %s", untrusted.Path)
	case errors.As(err, &untrusted) && untrusted.Reason == "a symbolic link":
		return "set FOB_STATE to the directory itself"
	case errors.As(err, &untrusted) && untrusted.Reason == "shared with others":
		return "name a directory of your own in FOB_STATE"
	case errors.As(err, new(*setup.ConflictError)):
		return `take its place with --replace; "fob unsetup" gives it back`
	case errors.As(err, new(*setup.LinkError)):
		return "remove it if nobody needs it"
	case errors.As(err, &authority):
		return fmt.Sprintf("if you trust the server's authority, put its certificate into a PEM file, and name that in ca_file of profile %s", profileOf(err))
	case errors.As(err, &name):
		return fmt.Sprintf("check the host in issuer or token_endpoint of profile %s, and whether a proxy answers in its place", profileOf(err))
	case errors.As(err, &hosts):
		return fmt.Sprintf("add the host to hosts of profile %s, if its token belongs there", hosts.Profile)
	case errors.As(err, &scheme):
		return "write https://" + scheme.Target.String()
	case errors.As(err, new(*noHostError)):
		return `"fob config" lists the hosts of each profile; FOB_LOG=debug says why each does not match`
	case errors.As(err, &allow):
		return fmt.Sprintf(`say where it goes with --for URL, or add %q to allow of profile %s`, allow.Front, allow.Profile)
	case errors.Is(err, errNoBearer):
		return "raw writes it as it is"
	case errors.As(err, &front) && front.Front == "kubernetes":
		return fmt.Sprintf(`add "kubernetes" to allow of profile %s, or set provideClusterInfo in the kubeconfig`, front.Profile)
	case errors.As(err, &front) && front.Front == "vault":
		return fmt.Sprintf(`add "vault" to allow of profile %s, or set VAULT_ADDR`, front.Profile)
	case errors.As(err, &front):
		return fmt.Sprintf("add %q to allow of profile %s", front.Front, front.Profile)
	case errors.As(err, &equal):
		return "name one of them, or set FOB_PROFILE"
	case errors.As(err, &refused) && refused.Op == "discovery" && refused.Problem != "":
		return "write issuer exactly as the server itself does: a slash at its end counts"
	case errors.As(err, &refused) && refused.NoIssuer():
		return fmt.Sprintf("check issuer of profile %s, or set token_endpoint", profileOf(err))
	case errors.As(err, &refused) && refused.Code == "invalid_request":
		return fmt.Sprintf("check audience, resource and params of profile %s: the server may want one more, or one less", profileOf(err))
	case errors.As(err, &refused) && refused.Code == "invalid_client":
		return "check client_id, client_secret and client_auth"
	}
	return ""
}

// loginHint is what a person has to do who is asked by another process.
func loginHint(n login.Notice) string {
	if n.Code != "" {
		return "open " + n.URL + " and enter the code " + n.Code
	}
	return "open " + n.URL
}

// storeHint is what to do about a store that machines share.
func storeHint(e *session.StoreError, profile string) string {
	var server *redis.ServerError
	switch {
	case e.Key == "store_password":
		return fmt.Sprintf("check store_password of profile %s, and the user in its store", profile)
	case e.Key == "store_ca_file":
		return fmt.Sprintf("check store of profile %s, and whether store_ca_file has the certificate of the server's authority", profile)
	case e.Key == "store_keys":
		return fmt.Sprintf("check store_keys of profile %s: all machines that share a store need the same", profile)
	case errors.As(e.Err, &server) && server.Field == "ACL":
		return "let the store's user do what docs/fleet.md lists"
	case errors.As(e.Err, &server) && !server.Unreachable():
		return ""
	}
	return fmt.Sprintf("check store of profile %s, and whether the server can be reached from here", profile)
}

// profileOf is the name of the profile that err is about.
func profileOf(err error) string { return cmp.Or(profileNamed(err), "PROFILE") }

// profileNamed is profileOf, or empty.
func profileNamed(err error) string {
	var (
		p      *session.ProfileError
		nobody *nobodyError
		under  *login.UnderWayError
		left   *login.UnansweredError
	)
	switch {
	case errors.As(err, &nobody):
		return nobody.Profile
	case errors.As(err, &under):
		return under.Profile
	case errors.As(err, &left):
		return left.Profile
	case errors.As(err, &p):
		return p.Name
	}
	return ""
}
