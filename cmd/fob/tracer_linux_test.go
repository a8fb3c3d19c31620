package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tracer runs a program and stops it at each system call that changes something, or speaks to the server: once before it is
// carried out, and once after.
type tracer struct {
	t       *testing.T
	pid     int
	at      func(point string) (kill bool)
	pending map[int]string // thread → the call that it is in, if that is one of these
	seen    map[string]int
}

// trace runs the program to its end, or until at wants it killed.
func (m *machine) trace(t *testing.T, at func(point string) (kill bool), args ...string) syscall.WaitStatus {
	t.Helper()
	runtime.LockOSThread() // the thread that starts a program is its tracer. It may have started others, for other tests
	defer runtime.UnlockOSThread()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	p, err := os.StartProcess(m.path("bin", args[0]), args, &os.ProcAttr{
		Env: m.environ, Files: []*os.File{null, null, null}, Sys: &syscall.SysProcAttr{Ptrace: true, Setpgid: true},
	})
	if err != nil {
		missing(t, "ptrace(2)", err)
	}
	defer p.Release()
	return (&tracer{t, p.Pid, at, map[int]string{}, map[string]int{}}).run()
}

const (
	wait        = unix.WALL | unix.WNOTHREAD // for this thread's alone; the threads of the program are one process group
	options     = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	syscallStop = syscall.SIGTRAP | 0x80
)

func (tr *tracer) run() (status syscall.WaitStatus) {
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(tr.pid, &ws, wait, nil); err != nil {
		tr.t.Fatal(err)
	}
	if err := syscall.PtraceSetOptions(tr.pid, options); err != nil {
		tr.t.Fatal(err)
	}
	for tid := tr.pid; ; {
		if sig, alive := tr.stopped(tid, ws); alive {
			syscall.PtraceSyscall(tid, int(sig)) // fails for one that has just been killed
		}
		var err error
		for tid, err = syscall.Wait4(-tr.pid, &ws, wait, nil); err == syscall.EINTR; {
			tid, err = syscall.Wait4(-tr.pid, &ws, wait, nil)
		}
		switch {
		case err != nil: // ECHILD: all of them are gone
			return status
		case tid == tr.pid:
			status = ws
		}
	}
}

// stopped is called for a thread that has stopped or is gone. sig is what it gets with its leave to go on.
func (tr *tracer) stopped(tid int, ws syscall.WaitStatus) (sig syscall.Signal, alive bool) {
	switch {
	case !ws.Stopped():
		return 0, false
	case ws.StopSignal() == syscallStop:
		return 0, !tr.stop(tid)
	case ws.StopSignal() == syscall.SIGTRAP, ws.StopSignal() == syscall.SIGSTOP: // a new program or thread
		return 0, true
	}
	return ws.StopSignal(), true
}

// stop reports whether the program has been killed where it is.
func (tr *tracer) stop(tid int) bool {
	info := syscallInfo(tid)
	switch info.op {
	case unix.PTRACE_SYSCALL_INFO_ENTRY:
		call := tr.describe(tid, info)
		if tr.pending[tid] = call; call != "" && call != answer {
			return tr.reached("before " + call)
		}
	case unix.PTRACE_SYSCALL_INFO_EXIT:
		call, result := tr.pending[tid], int64(info.data[0])
		if call != "" && (result > 0 || result == 0 && call != answer) {
			return tr.reached("after " + call)
		}
	}
	return false
}

func (tr *tracer) reached(point string) bool {
	tr.seen[point]++
	if !tr.at(fmt.Sprintf("%s #%d", point, tr.seen[point])) {
		return false
	}
	if err := syscall.Kill(tr.pid, syscall.SIGKILL); err != nil {
		tr.t.Error(err)
	}
	return true
}

// info is struct ptrace_syscall_info of ptrace(2). At the entry data is the number of the call and its arguments, at the exit its result.
type info struct {
	op, _, _, _ uint8
	_           uint32
	_, _        uint64
	data        [7]uint64
}

func syscallInfo(tid int) (i info) {
	syscall.Syscall6(syscall.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(i), uintptr(unsafe.Pointer(&i)), 0, 0)
	return i
}

// answer is a read of what the server says. Many find that it has not said anything yet.
const answer = "read answer"

// describe names a call that matters, without what differs from run to run. Any other is "".
func (tr *tracer) describe(tid int, i info) string {
	nr, args := i.data[0], i.data[1:]
	switch nr {
	case unix.SYS_OPENAT:
		if args[2]&unix.O_CREAT != 0 {
			return named("create", tr.text(tid, args[1]))
		}
	case unix.SYS_RENAMEAT:
		return named("rename to", tr.text(tid, args[3]))
	case unix.SYS_UNLINKAT:
		return named("unlink", tr.text(tid, args[1]))
	case unix.SYS_FLOCK:
		return named("flock", tr.file(args[0]))
	case unix.SYS_FSYNC:
		return named("fsync", tr.file(args[0]))
	case unix.SYS_CONNECT:
		return "connect"
	case unix.SYS_WRITE:
		file := tr.file(args[0])
		if !isSocket(file) {
			return named("write", file)
		}
		method, _, _ := strings.Cut(tr.text(tid, args[1]), " ")
		return "send " + method
	case unix.SYS_READ:
		if isSocket(tr.file(args[0])) {
			return answer
		}
	}
	return ""
}

func isSocket(file string) bool { return strings.HasPrefix(file, "socket:") }

// text reads a string from the program's memory.
func (tr *tracer) text(tid int, addr uint64) string {
	buf := make([]byte, 256)
	n, _ := syscall.PtracePeekData(tid, uintptr(addr), buf)
	text, _, _ := bytes.Cut(buf[:max(n, 0)], []byte{0})
	return string(text)
}

func (tr *tracer) file(fd uint64) string {
	path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tr.pid, fd))
	return path
}

// changing is what differs from run to run in the names of files.
var changing = regexp.MustCompile(`-[0-9a-f]+`)

// named is what is done to path, if that is in the state directory.
func named(what, path string) string {
	if !strings.Contains(path, "/state/fob") {
		return ""
	}
	return what + " " + changing.ReplaceAllString(filepath.Base(path), "")
}
