//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// place is a machine as far as a fleet needs one: a network namespace, whose only way out is to this process, or, where those cannot be made, a group of
// processes.
type place struct {
	namespace string // empty: none
	gateway   string // this process's address, as seen from there
	group     int    // of its processes; 0: none has been started
}

// placed is how many machines there have been: the network of one that is no more goes a while later.
var placed atomic.Int32

// newPlaces makes machines.
func newPlaces(t *testing.T, n int) []*place {
	t.Helper()
	all := make([]*place, n)
	for i := range all {
		all[i] = &place{gateway: "127.0.0.1"}
		if err := all[i].isolate(t, int(placed.Add(1))); err != nil {
			t.Logf("machine %d is a group of processes: %v", i, err)
			continue
		}
		t.Logf("machine %d is a network namespace, %s, behind %s", i, all[i].namespace, all[i].gateway)
	}
	return all
}

// isolate gives s a network of its own, of two addresses out of those for tests of networks (RFC 2544).
func (s *place) isolate(t *testing.T, i int) error {
	id := os.Getpid()<<3 + i
	name, net := fmt.Sprintf("fob%d-%d", os.Getpid(), i), fmt.Sprintf("198.%d.%d.", 18+id>>14&1, id>>6&255)
	here, there := id<<2&252+1, id<<2&252+2
	t.Cleanup(func() { exec.Command("ip", "netns", "delete", name).Run() }) // and its link
	err := ip(fmt.Sprintf(`netns add %[1]s
link add %[1]s type veth peer name eth0 netns %[1]s
address add %s%d/30 dev %[1]s
link set %[1]s up`, name, net, here))
	if err == nil {
		err = ip(fmt.Sprintf("address add %s%d/30 dev eth0\nlink set eth0 up\nlink set lo up", net, there), "-n", name)
	}
	if err == nil {
		s.namespace, s.gateway = name, fmt.Sprint(net, here)
	}
	return err
}

// ip runs lines of commands.
func ip(lines string, args ...string) error {
	cmd := exec.Command("ip", append(args, "-batch", "-")...)
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip: %w %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// start starts cmd on s.
func (s *place) start(cmd *exec.Cmd) error {
	if s.namespace != "" {
		args := append([]string{"ip", "netns", "exec", s.namespace}, cmd.Args...)
		cmd.Path, cmd.Args, cmd.Err = exec.Command(args[0]).Path, args, nil
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: s.group}
	err := cmd.Start()
	if err == nil && s.group == 0 {
		s.group = cmd.Process.Pid
	}
	return err
}
