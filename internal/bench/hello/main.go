// Command hello is the least that a Go program can do: what starts slower than this does so by its own fault.
package main

import "syscall"

func main() { syscall.Write(1, []byte("hello\n")) }
