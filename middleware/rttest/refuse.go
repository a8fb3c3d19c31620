package rttest

import (
	"context"
	"errors"
)

// What a RoundTripper does that sends nothing.

func refusalIsAnError(wrap wrapper) error {
	s := new(stub)
	resp, err, bad := send(wrap(s), get())
	finish(resp)
	switch {
	case bad != nil:
		return bad
	case err == nil:
		return errors.New("RoundTrip returned an answer: RunRefusing is for one that refuses each request")
	case s.asked():
		return errors.New("the request reached the base all the same")
	}
	return nil
}

func refusedBodyClosed(wrap wrapper) error {
	s := new(stub)
	for _, make := range makers {
		u := newUpload(64, s.asked)
		exchange(wrap(s), make(u, context.Background()))
		if err := u.closedOnce(); err != nil {
			return err
		}
		if u.early {
			return errors.New("the body was read")
		}
	}
	return nil
}
