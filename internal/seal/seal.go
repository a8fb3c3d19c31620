// Package seal encrypts the secrets that outlive a process: JWE in compact form (RFC 7516), dir with A256GCM, under a key that lies apart
// from what it protects, in a file or in the keyring.
//
//	ring := &seal.Ring{Path: "/home/u/.local/share/fob/seal.key", Keyring: keyring.Keyring{}}
//	cache := fob.Cache{Store: fob.Dir(dir), Sealer: ring}
package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/fobkit/fob"
	jose "github.com/go-jose/go-jose/v4"
)

const (
	keySize = 32 // that of A256GCM
	idSize  = 8
)

// Names of the protected header's members that tie a sealed text to its place.
const (
	recordHeader     = "fob-record"
	fieldHeader      = "fob-field"
	generationHeader = "fob-generation"
)

// Key seals and opens. It implements fob.Sealer.
type Key struct {
	secret []byte
	id     string
}

var _ fob.Sealer = (*Key)(nil)

// NewKey makes a key at random.
func NewKey() *Key {
	secret := make([]byte, keySize)
	rand.Read(secret) // never fails
	k, _ := keyOf(secret)
	return k
}

// ParseKey reads what Text wrote.
func ParseKey(text fob.Secret) (*Key, error) {
	secret, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil {
		return nil, errors.New("sealing key: not base64url")
	}
	return keyOf(secret)
}

func keyOf(secret []byte) (*Key, error) {
	if len(secret) != keySize {
		return nil, fmt.Errorf("sealing key: %d bytes, want %d", len(secret), keySize)
	}
	sum := sha256.Sum256(append([]byte("fob sealing key id\x00"), secret...))
	return &Key{secret: secret, id: hex.EncodeToString(sum[:idSize])}, nil
}

// Text is the key in the form that ParseKey reads.
func (k *Key) Text() fob.Secret { return fob.Secret(base64.RawURLEncoding.EncodeToString(k.secret)) }

// ID names the key without revealing it.
func (k *Key) ID() string { return k.id }

// Seal encrypts plain for the place b.
func (k *Key) Seal(plain fob.Secret, b fob.Binding) (string, error) {
	opts := new(jose.EncrypterOptions).
		WithHeader("kid", k.id).
		WithHeader(recordHeader, b.Record).
		WithHeader(fieldHeader, b.Field).
		WithHeader(generationHeader, strconv.FormatUint(b.Generation, 10)) // text: a JSON number would lose digits
	enc, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: k.secret}, opts)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	obj, err := enc.Encrypt([]byte(plain))
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return obj.CompactSerialize()
}

// Open returns what was sealed for b, fob.ErrForeignKey if under another key, or fob.ErrSeal.
func (k *Key) Open(sealed string, b fob.Binding) (fob.Secret, error) {
	obj, err := parse(sealed)
	if err != nil {
		return "", err
	}
	return k.open(obj, b)
}

func parse(sealed string) (*jose.JSONWebEncryption, error) {
	obj, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, fob.ErrSeal
	}
	return obj, nil
}

func (k *Key) open(obj *jose.JSONWebEncryption, b fob.Binding) (fob.Secret, error) {
	if subtle.ConstantTimeCompare([]byte(obj.Header.KeyID), []byte(k.id)) == 0 {
		return "", fob.ErrForeignKey
	}
	plain, err := obj.Decrypt(k.secret)
	if err != nil || !bound(obj.Header, b) {
		return "", fob.ErrSeal
	}
	return fob.Secret(plain), nil
}

// bound reports whether the protected header names b's place. Compact form has no other header.
func bound(h jose.Header, b fob.Binding) bool {
	return h.ExtraHeaders[recordHeader] == b.Record &&
		h.ExtraHeaders[fieldHeader] == b.Field &&
		h.ExtraHeaders[generationHeader] == strconv.FormatUint(b.Generation, 10)
}
