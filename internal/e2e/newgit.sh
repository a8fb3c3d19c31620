#!/bin/sh
# newgit.sh DIR: puts Debian 13's git (2.47: it knows authtype and state) into DIR/bin, to be run beside the machine's own.
# It comes from where the machine's apt gets Debian, with all its libraries and the loader that they want; nothing is
# installed. FOB_E2E_GIT=DIR/bin/git has the tests use it.
set -eu
mkdir -p "$1/apt/lists/partial" "$1/apt/archives/partial" "$1/root" "$1/bin"
dir=$(cd "$1" && pwd)

site=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME)' 'Created-By: Packages' |
	awk '$2 == "Debian" && $3 !~ /-/ { print $1; exit }')
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site trixie main" >"$dir/apt/sources.list"
: >"$dir/apt/status" # nothing is installed there: each library is fetched
fetch() {
	apt-get -qq -o Dir::Etc::sourcelist="$dir/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State="$dir/apt" \
		-o Dir::State::status="$dir/apt/status" -o Dir::Cache="$dir/apt" -o APT::Sandbox::User=root "$@"
}
fetch update
fetch install -y --download-only --no-install-recommends git >/dev/null
for deb in "$dir"/apt/archives/*.deb; do
	case ${deb##*/} in perl* | libperl* | git-man*) continue ;; esac
	dpkg-deb -x "$deb" "$dir/root"
done

# The machine's loader would give these programs the machine's libraries, so each gets a script that names their own.
loader=$(echo "$dir"/root/usr/lib*/ld-linux*)
libraries=$(dirname "$(echo "$dir"/root/usr/lib/*/libc.so.6)")
for program in "$dir"/root/usr/lib/git-core/*; do
	[ -f "$program" ] || continue
	name=${program##*/}
	if [ "$(head -c 4 "$program" | tail -c 3)" = ELF ]; then
		cat >"$dir/bin/$name" <<-EOF
			#!/bin/sh
			export GIT_EXEC_PATH="$dir/bin" GIT_TEMPLATE_DIR="$dir/root/usr/share/git-core/templates"
			exec "$loader" --library-path "$libraries" --argv0 $name "$program" "\$@"
		EOF
		chmod +x "$dir/bin/$name"
	else
		ln -sf "$program" "$dir/bin/$name"
	fi
done
"$dir/bin/git" --version
