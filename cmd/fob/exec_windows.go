package main

import (
	"errors"
	"os"
	"os/signal"
)

func become(string, []string, []string) error { return errors.ErrUnsupported }

// catch has ^C not end fob, which waits for the command: all programs of a console are told.
func catch() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	return c
}

func passOn(*os.Process, os.Signal) {}

func status(p *os.ProcessState) int { return p.ExitCode() }

func inherited(int) *os.File { return nil }
