// Package flight shares one piece of work among all who want it at the same time.
package flight

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrExited is the result of work that ended its goroutine by runtime.Goexit.
var ErrExited = errors.New("work ended without a result")

// PanicError is the result of work that panicked: one panic fails the callers of one flight and wedges nothing.
type PanicError struct {
	Value any // what was passed to panic; not part of Error, since it may hold anything
}

func (e *PanicError) Error() string { return fmt.Sprintf("work panicked with a %T", e.Value) }

// Flight is at most one piece of work under way. The zero Flight is ready; it must not be copied.
type Flight[T any] struct {
	mu   sync.Mutex
	call *call[T] // nil: nothing is under way
}

type call[T any] struct {
	done  chan struct{} // closed when value and err are set
	value T
	err   error
}

// Do joins the work that is under way, or starts fn, and waits for its result or for the end of ctx. The work runs on
// a goroutine of its own under ctx without its cancellation: a caller who leaves neither ends it nor fails the others. The work
// bounds itself.
func (f *Flight[T]) Do(ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	c := f.start(ctx, fn)
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		var zero T
		return zero, context.Cause(ctx)
	}
}

// Start joins or starts as Do does, and does not wait.
func (f *Flight[T]) Start(ctx context.Context, fn func(context.Context) (T, error)) { f.start(ctx, fn) }

func (f *Flight[T]) start(ctx context.Context, fn func(context.Context) (T, error)) *call[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.call == nil {
		f.call = &call[T]{done: make(chan struct{}), err: ErrExited}
		go f.run(context.WithoutCancel(ctx), f.call, fn)
	}
	return f.call
}

// Wait returns when the work that is under way now has ended, or with ctx's error.
func (f *Flight[T]) Wait(ctx context.Context) error {
	f.mu.Lock()
	c := f.call
	f.mu.Unlock()
	if c == nil {
		return nil
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (f *Flight[T]) run(ctx context.Context, c *call[T], fn func(context.Context) (T, error)) {
	defer f.land(c)
	defer func() {
		if v := recover(); v != nil {
			c.err = &PanicError{Value: v}
		}
	}()
	c.value, c.err = fn(ctx)
}

// land makes room for the next flight before it wakes the waiters: whoever then finds the result unfit starts anew.
func (f *Flight[T]) land(c *call[T]) {
	f.mu.Lock()
	f.call = nil
	f.mu.Unlock()
	close(c.done)
}
