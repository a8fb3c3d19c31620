package term

import "os"

// The console that a process belongs to, wherever its streams lead.
const (
	terminal = "CONOUT$"
	keyboard = "CONIN$"
)

// unbound has nothing to do: the console's lines are as long as who reads them wants.
func unbound(*os.File) (restore func()) { return func() {} }
