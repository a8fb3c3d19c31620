#!/bin/sh
# Installs what the end-to-end tests need and this machine lacks: programs from Debian (12 or 13, as root), oidc-provider
# from npm, and from npm a newer node too where Debian's is too old for it. What is there already is left as it is.
set -eu
cd "$(dirname "$0")/provider"

docker_cli=docker-cli cargo=cargo
if grep -qs '^VERSION_ID="12"' /etc/os-release; then
	docker_cli=docker.io # Debian 12 has it in one package with the engine
	cargo=cargo-web      # its cargo knows no credential providers (1.74); this one is kept new for the browsers
fi

packages=
need() { # PROGRAM PACKAGE
	command -v "$1" >/dev/null || packages="$packages $2"
}
need git git
need node nodejs
need npm npm
need kubectl kubernetes-client
need docker-registry docker-registry
need skopeo skopeo
need htpasswd apache2-utils
need docker "$docker_cli"
need dbus-daemon dbus-daemon
need gnome-keyring-daemon gnome-keyring
need secret-tool libsecret-tools
need pass pass
need redis-server redis-server
need ip iproute2
need gpg gnupg
need strace strace
need cargo "$cargo"
need pip python3-pip
need chromium chromium
if [ -n "$packages" ]; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086 # a list of words
	apt-get install -y -qq --no-install-recommends $packages >/dev/null
fi

# oidc-provider 9 needs URL.parse and more that Debian 12's node 18 lacks.
if [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
	npm install --global --prefix /usr/local --loglevel=error "node-linux-$(node -p process.arch)@20" >/dev/null
fi
npm ci --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null
