package fob

import (
	"context"
	"time"
)

// Why is the reason for a mint, in words for people.
type Why string

// Reasons for a mint.
const (
	WhyNone    Why = "none kept"
	WhyExpired Why = "expired"
	WhyStale   Why = "about to expire"
	WhyShort   Why = "too little time left for the caller"
	WhyRefused Why = "refused by a server"
	WhyForced  Why = "asked for"
	WhyLogin   Why = "login"
)

// Trace tells what a Cache does. Each func may be nil; none is called under a mutex, and none on the path of a fresh token. While one
// is called, other processes may be waiting for the key's lock. name is a Key's Name.
type Trace struct {
	// Wait is called before a wait for the key's lock, and what it returns after it. ctx has the values of the caller who began it.
	Wait func(ctx context.Context, name string) (done func(error))

	// Waited is called after a wait for the key's lock, here or in another process, however short. err is why it was in vain.
	Waited func(name string, took time.Duration, err error)

	// Remembered is called when a Grant is not asked, since it failed a moment ago.
	Remembered func(name string, err *RememberedError)

	// Mint is called before a Grant is asked, and what it returns when the Grant has answered. ctx has the values of the caller who began the
	// mint, and may have gone on since; the Grant is asked under the ctx returned, which is made from it.
	Mint func(ctx context.Context, name string, why Why) (_ context.Context, done func(Token, error))

	// MintStart is called before a Grant is asked.
	MintStart func(name string, why Why)

	// MintDone is called when the Grant has answered and the answer is kept. tok is zero if err is not nil.
	MintDone func(name string, tok Token, took time.Duration, err error)

	// Dropped is called when a token that a server refused is dropped.
	Dropped func(name string)

	// Warning is called for trouble that no caller is told about, since a token could be served all the same: a store
	// that cannot be read or written, a record set aside. At most once for each kind of trouble and name.
	Warning func(name string, err error)
}
