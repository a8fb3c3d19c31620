package credhelper

// HandOver is Serve's error where a Handler, or Call.Limit, says ErrHandOver. Nothing of an answer has been written, and another program
// can take over.
type HandOver struct {
	Args []string // the name of this one, the protocol's word and what the tool said: Args of another Call
	Read []byte   // what was read of Stdin and not answered; the rest is still there
	End  bool     // there is no rest
}

func (h *HandOver) Error() string { return ErrHandOver.Error() }
func (h *HandOver) Unwrap() error { return ErrHandOver }
