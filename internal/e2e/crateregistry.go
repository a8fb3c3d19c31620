package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
)

// crateRegistry is a sparse registry of cargo's, with its web API, that has what was published.
type crateRegistry struct {
	mu     sync.Mutex
	lines  map[string]string // of the index, by crate
	crates map[string][]byte
}

// newCrateRegistry has one crate, hello 1.0.0. All of it wants a token, which is what auth-required says.
func newCrateRegistry(t *testing.T) http.Handler {
	t.Helper()
	r := &crateRegistry{lines: map[string]string{}, crates: map[string][]byte{}}
	r.add("hello", "1.0.0", packed(t, "hello-1.0.0/", map[string]string{
		"Cargo.toml": "[package]\nname = \"hello\"\nversion = \"1.0.0\"\nedition = \"2021\"\n", "src/lib.rs": "",
	}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /index/config.json", func(w http.ResponseWriter, req *http.Request) {
		url := "https://" + req.Host
		writeJSON(w, http.StatusOK, map[string]any{"dl": url + "/dl/{crate}", "api": url, "auth-required": true})
	})
	mux.HandleFunc("GET /index/{a}/{b}/{crate}", func(w http.ResponseWriter, req *http.Request) { r.line(w, req.PathValue("crate")) })
	mux.HandleFunc("GET /dl/{crate}", func(w http.ResponseWriter, req *http.Request) { r.download(w, req.PathValue("crate")) })
	mux.HandleFunc("PUT /api/v1/crates/new", r.publish)
	return mux
}

func (r *crateRegistry) add(name, version string, crate []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum := sha256.Sum256(crate)
	r.lines[name] = fmt.Sprintf(`{"name":%q,"vers":%q,"deps":[],"cksum":%q,"features":{},"yanked":false}`+"\n", name, version, hex.EncodeToString(sum[:]))
	r.crates[name] = crate
}

func (r *crateRegistry) line(w http.ResponseWriter, crate string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lines[crate] == "" {
		http.Error(w, "no such crate", http.StatusNotFound)
		return
	}
	io.WriteString(w, r.lines[crate])
}

func (r *crateRegistry) download(w http.ResponseWriter, crate string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w.Write(r.crates[crate])
}

// publish takes what cargo sends: the length of some JSON, the JSON, the length of the crate, the crate.
func (r *crateRegistry) publish(w http.ResponseWriter, req *http.Request) {
	meta, err := readPart(req.Body)
	if err != nil {
		http.Error(w, "no metadata", http.StatusBadRequest)
		return
	}
	var crate struct{ Name, Vers string }
	if err := json.Unmarshal(meta, &crate); err != nil {
		http.Error(w, "bad metadata", http.StatusBadRequest)
		return
	}
	data, err := readPart(req.Body)
	if err != nil {
		http.Error(w, "no crate", http.StatusBadRequest)
		return
	}
	r.add(crate.Name, crate.Vers, data)
	writeJSON(w, http.StatusOK, map[string]any{})
}

func readPart(body io.Reader) ([]byte, error) {
	var size uint32
	if err := binary.Read(body, binary.LittleEndian, &size); err != nil {
		return nil, err
	}
	part := make([]byte, size)
	_, err := io.ReadFull(body, part)
	return part, err
}

// packed is a compressed tar archive of files, each under prefix.
func packed(t *testing.T, prefix string, files map[string]string) []byte {
	t.Helper()
	var archive bytes.Buffer
	zip := gzip.NewWriter(&archive)
	w := tar.NewWriter(zip)
	for name, data := range files {
		if err := w.WriteHeader(&tar.Header{Name: prefix + name, Mode: 0o644, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, data)
	}
	w.Close()
	zip.Close()
	return archive.Bytes()
}
