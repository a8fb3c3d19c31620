//go:build !linux && !darwin

package main

// parentName is unknown here: it would take another process to find out.
func parentName() string { return "" }

// parentProcess is unknown for the same reason.
func parentProcess() (process, bool) { return process{}, false }
