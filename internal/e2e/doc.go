// Package e2e holds fob against peers that nobody here wrote: oidc-provider issues the tokens, to people by way of
// Chromium; git, kubectl, client-go, docker, skopeo, crane, docker-registry, go, cargo, terraform, pip and the libraries of
// AWS and Google use them; and processes on machines of their own share them through redis-server, whatever happens to it. It is a module of its own, so that who imports fob downloads none of its needs; the kubelet's
// code has one more, in kubelet.
//
// install.sh installs what Debian and npm offer of the peers. A test whose program is missing skips with one line that
// names it; with FOB_E2E_REQUIRE=1 in the environment it fails instead, but for what nothing can install (need.go).
// newgit.sh fetches a newer git, for FOB_E2E_GIT.
package e2e
