package main

import (
	"cmp"
	"os"
	"strconv"
	"strings"
	"time"
)

// parentName is the program that runs this one, up to 15 bytes of it (proc(5)); empty: unknown. It is the tool, since
// fob-helper becomes fob where it can; or, where a tool has its helper run by a shell, as git does, whoever runs that.
func parentName() string {
	pid := strconv.Itoa(os.Getppid())
	name := programName(pid)
	if stat := statOf(pid); (name == "sh" || name == "dash") && len(stat) > 1 {
		return cmp.Or(programName(stat[1]), name)
	}
	return name
}

func programName(pid string) string { return strings.TrimSuffix(readProc(pid+"/comm"), "\n") }

// statOf are the fields of a process that come after its name, which may hold anything: its state, its parent, and so on.
func statOf(pid string) []string {
	stat := readProc(pid + "/stat")
	return strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
}

// userHZ is the unit of /proc on every architecture that Go knows.
const userHZ = 100

// parentProcess is the process that parentName names. ok is false where /proc does not tell.
func parentProcess() (p process, ok bool) {
	pid := strconv.Itoa(os.Getppid())
	rest := statOf(pid)
	uptime, _, _ := strings.Cut(readProc("uptime"), " ")
	now, err := strconv.ParseFloat(uptime, 64)
	if err != nil || len(rest) < 20 {
		return process{}, false
	}
	start, err := strconv.ParseFloat(rest[19], 64) // the 22nd field: the first two are before rest
	if err != nil {
		return process{}, false
	}
	return process{ID: pid + " " + rest[19], Age: time.Duration((now - start/userHZ) * float64(time.Second))}, true
}

func readProc(name string) string {
	data, _ := os.ReadFile("/proc/" + name)
	return string(data)
}
