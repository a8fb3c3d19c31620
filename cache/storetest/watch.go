package storetest

import (
	"testing"
	"time"

	"github.com/fobkit/fob"
)

// watched is a's word of changes to name.
func (s *suite) watched(name string) <-chan struct{} {
	told := make(chan struct{}, 1)
	s.a.(fob.Watcher).Watch(func(changed string) {
		if changed != name && changed != "" {
			return
		}
		select {
		case told <- struct{}{}:
		default:
		}
	})
	return told
}

// tells reports a change that was not told of soon.
func tells(t *testing.T, told <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-told:
	case <-time.After(soon):
		t.Errorf("%s was not told", what)
	}
}

func (s *suite) news(t *testing.T) {
	told := s.watched("news")
	wantNotFound(t, s.a, "news")
	for _, c := range []struct {
		what string
		do   func() error
	}{
		{"another's first write", func() error { return s.b.Put(t.Context(), "news", []byte("first")) }},
		{"another's next write", func() error { return s.b.Put(t.Context(), "news", []byte("next")) }},
		{"a write of one's own", func() error { return s.a.Put(t.Context(), "news", []byte("own")) }},
		{"a deletion", func() error { return s.b.Delete(t.Context(), "news") }},
		{"a write after it", func() error { return s.b.Put(t.Context(), "news", []byte("again")) }},
	} {
		s.a.Get(t.Context(), "news") // only what was read since is told of
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		tells(t, told, c.what)
	}
}

func (s *suite) leasedNews(t *testing.T) {
	told := s.watched("leased-news")
	_, b := s.leasers()
	wantNotFound(t, s.a, "leased-news")
	held := lease(t, b, "leased-news")
	defer held.Release()
	if err := held.Put(t.Context(), []byte("x")); err != nil {
		t.Fatal(err)
	}
	tells(t, told, "a write under a lease")
	want(t, s.a, "leased-news", []byte("x"))
}
