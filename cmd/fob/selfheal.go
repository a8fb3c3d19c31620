package main

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
)

// client-go does not say that a token was refused: it asks for another. While it has no reason to, it asks a process long only once for the
// same place until the end that it was told. A kubectl asks twice, but is young when it does.
const longRunning = time.Minute

// An answer is remembered among the last so many, for so long.
const (
	maxTold   = 64
	toldSince = 24 * time.Hour
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

// who asks req, if it is one that can be healed.
func (h *handler) who(req credhelper.Request) (process, bool) {
	if !req.SelfHeal || h.parent == nil || h.s.State == "" {
		return process{}, false
	}
	return h.parent()
}

// asksAgain reports whether a program that has been running for long has had the answer of that mark already: then a server refused it.
func (h *handler) asksAgain(req credhelper.Request, mark string) bool {
	p, ok := h.who(req)
	return ok && p.Age >= longRunning && mark != "" && slices.ContainsFunc(h.told(), func(t told) bool { return t.is(p, req, mark) })
}

func (t told) is(p process, req credhelper.Request, mark string) bool {
	return t.Process == p.ID && t.Place == req.Server && t.Mark == mark
}

// tells remembers an answer. If it cannot, no harm is done.
func (h *handler) tells(req credhelper.Request, mark string) {
	p, ok := h.who(req)
	if !ok || mark == "" {
		return
	}
	all := h.told()
	if slices.ContainsFunc(all, func(t told) bool { return t.is(p, req, mark) }) {
		return
	}
	all = append(all, told{p.ID, req.Server, mark, time.Now()})
	data, err := json.Marshal(all[max(0, len(all)-maxTold):])
	if err == nil {
		err = atomicfile.Write(paths.Told(h.s.State), data)
	}
	if err != nil {
		h.app.log.Debug("an answer not remembered", "err", err)
	}
}

// told are the answers of late. A file that cannot be read holds none.
func (h *handler) told() []told {
	const most = 1 << 20
	var all []told
	data, err := atomicfile.ReadOwn(paths.Told(h.s.State), most)
	if err != nil || json.Unmarshal(data, &all) != nil {
		return nil
	}
	now := time.Now()
	return slices.DeleteFunc(all, func(t told) bool { return now.Sub(t.At).Abs() > toldSince })
}
