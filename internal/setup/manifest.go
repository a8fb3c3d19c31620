package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fobkit/fob/internal/atomicfile"
)

// manifest says what setup has done, so that it can be undone. Of a file it holds no more than what setup wrote and what stood in
// that very place: the rest can be secret.
type manifest struct {
	Version int                `json:"version"`
	Tools   map[string]*record `json:"tools"`
}

const manifestVersion = 1

// record is what was done for one tool.
type record struct {
	Wish  Wish          `json:"wish"`
	Files []*fileRecord `json:"files,omitempty"`
	Links []Link        `json:"links,omitempty"`
}

// fileRecord is what was done to one file.
type fileRecord struct {
	Path    string   `json:"path"`
	Created bool     `json:"created,omitempty"`
	Dirs    []string `json:"dirs,omitempty"` // that were made for it, the innermost first
	Sum     string   `json:"sum"`            // of the whole file as setup left it
	Changes []splice `json:"changes,omitempty"`
	Entries []entry  `json:"entries"`
}

// Link is a name under which a tool looks for fob-helper.
type Link struct {
	Path   string   `json:"path"`
	Target string   `json:"target"`
	Dirs   []string `json:"dirs,omitempty"` // that were made for it, the innermost first
}

// at reports whether other stands at the same place.
func (l Link) at(other Link) bool { return l.Path == other.Path }

func (m *Machine) manifestPath() string { return filepath.Join(m.Data, "setup.json") }

// maxFile is more than any tool's configuration takes.
const maxFile = 16 << 20

func (m *Machine) manifest() (*manifest, error) {
	list := &manifest{Version: manifestVersion, Tools: make(map[string]*record)}
	data, err := atomicfile.ReadOwn(m.manifestPath(), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, list); err != nil || list.Tools == nil {
		return nil, fmt.Errorf("%s: damaged", m.manifestPath())
	}
	if list.Version != manifestVersion {
		return nil, fmt.Errorf("%s: written by another version of fob", m.manifestPath())
	}
	return list, nil
}

// put makes r what was done for tool; nil: nothing. Where nothing is left that was done, there is no manifest.
func (m *Machine) put(tool string, r *record) error {
	list, err := m.manifest()
	if err != nil {
		return err
	}
	if list.Tools[tool] = r; r == nil {
		delete(list.Tools, tool)
	}
	if len(list.Tools) == 0 {
		return remove(m.manifestPath())
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(m.Data); err != nil {
		return err
	}
	return atomicfile.Write(m.manifestPath(), append(data, '\n'))
}

// remove removes what may be gone already.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (r *record) file(path string) *fileRecord {
	if r == nil {
		return nil
	}
	for _, f := range r.Files {
		if f.Path == path {
			return f
		}
	}
	return nil
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}
