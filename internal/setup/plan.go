package setup

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Plan is what would be done. Until Apply is called, nothing is.
type Plan struct {
	Tool     string
	Warnings []string // what the user should know, whether or not anything is to be done

	m       *Machine
	files   []*file
	links   []Link // to be made
	unlinks []Link // to be removed
	record  *record
	known   bool // the manifest says so already
}

// Plan says what w takes. It fails with an [UnknownToolError], a [ConflictError] or [LinkError] for what would be overwritten, a [FileError]
// for a file that does not parse, and an atomicfile.UntrustedError for one that others may write.
func (m *Machine) Plan(ctx context.Context, w Wish) (*Plan, error) {
	t, err := find(w.Tool)
	if err != nil {
		return nil, err
	}
	j, err := m.job(w)
	if err != nil {
		return nil, err
	}
	if err := t.plan(ctx, j); err != nil {
		return nil, err
	}
	return j.finish()
}

// PlanRemoval says what it takes to remove what setup did for a tool. Nothing was done: the plan is empty.
func (m *Machine) PlanRemoval(name string) (*Plan, error) {
	if _, err := find(name); err != nil {
		return nil, err
	}
	j, err := m.job(Wish{Tool: name})
	if err != nil {
		return nil, err
	}
	j.removing = true
	return j.finish()
}

func (m *Machine) job(w Wish) (*job, error) {
	list, err := m.manifest()
	if err != nil {
		return nil, err
	}
	j := &job{Machine: m, wish: w, old: list.Tools[w.Tool]}
	for name, r := range list.Tools {
		if name != w.Tool {
			j.others = append(j.others, r.Links...)
		}
	}
	if j.old != nil && len(w.Profiles) > 0 { // one more
		j.wish.Profiles = union(j.old.Wish.Profiles, w.Profiles)
	}
	j.wish.Named = w.Profiles
	if j.old != nil {
		j.wish.Named = sorted(slices.Concat(j.old.Wish.Named, j.old.Wish.Profiles, w.Profiles))
		j.wish.KubeletConfig = cmp.Or(w.KubeletConfig, j.old.Wish.KubeletConfig)
		j.wish.KubeletBinDir = cmp.Or(w.KubeletBinDir, j.old.Wish.KubeletBinDir)
	}
	j.wish.Replace = w.Replace || j.old != nil && j.old.Wish.Replace // what was taken over stays so
	for _, p := range m.Profiles {
		if len(j.wish.Profiles) == 0 || slices.Contains(j.wish.Profiles, p.Name) {
			j.profiles = append(j.profiles, p)
		}
	}
	return j, nil
}

// union is all of a and b; of all profiles, which is what none stands for, there are no more.
func union(a, b []string) []string {
	if len(a) == 0 {
		return nil
	}
	return sorted(slices.Concat(a, b))
}

// sorted is names in their order, each once.
func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// finish turns what is wanted into what is to be done: what was done before and is not wanted any more goes.
func (j *job) finish() (*Plan, error) {
	p := &Plan{Tool: j.wish.Tool, m: j.Machine, record: &record{Wish: j.wish}}
	if j.old != nil {
		for _, f := range j.old.Files {
			if _, err := j.file(f.Path); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range j.files {
		if err := f.settle(); err != nil {
			return nil, err
		}
		if r := f.record(); r != nil {
			p.record.Files = append(p.record.Files, r)
		}
		f.remove = f.old != nil && f.exists && f.old.Created && len(f.entries) == 0 && blank(f.after)
	}
	p.files, p.Warnings = j.files, j.warnings
	if err := p.plant(j); err != nil {
		return nil, err
	}
	if len(p.record.Files)+len(p.record.Links) == 0 {
		p.record = nil
	}
	p.known = same(j.old, p.record)
	return p, nil
}

// plant finds which links are to be made, and which of those that setup made are not wanted any more.
func (p *Plan) plant(j *job) error {
	var before []Link
	if j.old != nil {
		before = j.old.Links
	}
	known := slices.Concat(before, j.others)
	for _, l := range j.links {
		i := slices.IndexFunc(known, l.at)
		ours := i >= 0
		need, err := l.free(ours)
		if err != nil {
			return err
		}
		if l.Dirs = missingDirs(l.Path); ours {
			l.Dirs = known[i].Dirs
		}
		if need {
			p.links = append(p.links, l)
		}
		if need || ours { // one that somebody else made stays theirs
			p.record.Links = append(p.record.Links, l)
		}
	}
	for _, b := range before {
		if !slices.ContainsFunc(slices.Concat(j.links, j.others), b.at) { // what another tool uses stays
			p.unlinks = append(p.unlinks, b)
		}
	}
	return nil
}

// blank reports whether a file that setup made is as good as none.
func blank(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || text == "{}"
}

// Empty reports whether all is as it should be.
func (p *Plan) Empty() bool {
	return len(p.links)+len(p.unlinks) == 0 && !slices.ContainsFunc(p.files, (*file).changed)
}

// Void reports whether nothing will be set up afterwards.
func (p *Plan) Void() bool { return p.record == nil }

// Apply does what is planned, and calls done with a line for each thing. A link comes before the file that names it, and what is done stands in the
// manifest before it is done: whatever interrupts it, doing or undoing it again ends well.
func (p *Plan) Apply(done func(string)) error {
	if p.record != nil {
		for _, l := range p.links {
			if err := l.make(); err != nil {
				return err
			}
			done("linked " + l.Path)
		}
		if err := p.note(); err != nil {
			return err
		}
	}
	for _, f := range p.files {
		if !f.changed() {
			continue
		}
		if err := f.write(); err != nil {
			return err
		}
		done(f.verb() + " " + f.path)
	}
	for _, l := range p.unlinks {
		if err := l.remove(); err != nil {
			return err
		}
		done("removed " + l.Path)
	}
	os.Remove(p.m.bin()) // made for one tool, it can have been kept for another; in use it is not empty, and stays
	if p.record == nil {
		return p.note()
	}
	return nil
}

func (p *Plan) note() error {
	if p.known {
		return nil
	}
	return p.m.put(p.Tool, p.record)
}

// remove removes a link that still is one: a file that has taken its place is not ours.
func (l Link) remove() error {
	info, err := os.Lstat(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Mode()&fs.ModeSymlink == 0 && runtime.GOOS != "windows" {
		return err
	}
	err = os.Remove(l.Path)
	removeEmpty(l.Dirs)
	return err
}

func (f *file) verb() string {
	if f.remove {
		return "removed"
	}
	return "wrote"
}

// same compares as the manifest would show it.
func same(a, b *record) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
