package fob

import (
	"context"
	"testing"
	"time"
	"unsafe"
)

// at is a reading of both clocks, each moved on by itself: what a clock that is set, or a sleeping machine, does and no fake clock can.
func at(wall, monotonic time.Duration) time.Time {
	t := time.Now().Add(wall)
	(*struct {
		wall      uint64
		monotonic int64
	})(unsafe.Pointer(&t)).monotonic += int64(monotonic - wall)
	return t
}

func TestATokensAgeIsToldByTheClockThatHasGoneFurther(t *testing.T) {
	now := time.Now()
	h := hold(Token{Access: "a-fob-canary-7f3a9c", Issued: now, Expiry: now.Add(time.Hour)})
	for _, tt := range []struct {
		name            string
		wall, monotonic time.Duration
		fresh, valid    bool
	}{
		{"young", time.Minute, time.Minute, true, true},
		{"old", 57 * time.Minute, 57 * time.Minute, false, true},
		{"over", 61 * time.Minute, 61 * time.Minute, false, false},
		{"old, and the machine slept", 57 * time.Minute, time.Minute, false, true},
		{"over, and the machine slept", 61 * time.Minute, time.Minute, false, false},
		{"old, and the clock was set back", time.Minute, 57 * time.Minute, false, true},
		{"over, and the clock was set back", time.Minute, 61 * time.Minute, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := at(tt.wall, tt.monotonic)
			if fresh, valid := h.fresh(now), h.valid(now); fresh != tt.fresh || valid != tt.valid {
				t.Errorf("got fresh %v, valid %v, want %v, %v", fresh, valid, tt.fresh, tt.valid)
			}
		})
	}
}

// numbered is a grant whose tokens are 1, 2, 3 …
func numbered() Grant {
	n := 0
	return GrantFunc(func(context.Context, Token) (Token, error) {
		n++
		now := time.Now()
		return Token{Access: Secret(rune('0' + n)), Issued: now, Expiry: now.Add(time.Hour)}, nil
	})
}

func TestAClockSetBackMakesNoTokenYoung(t *testing.T) {
	src := (&Cache{Store: Dir(t.TempDir())}).Source(Key{Client: "c"}, numbered())
	first, err := src.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	aged := *src.cur.Load()
	aged.since = at(0, -2*time.Hour)
	src.cur.Store(&aged)
	if tok, err := src.Token(t.Context()); err != nil || tok.Access == first.Access {
		t.Errorf("got the token of two hours ago, %v, want its successor", err)
	}
}

func TestATokenThatWasIssuedInTheFutureIsNotBelieved(t *testing.T) {
	now := time.Now()
	issued := func(ahead time.Duration) Token {
		return Token{Access: "a-fob-canary-7f3a9c", Issued: now.Add(ahead), Expiry: now.Add(ahead + time.Hour)}
	}
	if !issued(10 * time.Minute).Valid(now) {
		t.Error("clocks that are each five minutes off make a token invalid")
	}
	if issued(12 * time.Minute).Valid(now) {
		t.Error("a token of a clock that was ahead is valid: nobody knows until when")
	}
}
