package credhelper

import (
	"errors"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/jsonlite"
)

// kubelet is the protocol of its image credential provider plugins: a CredentialProviderRequest on stdin, its response on stdout.
// The kubelet takes no other version for an answer than the one that it is configured with.
var kubelet = protocol{words: []string{"kubelet"}, parse: parseKubelet, render: renderKubelet, fail: failKubelet}

const providerV1 = "credentialprovider.kubelet.k8s.io/v1"

const (
	kubeletTTL      = 15 * time.Minute // for a pull that takes long, and for those that the kubelet's cache serves
	kubeletPatience = 55 * time.Second // it kills a plugin after a minute
)

// nothingForImage lets the kubelet ask its other providers. It must name a kind of key, and shall not keep it: a profile may be written next.
const nothingForImage = `{"apiVersion":"` + providerV1 + `","kind":"CredentialProviderResponse","cacheKeyType":"Image","cacheDuration":"0s","auth":null}` + "\n"

func parseKubelet(in *input, m *message) error {
	if len(in.args) > 0 {
		return badUsage("kubelet [--profile NAME]")
	}
	m.op, m.patience, m.req.MinTTL = opGet, kubeletPatience, kubeletTTL
	v, err := in.json()
	if err != nil {
		return err
	}
	if kind, _ := v.Get("kind").Text(); kind != "CredentialProviderRequest" {
		return badRequest("a kind other than CredentialProviderRequest")
	}
	if version, _ := v.Get("apiVersion").Text(); version != providerV1 {
		return badRequest("an apiVersion other than " + providerV1)
	}
	subject, _ := v.Get("serviceAccountToken").Text()
	image, _ := v.Get("image").Text()
	m.req.Subject = fob.Secret(subject)
	return m.req.setImage(image)
}

// renderKubelet names the image's own registry, or, where other images of it may get another answer, nothing but this image: whatever
// the kubelet keeps for the former it takes for all of that registry.
func renderKubelet(m *message, a answer) ([]byte, error) {
	if !a.cred.isUnicode() {
		return nil, errNotUnicode
	}
	scope, place := "Registry", m.req.Server
	if a.cred.Divided {
		scope, place = "Image", m.req.Server+"/"+m.req.Path
	}
	out := make([]byte, 0, 256+len(a.cred.Secret))
	out = append(out, `{"apiVersion":"`+providerV1+`","kind":"CredentialProviderResponse","cacheKeyType":"`+scope+`"`...)
	if t := a.cred.reported(); !t.IsZero() {
		out = append(out, `,"cacheDuration":"`+keepFor(t)+`"`...)
	}
	out = jsonlite.AppendString(append(out, `,"auth":{`...), place)
	out = jsonlite.AppendString(append(out, `:{"username":`...), a.cred.username(""))
	out = jsonlite.AppendString(append(out, `,"password":`...), string(a.cred.Secret))
	return append(out, "}}}\n"...), nil
}

// keepFor is the time until t as the kubelet reads it. "0s" is not kept at all.
func keepFor(t time.Time) string { return max(0, time.Until(t)).Truncate(time.Second).String() }

func failKubelet(m *message, name string, err error) reply {
	if errors.Is(err, ErrNotFound) {
		return reply{stdout: []byte(nothingForImage)}
	}
	return m.failed(name, err)
}
