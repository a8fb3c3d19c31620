package session

import "context"

// lost is the Store in a state directory that cannot be used. The cache then keeps tokens in memory, as it does without a Store; but it
// knows that there may be others, and sends no refresh token that one of them may have used up.
type lost struct{ err error }

func (l lost) Get(context.Context, string) ([]byte, error) { return nil, l.err }
func (l lost) Put(context.Context, string, []byte) error   { return l.err }
func (l lost) Delete(context.Context, string) error        { return l.err }
