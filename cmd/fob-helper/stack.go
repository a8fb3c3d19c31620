package main

import "runtime"

// growStack makes room for a whole hit while there are only two frames to move. Otherwise the runtime finds the stack too small in
// the midst of one, and to move a dozen frames takes a twentieth of all the time there is.
//
//go:noinline
func growStack() {
	var room [8 << 10]byte
	runtime.KeepAlive(&room)
}
