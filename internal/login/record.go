package login

import (
	"os"
	"strconv"
	"time"

	"github.com/fobkit/fob/internal/lines"
)

// Notice is what a person who logs in needs. None of it is secret: whoever answers for them logs in as somebody else, elsewhere.
type Notice struct {
	Way      Way
	URL      string
	Code     string    // to compare, or to type in; empty: there is none
	Deadline time.Time // when it is over
}

// Record is what processes are told of the logins of a key.
type Record struct {
	Notice            // of the last one; zero: it is over, or has come to none yet
	Profile string    // whose
	PID     int       // of the process that asked last
	Started time.Time // when it did

	Attempts int       // left unanswered since the last that was
	Until    time.Time // when a person may be asked again by a tool
}

const (
	kind    = "fob-login"
	version = 1
)

// begun is r for a login that begins now, of which there is no notice yet.
func (r Record) begun(profile string) Record {
	r.Notice, r.Profile, r.PID, r.Started = Notice{}, profile, os.Getpid(), time.Now()
	return r
}

// Encode returns the bytes for the board.
func (r Record) Encode() ([]byte, error) {
	return lines.Encode(kind, version, []lines.Line{
		{Key: "profile", Value: r.Profile},
		{Key: "pid", Value: strconv.Itoa(r.PID)},
		{Key: "started_ms", Value: millis(r.Started)},
		{Key: "way", Value: string(r.Way)},
		{Key: "url", Value: r.URL},
		{Key: "code", Value: r.Code},
		{Key: "deadline_ms", Value: millis(r.Deadline)},
		{Key: "attempts", Value: strconv.Itoa(r.Attempts)},
		{Key: "until_ms", Value: millis(r.Until)},
	})
}

// Decode reads what Encode wrote. Its errors are those of lines.Decode, and of a number that is none.
func Decode(data []byte) (Record, error) {
	var r Record
	ls, err := lines.Decode(kind, version, data)
	for _, l := range ls {
		if err == nil {
			err = r.set(l)
		}
	}
	if err != nil {
		return Record{}, err
	}
	return r, nil
}

// set takes in a line. One that is unknown is passed over.
func (r *Record) set(l lines.Line) (err error) {
	switch l.Key {
	case "profile":
		r.Profile = l.Value
	case "pid":
		r.PID, err = strconv.Atoi(l.Value)
	case "started_ms":
		r.Started, err = moment(l.Value)
	case "way":
		r.Way = Way(l.Value)
	case "url":
		r.URL = l.Value
	case "code":
		r.Code = l.Value
	case "deadline_ms":
		r.Deadline, err = moment(l.Value)
	case "attempts":
		r.Attempts, err = strconv.Atoi(l.Value)
	case "until_ms":
		r.Until, err = moment(l.Value)
	}
	return err
}

func millis(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func moment(text string) (time.Time, error) {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(ms), nil
}
