//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// The test binary is also the command that is run.
func init() {
	if os.Getenv("LISTEN") != "" {
		os.Exit(listen())
	}
}

// listen says which signals it gets until its stdin ends.
func listen() int {
	got := make(chan os.Signal, 16)
	signal.Notify(got, append([]os.Signal{syscall.SIGCONT}, passed...)...)
	signal.Reset(syscall.SIGWINCH) // a terminal may send it at any time
	end := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(end)
	}()
	fmt.Println("ready")
	for {
		select {
		case sig := <-got:
			fmt.Println(sig)
		case <-end:
			return 40
		}
	}
}

func TestACommandGetsTheSignalsOfFob(t *testing.T) {
	m := machineFor(t, execConfig)
	heeded := make(chan os.Signal, 1) // what nohup, or a shell in the background, has tests ignore their children would ignore too
	signal.Notify(heeded, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(heeded)
	for _, how := range []string{"--env", "--file"} { // fob becomes the command; or is its parent
		fob := exec.CommandContext(t.Context(), m.path("bin", "fob"), "exec", "corp", how, "T", "--", os.Args[0])
		fob.Env, fob.SysProcAttr = append(m.environ, "LISTEN=yes"), &syscall.SysProcAttr{Setsid: true} // the terminal of whoever runs the tests has no part in it
		in, err := fob.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := fob.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := fob.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		expect(t, lines, "ready")
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGINT} {
			if err := fob.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			expect(t, lines, sig.String())
		}
		in.Close()
		if fob.Wait(); fob.ProcessState.ExitCode() != 40 {
			t.Errorf("%s: exit status %d, want the command's, 40", how, fob.ProcessState.ExitCode())
		}
	}
}

func expect(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	if lines.Scan(); lines.Text() != want {
		t.Fatalf("the command said %q, %v, want %q", lines.Text(), lines.Err(), want)
	}
}
