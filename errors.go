package fob

import "errors"

var (
	// ErrNotFound is returned by a Store that has no record of that name.
	ErrNotFound = errors.New("not found")

	// ErrLeaseLost is returned by a Lease that another has now, or has had.
	ErrLeaseLost = errors.New("lease lost to another")

	// ErrForeignKey is returned by a Sealer for a text sealed under a key that this machine lacks: it is not corrupt.
	ErrForeignKey = errors.New("sealed under a key that is not here")

	// ErrSeal is returned by a Sealer for a text that was changed, or moved from the place it was sealed for.
	ErrSeal = errors.New("seal broken")

	// ErrLoginRequired is returned where only a person can get a new token.
	ErrLoginRequired = errors.New("login required")
)

// Outcome is what a failed mint means for those who ask next.
type Outcome int

const (
	// Transient: the same request may succeed later (no connection, 5xx, 429). It is what an error that says nothing is taken for.
	Transient Outcome = iota
	// Terminal: the same request with the same credentials will be refused again (invalid_client, unauthorized_client, invalid_grant).
	Terminal
	// Local: nothing was asked of the server, since something on this machine is missing (a secret's variable is unset).
	Local
	// InDoubt: a single-use value was sent and no answer came, so the server may have used it up (design: never sent again by itself).
	InDoubt
)

// OutcomeOf finds an error in err's tree with a method Outcome() Outcome. ErrLoginRequired is Terminal; any other error is Transient.
func OutcomeOf(err error) Outcome {
	var o interface{ Outcome() Outcome }
	switch {
	case errors.As(err, &o):
		return o.Outcome()
	case errors.Is(err, ErrLoginRequired):
		return Terminal
	}
	return Transient
}

// doubtError is the answer of a cache that holds a single-use refresh token whose last use got no answer.
type doubtError struct{}

func (doubtError) Error() string {
	return "the last refresh got no answer, and its token is not sent again while a valid token is at hand"
}
func (doubtError) Outcome() Outcome { return InDoubt }

// StoreError is a mint that was not made for the sake of a refresh token: with the store in trouble, or shared by machines, two processes
// would send the same one, and servers end a login for that.
type StoreError struct {
	Reason string
	Err    error // the store's; nil: it is in no trouble
}

func (e *StoreError) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return e.Reason + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *StoreError) Unwrap() error { return e.Err }

// Outcome is Local.
func (*StoreError) Outcome() Outcome { return Local }
