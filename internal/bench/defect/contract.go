package defect

// Contract is what rttest finds in each column's library.
type Contract struct {
	Promises []string
	Broken   map[string]map[string]bool // by column and promise
}
