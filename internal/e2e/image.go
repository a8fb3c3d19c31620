package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"testing"
)

// layout is a directory in the form of an OCI image layout.
type layout string

// descriptor is how an image refers to one of its parts.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// newImage writes the smallest image of one layer, tagged "tiny", and returns its manifest.
func (l layout) newImage(t *testing.T) []byte {
	t.Helper()
	tar := make([]byte, 1024) // two empty blocks: the end of an archive of nothing
	var layer bytes.Buffer
	zip := gzip.NewWriter(&layer)
	zip.Write(tar)
	zip.Close()
	manifest := asJSON(t, map[string]any{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.oci.image.manifest.v1+json",
		"config": l.add(t, "application/vnd.oci.image.config.v1+json", asJSON(t, map[string]any{
			"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(tar)}},
		})),
		"layers": []any{l.add(t, "application/vnd.oci.image.layer.v1.tar+gzip", layer.Bytes())},
	})
	tagged := l.add(t, "application/vnd.oci.image.manifest.v1+json", manifest)
	tagged.Annotations = map[string]string{"org.opencontainers.image.ref.name": "tiny"}
	l.write(t, "index.json", asJSON(t, map[string]any{"schemaVersion": 2, "manifests": []any{tagged}}))
	l.write(t, "oci-layout", asJSON(t, map[string]string{"imageLayoutVersion": "1.0.0"}))
	return manifest
}

func (l layout) add(t *testing.T, mediaType string, data []byte) descriptor {
	t.Helper()
	sum := sha256.Sum256(data)
	l.write(t, filepath.Join("blobs", "sha256", hex.EncodeToString(sum[:])), data)
	return descriptor{MediaType: mediaType, Digest: digest(data), Size: len(data)}
}

func (l layout) write(t *testing.T, name string, data []byte) {
	t.Helper()
	writeFile(t, filepath.Join(string(l), name), data)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
