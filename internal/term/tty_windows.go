package term

import (
	"os"

	"golang.org/x/sys/windows"
)

// The console that a process belongs to, wherever its streams lead.
const (
	terminal = "CONOUT$"
	keyboard = "CONIN$"
)

// unbound has nothing to do: the console's lines are as long as who reads them wants.
func unbound(*os.File) (restore func()) { return func() {} }

// Unseen has a line that is typed not be shown, until restore, which is never nil.
func Unseen(keys *os.File) (restore func(), err error) {
	console, modes := windows.Handle(keys.Fd()), uint32(0)
	if err := windows.GetConsoleMode(console, &modes); err != nil {
		return func() {}, err
	}
	err = windows.SetConsoleMode(console, modes&^windows.ENABLE_ECHO_INPUT)
	return func() { windows.SetConsoleMode(console, modes) }, err
}
