package paths

// MaxIndex is more than the index of ten thousand profiles takes.
const MaxIndex = 4 << 20

// Index is the route index in a state directory.
func Index(state string) string { return under(state, "route") }

// Tokens is the directory of token records in a state directory.
func Tokens(state string) string { return under(state, "tokens") }

// SealingKey is the list of sealing keys in a data directory: the keys, or where they lie.
func SealingKey(data string) string { return under(data, "seal.key") }

// Stored is the directory of what people typed into other tools, in a state directory.
func Stored(state string) string { return under(state, "stored") }

// Claim is the file whose lock is the right to refresh a record in the background.
func Claim(state, record string) string { return under(state, "tokens", record+".claim") }

// Journal is the file of what fob explain tells, in a state directory.
func Journal(state string) string { return under(state, "journal") }

// Told is the file of who was told what a moment ago, in a state directory.
func Told(state string) string { return under(state, "told") }

// Logins is the directory where processes tell each other of logins under way, in a state directory.
func Logins(state string) string { return under(state, "logins") }

// Fleet is the directory of what is kept here of a store that machines share, in a state directory.
func Fleet(state, store string) string { return under(state, "fleet", store) }
