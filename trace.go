package fob

import "time"

// Trace tells what a Cache does. Each func may be nil; none is called under a mutex, and none on the path of a fresh token. While one
// is called, other processes may be waiting for the key's lock. name is a Key's Name.
type Trace struct {
	// MintStart is called before a Grant is asked.
	MintStart func(name string)

	// MintDone is called when the Grant has answered and the answer is kept. tok is zero if err is not nil.
	MintDone func(name string, tok Token, took time.Duration, err error)

	// Dropped is called when a token that a server refused is dropped.
	Dropped func(name string)

	// Warning is called for trouble that no caller is told about, since a token could be served all the same: a store
	// that cannot be read or written, a record set aside. At most once for each kind of trouble and name.
	Warning func(name string, err error)
}
