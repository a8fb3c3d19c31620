package fob

import (
	"context"
	"errors"
	"time"
)

// CachedSource is one key's token in a Cache.
type CachedSource struct {
	*entry
	grant Grant
}

// Token returns the key's token. A fresh one costs an atomic load. A stale one is returned at once while its successor is minted in
// the background. Without a valid one the caller joins the one mint under way, until ctx ends; the mint goes on for the
// others. Its error is the grant's, or a *RememberedError in its place for a while: two seconds, doubling to half a minute, after a failure that
// may pass, and fifteen minutes, doubling to four hours, after a refusal, unless the credentials change. An error with a method Untrusted() bool
// that is true says that this machine does not trust the server: that is two seconds each time.
func (s *CachedSource) Token(ctx context.Context) (Token, error) {
	h := s.cur.Load()
	if h == nil {
		return s.await(ctx, want{})
	}
	now := time.Now()
	if h.fresh(now) {
		return h.tok, nil
	}
	if !h.valid(now) {
		return s.await(ctx, want{})
	}
	s.ahead(ctx, h, now)
	return h.tok, nil
}

// TokenLasting is Token for a caller who needs the token to stay valid for least; half of the token's life is the most that is
// granted. If no such token can be had, one that is merely valid is returned.
func (s *CachedSource) TokenLasting(ctx context.Context, least time.Duration) (Token, error) {
	if h := s.cur.Load(); h != nil && h.tok.Lasts(time.Now(), least) {
		return s.Token(ctx)
	}
	return s.await(ctx, want{least: least})
}

// Renew returns a token other than used: the newer one that has taken its place, or one minted now. If that fails, used stays
// as it was, and the error is the grant's.
func (s *CachedSource) Renew(ctx context.Context, used Token) (Token, error) {
	return s.join(ctx, want{not: used.Access, need: true, force: true})
}

// Successor is Renew for whom used does not serve any more, and who may ask again and again: while a failure is remembered, that is its
// error, and no server is asked.
func (s *CachedSource) Successor(ctx context.Context, used Token) (Token, error) {
	return s.join(ctx, want{not: used.Access, need: true})
}

// Refresh replaces the kept token if it is stale, and waits until that is done: what Token does in the background, for a process
// that has nothing else to do.
func (s *CachedSource) Refresh(ctx context.Context) error {
	tok := s.load(ctx).tok
	if s.fits(tok, want{}) && time.Now().Before(tok.RefreshAt()) {
		return nil
	}
	_, err := s.join(ctx, want{not: tok.Access})
	return err
}

// Login mints anew, whatever is kept, and replaces all of it: from the grant's seed, if it is a Seeder. If that fails, what is
// kept stays. A record that the cache would leave alone, since another version wrote it or its sealing key is lost, is set
// aside. Once the grant is asked, ctx's end no longer matters: a seed may be good for a single use.
func (s *CachedSource) Login(ctx context.Context) (Token, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return Token{}, err
	}
	defer unlock()
	var last Token
	if seeder, ok := s.grant.(Seeder); ok {
		if s.cache.leased() {
			return Token{}, errShared
		}
		if last, err = seeder.Seed(ctx); err != nil {
			return Token{}, err
		}
	}
	ctx = context.WithoutCancel(ctx)
	tok, err := s.ask(ctx, s.grant, last, WhyLogin)
	if err != nil {
		return Token{}, err
	}
	s.replace(ctx, tok)
	return tok, nil
}

// Replace makes tok, the fruit of a login made elsewhere, the key's token, as Login does.
func (s *CachedSource) Replace(ctx context.Context, tok Token) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.minted(tok.Access)
	s.replace(ctx, s.shareable(tok))
	return nil
}

func (s *CachedSource) replace(ctx context.Context, tok Token) {
	k := s.claim(ctx, s.load(ctx))
	if k = s.keep(ctx, k.successor(tok)); errors.Is(k.lost, ErrLeaseLost) {
		s.warn("write", k.lost)
	}
	s.begin(k)
}

// await joins, and falls back on a token that is merely valid: a mint that failed never takes that away.
func (s *CachedSource) await(ctx context.Context, w want) (Token, error) {
	tok, err := s.join(ctx, w)
	if h := s.cur.Load(); err != nil && h != nil && h.valid(time.Now()) {
		return h.tok, nil
	}
	return tok, err
}

// join waits for a token that serves w: at most two flights, since the first may have been under way for another's wish.
func (s *CachedSource) join(ctx context.Context, w want) (tok Token, err error) {
	for first := true; ; first = false {
		own := false
		h, err := s.flight.Do(ctx, func(ctx context.Context) (*held, error) {
			own = true
			return s.fly(ctx, s.grant, w)
		})
		if first && w.force && errors.As(err, new(*RememberedError)) {
			continue // of a flight that was not forced
		}
		if err != nil {
			return Token{}, err
		}
		if tok = h.tok; !first || s.fits(tok, w) || own && tok.Access == w.not { // a server may give the same token again
			return tok, nil
		}
	}
}

// ahead begins to mint h's successor, unless that has just failed.
func (s *CachedSource) ahead(ctx context.Context, h *held, now time.Time) {
	if s.cache.OneShot || !s.mayTry(now) {
		return
	}
	if h.tok.Lasts(now, leisure) {
		ctx = unhurried(ctx)
	}
	w := want{not: h.tok.Access}
	s.flight.Start(ctx, func(ctx context.Context) (*held, error) { return s.fly(ctx, s.grant, w) })
}

// forcedPause is the least time between two drops of one key's token: a server that refuses every token does not get one a call.
const forcedPause = time.Second

// Invalidate drops used, which a server refused, from memory and store; its refresh token stays. Nothing happens if a
// newer token has already taken its place, or if the last drop is less than a second ago. A store in trouble costs a Trace.Warning; the
// error is ctx's, if it has ended.
func (s *CachedSource) Invalidate(ctx context.Context, used Token) error {
	if !s.reject(used.Access, time.Now()) {
		return nil
	}
	if f := s.cache.Trace.Dropped; f != nil {
		f(s.name)
	}
	s.dropKept(ctx, used.Access)
	return context.Cause(ctx)
}

// suspectPause is forcedPause for those who may be wrong.
const suspectPause = time.Minute

// Suspect is Invalidate for who only infers that a server refused used, from being asked for a token once more, say: within a minute
// of the key's last drop nothing happens, so that a wrong guess costs at most a mint a minute.
func (s *CachedSource) Suspect(ctx context.Context, used Token) error {
	if time.Since(s.load(ctx).rec.Dropped).Abs() < suspectPause || s.droppedWithin(suspectPause) {
		return nil
	}
	return s.Invalidate(ctx, used)
}

// errUnread is Forget's answer where there was something, and nobody can say what.
var errUnread = errors.New("removed here, but what was kept could not be read, and so not be revoked")

// Forget removes the key's token and all that came with it. revoke, if not nil, is called with it first, under the
// key's lock, so that no refresh can bring it back; its error is returned after everything local has been deleted.
func (s *CachedSource) Forget(ctx context.Context, revoke func(context.Context, Token) error) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	k := s.load(ctx)
	var revokeErr error
	switch {
	case revoke == nil:
	case k.tok.Access != "" || k.tok.Refresh != "":
		revokeErr = revoke(ctx, k.tok)
	case k.leave:
		revokeErr = errUnread
	}
	err = s.deleteKept(ctx)
	s.begin(kept{})
	if err != nil {
		return err
	}
	return revokeErr
}

// Failed is what the last mint failed with, if the next is not tried before a time yet to come. Nil: there is nothing of the kind.
// No server is asked.
func (s *CachedSource) Failed(ctx context.Context) *RememberedError {
	f := s.load(ctx).failed
	if !f.stands(ctx, s.grant, time.Now()) {
		return nil
	}
	return f.err()
}

// InDoubt reports whether the refresh token was sent and no answer has been kept: another process is waiting for it, or it was lost, and the
// server may have used the token up. No server is asked.
func (s *CachedSource) InDoubt(ctx context.Context) bool { return !s.load(ctx).intent.IsZero() }

// Kept returns the token as it lies in memory or store, valid or not, and mints nothing. Zero: there is none.
func (s *CachedSource) Kept(ctx context.Context) Token { return s.load(ctx).tok }
