package fleet

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestALoneSourceAsksOnceForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := NewServer(Params{Keys: 1, Life: time.Hour, Answer: Span{time.Second, time.Second}}, time.Now())
		source := NewLone(endpoint, 0, server)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := source.Token(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := Sum(server.asked); got != 1 {
			t.Errorf("ten callers cost %d requests, want 1", got)
		}
	})
}

func TestALoneSourceAsksAtEachCallWhileTheServerRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := NewServer(Params{Keys: 1, Life: time.Hour, Outage: Span{0, time.Hour}}, time.Now())
		source := NewLone(endpoint, 0, server)
		for range 10 {
			if _, err := source.Token(t.Context()); err == nil {
				t.Error("a token from a server that refuses")
			}
		}
		if got := Sum(server.asked); got != 10 {
			t.Errorf("ten calls cost %d requests, want 10", got)
		}
	})
}
