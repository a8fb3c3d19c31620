package tier

import (
	"context"
	"errors"
	"time"
)

// Copy is a record as it lies in a Far: sealed.
type Copy struct {
	Number uint64 // of the write that made it. Zero: there is no such record
	Data   []byte // nil: it was deleted
}

// Claim is who asks for a lease, or writes under one. The zero Claim writes without.
type Claim struct {
	ID     string // told by no other
	Holder string // for people, sealed
	Number uint64 // of the record when the lease was granted
}

// ErrOther is in the error of a Far for a name under which something else lies than a record of ours.
var ErrOther = errors.New("no record of ours")

// Far is a server that machines share. Each method is one round trip, bounded by ctx. Any error but fob.ErrLeaseLost and ErrOther says that it did not
// serve; its text is shown to people, so that it holds no secret. An error of a server that answered, and will say no again until somebody
// changes a setting (no memory, no permission, a wrong password), has a method Refusal() bool that returns true: it is asked less often then.
type Far interface {
	// Get returns the record as it is now.
	Get(ctx context.Context, name string) (Copy, error)
	// Put makes data the record's next copy, nil a deleted one, and returns its number: one more than the last copy's, or the server's clock
	// in milliseconds since 1970, whichever is higher. What is written after all records were lost outdoes thereby what was before. Under a
	// lease it fails with fob.ErrLeaseLost if another has the lease now, or a copy of a higher number than the claim's lies there.
	Put(ctx context.Context, name string, data []byte, under Claim) (uint64, error)
	// Restore writes c if nothing lies there, or a copy of a lower number.
	Restore(ctx context.Context, name string, c Copy) error
	// Acquire grants the lease for ttl from now if nobody has it, or c.ID has it already: that is how it is renewed. number is the
	// record's. Else left, above zero, is how long another has it yet.
	Acquire(ctx context.Context, name string, c Claim, ttl time.Duration) (number uint64, left time.Duration, err error)
	// Release ends the lease of that ID, if it is still the one.
	Release(ctx context.Context, name, id string) error
	// Holder is who has the lease, as in its Claim, and how long yet; empty: nobody.
	Holder(ctx context.Context, name string) (holder string, left time.Duration, err error)
	// List returns the names of all records that are not deleted, in any order. It may be many round trips.
	List(ctx context.Context) ([]string, error)
	// Ping fails as Put would, and changes no record: a server that reads, but cannot write, does not serve.
	Ping(ctx context.Context) error
	// Watch has changed called for each change to a record that Get has returned since the last one; with an empty name when the
	// connection is lost or begun anew, or all records are gone.
	Watch(changed func(name string))
}
