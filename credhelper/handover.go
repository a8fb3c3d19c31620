package credhelper

// HandOver is Serve's error for what another program is to answer. Nothing of an answer has been written, and another program
// can take over.
type HandOver struct {
	Args []string // the name of this one, the protocol's word and what the tool said: Args of another Call
	Read []byte   // what was read of Stdin and not answered; the rest is still there
	End  bool     // there is no rest, or none that counts

	// Next is what the tool said, where there may be another program of the name that it called: keyring's. Nil: there is none.
	Next []string
}

func (t *target) handOver(in *input) *HandOver {
	h := &HandOver{Args: append([]string{t.name}, t.words()...), Read: in.data, End: in.end}
	if t.proto.next {
		h.Next = append([]string{}, t.args...)
	}
	return h
}

func (h *HandOver) Error() string { return ErrHandOver.Error() }
func (h *HandOver) Unwrap() error { return ErrHandOver }
