// Package order is what a test and the processes of its fleet say to each other: an Order, as a line of JSON, then a word a line; and in return
// Events.
package order

import "time"

// Order says what a member is.
type Order struct {
	Name    string        // in the header Member of its requests
	Redis   string        // URL
	Keys    string        // that seal what lies there: worth nothing after the test
	Dir     string        // its machine's own
	Server  string        // address of the authorization server and the API, which are 127.0.0.1 to those who speak to them
	Ahead   time.Duration // how far its clock is ahead
	Look    time.Duration // how often it looks which token it has
	Callers int
	Every   time.Duration // is between two calls of a caller
	Reads   bool          // a call compares reads of two caches; else it is a request to the API
}

// The words, and what each of them has a member do.
const (
	Begin = "begin" // have the callers call
	Rest  = "rest"  // have them cease, and report
	Call  = "call"  // make one request to the API
)

// Event is one thing that a member tells of.
type Event struct {
	At      time.Time // by the right clock
	Token   int       `json:",omitempty"` // the number of the token that it has come to have
	Warning string    `json:",omitempty"` // of the store
	Report  *Report   `json:",omitempty"` // of what its callers met since they began
}

// Report is what callers met.
type Report struct {
	Member  string
	Calls   int
	Failed  []Failure
	Slowest time.Duration // of all requests
	Slices  []Slice       // of the time in which reads were compared, one after another
}

// Failure is a call that failed.
type Failure struct {
	At   time.Time
	Took time.Duration
	Why  string
}

// Slice compares batches of reads of a cache in memory with those of the cache that is shared.
type Slice struct{ Memory, Shared Times }

// Times are of a batch.
type Times struct{ P50, P99 time.Duration }

// Batch is how many reads are timed as one: enough to be told from the clock's own time, and so few that hardly ever another process has its
// turn among them.
const Batch = 10
