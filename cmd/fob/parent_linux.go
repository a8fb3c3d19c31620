package main

import (
	"os"
	"strconv"
	"strings"
)

// parentName is the program that runs this one, up to 15 bytes of it (proc(5)); empty: unknown. It is the tool, since
// fob-helper becomes fob where it can.
func parentName() string {
	name, err := os.ReadFile("/proc/" + strconv.Itoa(os.Getppid()) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(name), "\n")
}
