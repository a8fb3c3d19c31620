package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/record"
	"github.com/fobkit/fob/internal/seal"
)

// stateChecks look at where tokens lie, and what seals them.
var stateChecks = []Check{
	{"state directory", checkState},
	{"file system", checkFileSystem},
	{"locks", checkLocks},
	{"records", checkRecords},
	{"sealing key", checkSealingKey},
	{"keyring", checkKeyring},
}

// state is the state directory, if there is one to look at.
func (p *Patient) state() (dir string, ok bool) {
	dir, err := paths.State(p.getenv)
	if err != nil || dir == "" {
		return "", false
	}
	_, err = os.Stat(dir)
	return dir, err == nil
}

// checkState writes a file there, and removes it.
func checkState(_ context.Context, p *Patient) Results {
	dir, err := paths.State(p.getenv)
	switch {
	case err != nil:
		return fail(err.Error(), export("FOB_STATE", "/absolute/path"))
	case dir == "":
		return warn("there is no home directory: tokens stay in memory, and each process asks for its own", export("FOB_STATE", "/absolute/path"))
	}
	if err := atomicfile.MkdirAll(dir); err != nil {
		return fail("tokens stay in memory: "+err.Error(), p.mendDir(err, dir))
	}
	probe := filepath.Join(dir, "doctor-probe")
	defer os.Remove(probe)
	if err := atomicfile.Write(probe, make([]byte, 4096)); err != nil { // a full disk may still take a name
		return fail("tokens stay in memory: "+err.Error(), p.mendDir(err, dir))
	}
	return ok(dir)
}

func (p *Patient) mendDir(err error, dir string) string {
	if advice := p.mend(err); advice != "" {
		return advice
	}
	if errors.Is(err, os.ErrPermission) {
		return command("chmod", "u+rwx", dir)
	}
	return command("df", "-h", dir)
}

// checkFileSystem says on what kind of file system tokens lie.
func checkFileSystem(_ context.Context, p *Patient) Results {
	dir, exists := p.state()
	if !exists {
		return nil
	}
	kind, remote := fileSystem(dir)
	switch {
	case kind == "":
		return skip("this system does not say")
	case remote:
		return warn(dir+" is on "+kind+": another machine's fob shares it, and its locks are only as good as the server's",
			export("FOB_STATE", "/a/local/directory"))
	case kind == "tmpfs" || kind == "ramfs":
		return ok(kind + ": logins are gone after a restart")
	}
	return ok(kind)
}

// checkLocks takes a lock twice: if that can be done, none is worth anything.
func checkLocks(ctx context.Context, p *Patient) Results {
	dir, exists := p.state()
	if !exists {
		return nil
	}
	const name = "doctor"
	defer os.Remove(filepath.Join(dir, name+".lock"))
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	unlock, err := fob.Dir(dir).Lock(ctx, name)
	if err != nil {
		return fail("no lock can be had in "+dir+": processes refresh side by side, and a server may end the login for that",
			export("FOB_STATE", "/a/local/directory"))
	}
	defer unlock()
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if again, err := fob.Dir(dir).Lock(short, name); err == nil {
		again()
		return fail("locks in "+dir+" keep nobody out", export("FOB_STATE", "/a/local/directory"))
	}
	return ok("they work")
}

// checkRecords finds records that cannot be read, or not opened.
func checkRecords(ctx context.Context, p *Patient) Results {
	dir, exists := p.state()
	if !exists || p.Session == nil || p.Session.State == "" {
		return nil
	}
	var bad Results
	whole := 0
	for _, o := range p.profiles() {
		found, complaints := p.record(ctx, paths.Tokens(dir), o.Key.Name())
		bad = append(bad, complaints.of(o.Name)...)
		if found && len(complaints) == 0 {
			whole++
		}
	}
	if whole == 0 && len(bad) == 0 {
		return skip("no token is kept")
	}
	return orElse(bad, count(whole, "token")+" kept, and readable")
}

// record says what is wrong with a record, if it is there, and whether a damaged one was set aside in its place.
func (p *Patient) record(ctx context.Context, dir, name string) (found bool, bad Results) {
	store := fob.Dir(dir)
	if _, err := store.Get(ctx, name+".bad"); err == nil {
		bad = warn("a record was damaged, and has been set aside in "+dir, command("rm", filepath.Join(dir, name+".bad.rec")))
	}
	data, err := store.Get(ctx, name)
	switch {
	case errors.Is(err, fob.ErrNotFound):
		return false, bad
	case err != nil:
		return true, append(bad, fail(err.Error(), p.mendDir(err, dir))...)
	}
	return true, append(bad, p.judge(dir, name, data)...)
}

// judge says what is wrong with a record. None: nothing is.
func (p *Patient) judge(dir, name string, data []byte) Results {
	login := command("fob", "login")
	r, err := record.Decode(data)
	switch {
	case errors.Is(err, record.ErrForeign):
		return warn("its record was written by a newer fob, and is left alone", "fob version")
	case err != nil:
		return warn("its record is damaged: the next call sets it aside", command("rm", filepath.Join(dir, name+".rec")))
	case p.Session.Ring == nil:
		return nil
	}
	for field, sealed := range r.Sealed {
		_, err := p.Session.Ring.Open(sealed, fob.Binding{Record: name, Field: field, Generation: r.Generation})
		switch {
		case err == nil:
		case errors.As(err, new(*seal.KeyringError)), errors.As(err, new(*seal.FileError)):
			return fail("what is sealed cannot be opened: "+err.Error(), p.mend(err))
		case errors.Is(err, fob.ErrForeignKey):
			return fail("it is sealed under a key that is not here", login)
		default:
			return fail("its seal is broken", login)
		}
	}
	return nil
}

// checkSealingKey says where the key is.
func checkSealingKey(_ context.Context, p *Patient) Results {
	ring := p.ring()
	if ring == nil {
		return warn("there is no home to keep a sealing key in: refresh tokens stay in memory", export("HOME", "…"))
	}
	if dir, err := paths.State(p.getenv); err == nil && dir != "" && within(ring.Path, dir) {
		return warn(ring.Path+" lies with what it seals: a copy of the state directory is a copy of both", export("FOB_STATE", "/another/directory"))
	}
	place, id, err := ring.Place()
	switch {
	case err != nil:
		return fail(err.Error(), p.mendKey(err, ring.Path))
	case place == seal.None:
		return skip("none is made before there is something to seal")
	case place == seal.InKeyring:
		return ok("key " + id + " lies in the keyring")
	}
	return ok("key " + id + " lies in " + ring.Path)
}

func (p *Patient) mendKey(err error, path string) string {
	if advice := p.mend(err); advice != "" {
		return advice
	}
	if errors.Is(err, os.ErrPermission) {
		return command("chmod", "600", path)
	}
	return command("mv", path, path+".bad") + "; fob login"
}

func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
