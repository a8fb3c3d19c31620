package fob

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
)

// Memory is a Store that lives and dies with the process. The zero Memory is empty and ready.
type Memory struct {
	mu      sync.Mutex
	records map[string][]byte
	locks   map[string]chan struct{} // of capacity 1: full means held
}

// Get returns a copy of what was last put under name, or ErrNotFound.
func (m *Memory) Get(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.records[name]
	if !ok {
		return nil, ErrNotFound
	}
	return bytes.Clone(data), nil
}

// Put keeps a copy of data under name.
func (m *Memory) Put(_ context.Context, name string, data []byte) error {
	if err := CheckName(name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = make(map[string][]byte)
	}
	m.records[name] = bytes.Clone(data)
	return nil
}

// Delete forgets name.
func (m *Memory) Delete(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, name)
	return nil
}

// List returns every name, sorted.
func (m *Memory) List(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.records)), nil
}

// Lock waits until it holds name's lock, or ctx ends.
func (m *Memory) Lock(ctx context.Context, name string) (unlock func(), err error) {
	lock := m.lock(name)
	select {
	case lock <- struct{}{}:
		return sync.OnceFunc(func() { <-lock }), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (m *Memory) lock(name string) chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locks == nil {
		m.locks = make(map[string]chan struct{})
	}
	if m.locks[name] == nil {
		m.locks[name] = make(chan struct{}, 1)
	}
	return m.locks[name]
}
