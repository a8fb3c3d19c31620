package credhelper

import "strings"

// The registry that an image without one comes from, and the host by which Docker's helpers know it.
const (
	dockerHub     = "docker.io"
	dockerHubHost = "index.docker.io"
)

// maxImage is the longest name of an image, without tag and digest, that registries take.
const maxImage = 255

// setImage fills Server, Host, Port and Path from an image reference as github.com/distribution/reference has it:
// [REGISTRY/]NAME[:TAG][@DIGEST].
func (r *Request) setImage(image string) error {
	name, digest, pinned := strings.Cut(image, "@")
	if pinned && !isDigest(digest) {
		return badRequest("an image with a digest out of form")
	}
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		if !isTag(name[i+1:]) {
			return badRequest("an image with a tag out of form")
		}
		name = name[:i]
	}
	registry, path := splitImage(name)
	if len(name) > maxImage || !isImagePath(path) {
		return badRequest("an image with a name out of form")
	}
	r.Server, r.Path = registry, path
	if registry == dockerHub {
		registry = dockerHubHost
	}
	return r.setOrigin("https", registry)
}

// splitImage tells a registry from a first directory as Docker does: by a dot, a colon or localhost.
func splitImage(name string) (registry, path string) {
	first, rest, slash := strings.Cut(name, "/")
	switch {
	case !slash:
		return dockerHub, "library/" + name
	case first == dockerHubHost:
		return dockerHub, rest
	case first != "localhost" && !strings.ContainsAny(first, ".:"):
		return dockerHub, name
	}
	return first, rest
}

// isImagePath holds for words, joined by slashes.
func isImagePath(path string) bool {
	for word := range strings.SplitSeq(path, "/") {
		if !isImageWord(word) {
			return false
		}
	}
	return true
}

// isImageWord holds for lower-case letters and digits, among which may stand single dots, one underscore or two, and hyphens.
func isImageWord(s string) bool {
	for {
		rest := strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz0123456789")
		if rest == s || rest == "" {
			return rest != s
		}
		joint := rest[:len(rest)-len(strings.TrimLeft(rest, "._-"))]
		if joint != "." && joint != "_" && joint != "__" && strings.Trim(joint, "-") != "" {
			return false
		}
		s = rest[len(joint):]
	}
}

func isTag(tag string) bool {
	return tag != "" && len(tag) <= 128 && strings.IndexByte(".-", tag[0]) < 0 && !strings.ContainsFunc(tag, func(r rune) bool { return r != '.' && isNotHost(r) })
}

// isDigest holds for an algorithm, a colon and at least 32 hexadecimal digits.
func isDigest(digest string) bool {
	algorithm, sum, ok := strings.Cut(digest, ":")
	return ok && algorithm != "" && len(sum) >= 32 && !strings.ContainsFunc(algorithm, func(r rune) bool { return !strings.ContainsRune("+._-", r) && isNotHost(r) }) &&
		!strings.ContainsFunc(sum, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}
