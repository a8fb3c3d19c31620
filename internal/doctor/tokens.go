package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/login"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/session"
)

// tokenChecks look at each profile's token.
var tokenChecks = []Check{
	{"login", checkLogin},
	{"last request", checkLastRequest},
	{"in doubt", checkDoubt},
	{"busy", checkBusy},
	{"client authentication", checkClient},
}

// keepers are the profiles whose tokens lie in the cache.
func (p *Patient) keepers() []*session.Profile {
	var all []*session.Profile
	for _, o := range p.profiles() {
		if o.Kept() {
			all = append(all, o)
		}
	}
	return all
}

// checkLogin finds profiles whose next token needs a person.
func checkLogin(ctx context.Context, p *Patient) Results {
	keepers := p.keepers()
	if len(keepers) == 0 {
		return nil
	}
	now := time.Now()
	bad := eachProfile(keepers, func(o *session.Profile) Results {
		tok := o.Source.Kept(ctx)
		mend := command("fob", "login", o.Name)
		switch {
		case !isPerson(o.Profile), tok.Refresh != "", tok.Valid(now) && tok.Expiry.IsZero():
			return nil
		case tok.Valid(now):
			return warn("its token ends at "+tok.Expiry.Local().Format(time.TimeOnly)+", and there is nothing to renew it with", mend).of(o.Name)
		}
		return fail("login required"+p.board(o), mend).of(o.Name)
	})
	return orElse(bad, "no profile waits for a person")
}

// board is what processes have told each other of o's logins.
func (p *Patient) board(o *session.Profile) string {
	state, exists := p.state()
	if !exists {
		return ""
	}
	r, now := login.Board(paths.Logins(state)).Read(o.Key.Name()), time.Now()
	switch {
	case r.Pauses(now):
		return ": the last was left unanswered, and tools ask for none " + until(r.Until)
	case now.Before(r.Deadline):
		return ": process " + strconv.Itoa(r.PID) + " has asked for it, and waits " + until(r.Deadline)
	}
	return ""
}

// checkLastRequest tells of the failures that are remembered: until then no server is asked.
func checkLastRequest(ctx context.Context, p *Patient) Results {
	keepers := p.keepers()
	if len(keepers) == 0 {
		return nil
	}
	bad := eachProfile(keepers, func(o *session.Profile) Results {
		failed := o.Source.Failed(ctx)
		if failed == nil {
			return nil
		}
		return fail(failed.Reason+"; remembered "+until(failed.Until), command("fob", "login", o.Name)).of(o.Name)
	})
	return orElse(bad, "no failure is remembered")
}

// checkDoubt finds refresh tokens that were sent, and whose answer nobody has kept.
func checkDoubt(ctx context.Context, p *Patient) Results {
	keepers := p.keepers()
	if len(keepers) == 0 {
		return nil
	}
	bad := eachProfile(keepers, func(o *session.Profile) Results {
		if !o.Source.InDoubt(ctx) {
			return nil
		}
		return warn("its refresh token was sent, and no answer was kept: it is tried once more when it is needed", command("fob", "login", o.Name)).of(o.Name)
	})
	return orElse(bad, "no refresh is without an answer")
}

// checkBusy finds locks that somebody holds. One that is held for a moment is a token being minted.
func checkBusy(ctx context.Context, p *Patient) Results {
	state, exists := p.state()
	if !exists {
		return nil
	}
	dir := paths.Tokens(state)
	bad := eachProfile(p.keepers(), func(o *session.Profile) Results {
		name := o.Key.Name()
		path := filepath.Join(dir, name+".lock")
		if _, err := os.Stat(path); err != nil {
			return nil
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		unlock, err := fob.Dir(dir).Lock(short, name)
		if err == nil {
			unlock()
			return nil
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			return fail("its lock cannot be had: "+err.Error(), p.mendDir(err, path)).of(o.Name)
		}
		pid, program := Holder(path)
		if pid == "" {
			return warn("another process has held its lock for a second", command("fob", "explain", o.Name)).of(o.Name)
		}
		return warn("process "+pid+" ("+program+") has held its lock for a second", command("kill", pid)).of(o.Name)
	})
	return orElse(bad, "nobody holds a lock")
}

// checkClient mints, if it may: that alone proves that client and secret are right.
func checkClient(ctx context.Context, p *Patient) Results {
	if !p.Mint {
		return skip("--mint asks each server for a token")
	}
	return eachProfile(p.served(), func(o *session.Profile) Results {
		if isPerson(o.Profile) {
			return skip("it takes a person").of(o.Name)
		}
		if _, err := o.Renew(ctx); err != nil {
			return fail(reference{profile: o.Name}.reason(err), p.editProfile(o.Profile, err)).of(o.Name)
		}
		return ok("a token was minted").of(o.Name)
	})
}
