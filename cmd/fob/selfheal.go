package main

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
)

// client-go does not say that a token was refused: it asks for another. So does each kubectl, more than once in a run, and a program that
// talks to several clusters. What is left is a program that has been running for long and asks again at once, for the same place.
const (
	longRunning = time.Minute     // no kubectl runs so long before it asks
	atOnce      = 5 * time.Second // client-go would ask next when the token ends
)

// process is another one, which a later one of the same number does not pass for.
type process struct {
	ID  string
	Age time.Duration
}

// told is an answer that a process got.
type told struct {
	Process, Place, Mark string
	At                   time.Time
}

// mayHeal reports whether a second request of who asks req can mean that a server refused the first answer.
func (h *handler) mayHeal(req credhelper.Request) (process, bool) {
	if !req.SelfHeal || h.parent == nil || h.s.State == "" {
		return process{}, false
	}
	p, ok := h.parent()
	return p, ok && p.Age >= longRunning
}

// asksAgain reports whether who asks req has had the answer of that mark a moment ago.
func (h *handler) asksAgain(req credhelper.Request, mark string) bool {
	p, ok := h.mayHeal(req)
	return ok && mark != "" && slices.ContainsFunc(h.told(), func(t told) bool {
		return t.Process == p.ID && t.Place == req.Server && t.Mark == mark
	})
}

// tells remembers an answer for as long as it matters. If it cannot, no harm is done.
func (h *handler) tells(req credhelper.Request, mark string) {
	p, ok := h.mayHeal(req)
	if !ok || mark == "" {
		return
	}
	data, err := json.Marshal(append(h.told(), told{p.ID, req.Server, mark, time.Now()}))
	if err == nil {
		err = atomicfile.Write(paths.Told(h.s.State), data)
	}
	if err != nil {
		h.app.log.Debug("an answer not remembered", "err", err)
	}
}

// told are the answers of the last moment. A file that cannot be read holds none.
func (h *handler) told() []told {
	const most = 64 << 10
	var all []told
	data, err := atomicfile.ReadOwn(paths.Told(h.s.State), most)
	if err != nil || json.Unmarshal(data, &all) != nil {
		return nil
	}
	now := time.Now()
	return slices.DeleteFunc(all, func(t told) bool { return now.Sub(t.At).Abs() > atOnce })
}
