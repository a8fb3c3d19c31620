package fleet

import "time"

// suffer has Redis break, and mends it.
func (s *shared) suffer() {
	if s.params.Fault == "" {
		return
	}
	time.Sleep(s.params.Broken.From)
	mend := s.breaks()
	time.Sleep(s.params.Broken.To - s.params.Broken.From)
	mend()
}

func (s *shared) breaks() (mend func()) {
	switch s.params.Fault {
	case Killed:
		s.server.Kill()
		return func() { s.server.Restart(false) }
	case Stopped:
		s.server.Stop()
		return s.server.Resume
	case Flushed:
		s.server.Flush()
		return func() {}
	}
	half := s.links[:len(s.links)/2]
	for _, l := range half {
		l.Cut()
	}
	return func() {
		for _, l := range half {
			l.Mend()
		}
	}
}
