package setup

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

var (
	// ErrKubeletPlaces is returned where the wish does not say what the kubelet was started with.
	ErrKubeletPlaces = errors.New("kubelet: both of its flags --image-credential-provider-config and --image-credential-provider-bin-dir are needed")
	errNotProviders  = errors.New("no CredentialProviderConfig")
	errNoReader      = errors.New("a profile that exchanges the pod's token has no issuer, for whom the kubelet would make it")
)

// imageProvider is a program that the kubelet runs for some images.
type imageProvider struct {
	name   string
	hosts  []route.Pattern
	reader string // of the pod's token; empty: none is wanted
}

// planKubelet adds providers of credentials to the file that the kubelet was started with, which looks for them in the directory that it was
// started with. A provider's name is its program's.
func planKubelet(_ context.Context, j *job) error {
	if _, err := j.hosts(); err != nil {
		return err
	}
	path := j.wish.KubeletConfig
	if path == "" || j.wish.KubeletBinDir == "" {
		return ErrKubeletPlaces
	}
	if err := j.providerConfig(path); err != nil {
		return err
	}
	providers, err := j.imageProviders()
	if err != nil {
		return err
	}
	for _, p := range providers {
		if err := j.want(path, entry{"yaml", []string{"providers", p.name}, strings.Join(p.lines(), "\n")}); err != nil {
			return err
		}
		j.linkAt(filepath.Join(j.wish.KubeletBinDir, p.name+exe))
	}
	return nil
}

// providerConfig makes the file what the kubelet reads, if it says nothing yet.
func (j *job) providerConfig(path string) error {
	text, err := j.text(path)
	if err != nil {
		return err
	}
	root, err := parseYAML(text)
	if err != nil {
		return &FileError{path, err}
	}
	for _, kv := range [][2]string{{"kind", "CredentialProviderConfig"}, {"apiVersion", "kubelet.config.k8s.io/v1"}} {
		_, has := member(root, kv[0])
		if has == nil {
			err = j.want(path, entry{"yaml", kv[:1], kv[1]})
		} else if kv[0] == "kind" && has.Value != kv[1] {
			err = &FileError{path, errNotProviders}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// imageProviders are one for all profiles, and one for each that wants the token of the pod's service account.
func (j *job) imageProviders() ([]imageProvider, error) {
	all := imageProvider{name: j.linkName("kubelet")}
	var readers []imageProvider
	for _, p := range j.profiles {
		switch {
		case !p.Subject:
			all.hosts = append(all.hosts, p.Hosts...)
		case p.Issuer == "":
			return nil, errNoReader
		default:
			readers = append(readers, imageProvider{"fob-kubelet-" + p.Name, p.Hosts, p.Issuer})
		}
	}
	if len(all.hosts) > 0 {
		readers = append(readers, all)
	}
	return readers, nil
}

// lines are the provider as an element of the list.
func (p imageProvider) lines() []string {
	lines := []string{"name: " + p.name, "apiVersion: credentialprovider.kubelet.k8s.io/v1", "matchImages:"}
	for _, h := range p.hosts {
		lines = append(lines, "- "+strconv.Quote(imageOf(h)))
	}
	lines = append(lines, "defaultCacheDuration: 0s")
	if p.reader != "" {
		lines = append(lines, "tokenAttributes:", "  serviceAccountTokenAudience: "+strconv.Quote(p.reader), "  cacheType: ServiceAccount", "  requireServiceAccount: true")
	}
	return lines
}

// imageOf is a host as the kubelet matches images by it.
func imageOf(h route.Pattern) string {
	image := strings.TrimPrefix(h.String(), "http://")
	if rest, ok := strings.CutPrefix(image, "index.docker.io"); ok {
		return "docker.io" + rest
	}
	return image
}
