package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// parentName is the program that runs this one, up to 15 bytes of it (proc(5)); empty: unknown. It is the tool, since
// fob-helper becomes fob where it can.
func parentName() string {
	return strings.TrimSuffix(readProc(strconv.Itoa(os.Getppid())+"/comm"), "\n")
}

// userHZ is the unit of /proc on every architecture that Go knows.
const userHZ = 100

// parentProcess is the process that parentName names. ok is false where /proc does not tell.
func parentProcess() (p process, ok bool) {
	pid := strconv.Itoa(os.Getppid())
	stat := readProc(pid + "/stat")
	rest := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]) // a program's name may hold anything
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
