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
// leave one line, and wait for nobody. If others hold the lock for a tenth of a second, nothing is written, and the error says so.
func (j Journal) Append(entries ...Entry) error {
	if data, err := j.read(); err == nil && len(news(data, entries)) == 0 {
		return nil
	}
	unlock, err := j.lock(appendPatience)
	if err != nil {
		return err
	}
	defer unlock()
	data, err := j.take()
	if err != nil {
		return err
	}
	text := news(data, entries)
	if len(data) > 0 && !bytes.HasSuffix(data, newline) {
		text = append([]byte("\n"), text...) // after a line that was torn
	}
	if bytes.Count(data, newline)+bytes.Count(text, newline) > 2*keep {
		return j.rewrite(decode(append(data, text...)))
	}
	return j.extend(text)
}

var newline = []byte("\n")

// news is what entries add to data.
func news(data []byte, entries []Entry) (text []byte) {
	for _, e := range entries {
		line := e.encode()
		_, said, _ := bytes.Cut(line, []byte(`,"what":`)) // all but when
		if e.Until.IsZero() || !bytes.Contains(data, said) && !bytes.Contains(text, said) {
			text = append(text, line...)
		}
	}
	return text
}

// Read returns the last 200 entries in the order of their times: a process writes what it has to tell only when it ends. Lines that are
// no entries are skipped; a file that is not there has none.
func (j Journal) Read() ([]Entry, error) {
	data, err := j.read()
	entries := last(decode(data))
	byTime(entries)
	return entries, err
}

// byTime sorts entries of which few are not in their place. One of the standard library's sorts would add 16 KB to fob.
func byTime(entries []Entry) {
	for i := range entries {
		for j := i; j > 0 && entries[j].Time.Before(entries[j-1].Time); j-- {
			entries[j], entries[j-1] = entries[j-1], entries[j]
		}
	}
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

// extend adds text to the file. It is not synced: what is lost with the power is a few lines of a log.
func (j Journal) extend(text []byte) error {
	f, err := os.OpenFile(string(j), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // no link: take has looked, in a directory of our own
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

func (j Journal) rewrite(entries []Entry) error {
	var data []byte
	for _, e := range last(entries) {
		data = append(data, e.encode()...)
	}
	return atomicfile.Write(string(j), data)
}

func last(entries []Entry) []Entry {
	return entries[max(0, len(entries)-keep):]
}
