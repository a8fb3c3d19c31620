package oauthtest

// TB is what New needs of a *testing.T. Package testing itself stays out of the programs that embed a Server.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// New is Start for a test, which closes the Server when it ends.
func New(t TB, o Options) *Server {
	t.Helper()
	return cleaned(t, o, Start)
}

// NewInMemory is StartInMemory for a test, which closes the Server when it ends.
func NewInMemory(t TB, o Options) *Server {
	t.Helper()
	return cleaned(t, o, StartInMemory)
}

func cleaned(t TB, o Options, start func(Options) (*Server, error)) *Server {
	t.Helper()
	s, err := start(o)
	if err != nil {
		t.Fatalf("oauthtest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}
