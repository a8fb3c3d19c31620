#!/bin/sh
# Puts fob on a node before its kubelet starts: run as root, by cloud-init or while an image is built. What it installs lies beside it:
# fob and fob-helper, built for the node, and the two files of this directory. DESTDIR is the root of an image; empty: the running node.
set -eu
cd "$(dirname "$0")"
root=${DESTDIR:-}

install -d -m 0755 "$root/etc/fob" "$root/opt/fob/bin"
install -d -m 0700 "$root/var/lib/fob"
install -m 0755 fob fob-helper "$root/opt/fob/bin"
ln -sfn fob-helper "$root/opt/fob/bin/fob-kubelet"
install -m 0644 config.toml providers.yaml "$root/etc/fob"
