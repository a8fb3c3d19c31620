// Package journal is what fob explain tells: the last decisions that were not plain hits, in one small file of the state directory.
// It is a log for the person who owns it, and nothing depends on it: an entry that cannot be written soon is lost.
//
//	err := journal.Journal(path).Append(journal.Entry{Time: time.Now(), What: "minted", Profile: "corp"})
package journal

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/atomicfile"
)

// Journal is the path of the file. It is mode 0600; whoever writes holds the lock of a file beside it. Links and files of
// other users are refused.
type Journal string

const (
	// keep is how many entries Read returns, and how many remain when the file is rewritten: at twice as many, so that most writes
	// are a mere append.
	keep = 200

	maxFile = 4 * keep * maxLine

	// appendPatience bounds what a log may cost whoever wants an answer; forgetPatience, what a person waits who logs out.
	appendPatience = 100 * time.Millisecond
	forgetPatience = 5 * time.Second
)

// Append adds entries. One with Until is left out if the file holds it already: ten thousand calls that are told of the same failure
// leave one line. If others hold the lock for a tenth of a second, nothing is written, and the error says so.
func (j Journal) Append(entries ...Entry) error {
	unlock, err := j.lock(appendPatience)
	if err != nil {
		return err
	}
	defer unlock()
	data, err := j.take()
	if err != nil {
		return err
	}
	added := news(data, entries)
	switch lines := bytes.Count(data, []byte("\n")); {
	case len(added) == 0:
		return nil
	case lines+len(added) > 2*keep:
		return j.rewrite(append(decode(data), added...))
	}
	return j.extend(data, encode(added))
}

// news are those of entries that are worth a line beside data. Most are, and then data is not parsed.
func news(data []byte, entries []Entry) []Entry {
	var added []Entry
	for _, e := range entries {
		if e = e.clean(); e.Until.IsZero() || !slices.ContainsFunc(append(decode(data), added...), e.same) {
			added = append(added, e)
		}
	}
	return added
}

// Read returns the last 200 entries, the newest last. Lines that are no entries are skipped; a file that is not there has none.
func (j Journal) Read() ([]Entry, error) {
	data, err := j.read()
	return last(decode(data)), err
}

// Forget removes the entries of profile. Without a file there is nothing to do.
func (j Journal) Forget(profile string) error {
	return j.change(func() error {
		data, err := j.take()
		if err != nil {
			return err
		}
		name := Entry{Profile: profile}.clean().Profile
		return j.rewrite(slices.DeleteFunc(decode(data), func(e Entry) bool { return e.Profile == name }))
	})
}

// Erase removes the file, whatever it holds.
func (j Journal) Erase() error {
	return j.change(func() error { return os.Remove(string(j)) })
}

// change calls edit under the lock, if there is a file.
func (j Journal) change(edit func() error) error {
	if _, err := os.Lstat(string(j)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	unlock, err := j.lock(forgetPatience)
	if err != nil {
		return err
	}
	defer unlock()
	if err := edit(); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// lock makes the directory too, and refuses one that is not this user's own.
func (j Journal) lock(patience time.Duration) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return fob.Dir(filepath.Dir(string(j))).Lock(ctx, filepath.Base(string(j)))
}

// read returns the file, or nothing for one that is not there.
func (j Journal) read() ([]byte, error) {
	data, err := atomicfile.ReadOwn(string(j), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// take is read for whoever holds the lock: a file larger than any that fob wrote is begun anew.
func (j Journal) take() ([]byte, error) {
	data, err := j.read()
	if errors.Is(err, atomicfile.ErrTooBig) {
		return nil, os.Remove(string(j))
	}
	return data, err
}

// extend adds text to the file, which holds data. It is not synced: what is lost with the power is a few lines of a log.
func (j Journal) extend(data, text []byte) error {
	if len(data) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
		text = append([]byte("\n"), text...) // after a line that was torn
	}
	f, err := os.OpenFile(string(j), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // no link: read has looked, in a directory of our own
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

func (j Journal) rewrite(entries []Entry) error {
	return atomicfile.Write(string(j), encode(last(entries)))
}

func last(entries []Entry) []Entry {
	return entries[max(0, len(entries)-keep):]
}
