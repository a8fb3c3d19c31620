package term

// The console that a process belongs to, wherever its streams lead.
const (
	terminal = "CONOUT$"
	keyboard = "CONIN$"
)
