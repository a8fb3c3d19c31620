package seal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
)

// Place is where a sealing key lies.
type Place string

// Places. No key has been made where there is none.
const (
	None      Place = "none"
	InFile    Place = "file"
	InKeyring Place = "keyring"
)

// ref is a line of the key file: a key, or the id of one that lies in the keyring.
type ref struct {
	id  string
	key *Key // nil: it lies in the keyring
}

// inKeyring leads the line of a key that lies there. No key in base64url holds a colon.
const inKeyring = "keyring:"

func (r ref) place() Place {
	if r.key == nil {
		return InKeyring
	}
	return InFile
}

func (r ref) line() fob.Secret {
	if r.key == nil {
		return fob.Secret(inKeyring + r.id)
	}
	return r.key.Text()
}

var errList = errors.New("not a list of sealing keys")

// parseList reads the key file: one key a line. The first seals, all open.
func parseList(data []byte) ([]ref, error) {
	var refs []ref
	for line := range strings.Lines(string(bytes.TrimSpace(data))) {
		r, err := parseRef(strings.TrimSpace(line))
		if err != nil {
			return nil, errList
		}
		refs = append(refs, r)
	}
	if len(refs) == 0 {
		return nil, errList
	}
	return refs, nil
}

func parseRef(line string) (ref, error) {
	id, ok := strings.CutPrefix(line, inKeyring)
	if !ok {
		k, err := ParseKey(fob.Secret(line))
		if err != nil {
			return ref{}, err
		}
		return ref{k.id, k}, nil
	}
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != idSize || hex.EncodeToString(raw) != id {
		return ref{}, errList
	}
	return ref{id: id}, nil
}

// encodeList is what parseList reads.
func encodeList(refs []ref) []byte {
	var b []byte
	for _, f := range refs {
		b = append(b, string(f.line())+"\n"...)
	}
	return b
}

// maxKeyFile is the room of hundreds of keys.
const maxKeyFile = 64 << 10

// read returns the list. The error is fs.ErrNotExist if there is none.
func (r *Ring) read() ([]ref, error) {
	data, err := atomicfile.ReadOwn(r.Path, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	refs, err := parseList(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path, err)
	}
	return refs, nil
}

func (r *Ring) write(refs []ref) error {
	if err := atomicfile.Write(r.Path, encodeList(refs)); err != nil {
		return fmt.Errorf("sealing key: %w", err)
	}
	return nil
}

// listLock names the lock of the list, which lies beside it.
const listLock = "seal"

// lock is the right to write the list.
func (r *Ring) lock(ctx context.Context) (unlock func(), err error) {
	unlock, err = fob.Dir(filepath.Dir(r.Path)).Lock(ctx, listLock)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return unlock, nil
}
