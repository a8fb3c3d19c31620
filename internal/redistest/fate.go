package redistest

// Kill ends the server as a crash does. A second time is no harm.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Kill()
		<-s.ended
	}
}
