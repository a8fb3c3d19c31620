package session

import (
	"context"
	"slices"
	"sync"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
)

// lazy is a store that is opened when it is first used: its secrets may be a command's.
type lazy struct {
	open func(context.Context) (*redis.Store, error)
	turn chan struct{} // is had by who opens or closes

	mu       sync.Mutex
	store    *redis.Store
	watchers []func(string)
}

// unopened is why a store could not be opened. The next who needs it tries again.
type unopened struct{ err error }

func (e *unopened) Error() string { return e.err.Error() }
func (e *unopened) Unwrap() error { return e.err }

func (l *lazy) get(ctx context.Context) (*redis.Store, error) {
	if store := l.opened(); store != nil {
		return store, nil
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if store := l.opened(); store != nil {
		return store, nil
	}
	store, err := l.open(ctx)
	if err != nil {
		return nil, &unopened{err}
	}
	for _, changed := range l.settle(store) {
		store.Watch(changed)
	}
	return store, nil
}

func (l *lazy) opened() *redis.Store {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.store
}

func (l *lazy) settle(store *redis.Store) []func(string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.store = store
	return slices.Clone(l.watchers)
}

// close lets go of the store. It is opened anew if it is used again.
func (l *lazy) close(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if store := l.opened(); store != nil {
		l.settle(nil)
		store.Close()
	}
	return nil
}

func (l *lazy) Get(ctx context.Context, name string) ([]byte, error) {
	store, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return store.Get(ctx, name)
}

func (l *lazy) Put(ctx context.Context, name string, data []byte) error {
	store, err := l.get(ctx)
	if err != nil {
		return err
	}
	return store.Put(ctx, name, data)
}

func (l *lazy) Delete(ctx context.Context, name string) error {
	store, err := l.get(ctx)
	if err != nil {
		return err
	}
	return store.Delete(ctx, name)
}

func (l *lazy) Lease(ctx context.Context, name string) (fob.Lease, error) {
	store, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return store.Lease(ctx, name)
}

// Watch begins when the store is opened.
func (l *lazy) Watch(changed func(name string)) {
	l.mu.Lock()
	l.watchers = append(l.watchers, changed)
	store := l.store
	l.mu.Unlock()
	if store != nil {
		store.Watch(changed)
	}
}

func (l *lazy) Seal(plain fob.Secret, b fob.Binding) (string, error) {
	store, err := l.get(context.Background())
	if err != nil {
		return "", err
	}
	return store.Seal(plain, b)
}

func (l *lazy) Open(sealed string, b fob.Binding) (fob.Secret, error) {
	store, err := l.get(context.Background())
	if err != nil {
		return "", err
	}
	return store.Open(sealed, b)
}
