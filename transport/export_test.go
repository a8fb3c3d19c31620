package transport

// Restart forgets what a new process would not know.
func Restart() {
	sharedMu.Lock()
	defer sharedMu.Unlock()
	sharedSession = nil
}
