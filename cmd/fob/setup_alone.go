package main

import (
	"context"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/setup"
)

// alone has do plan and act while no other process sets up anything on m: what setup did stands in one file, which each of them writes whole,
// and two tools may share a link. A dry run needs no such right, and leaves no lock behind.
func alone(ctx context.Context, m *setup.Machine, dryRun bool, do func() error) error {
	if dryRun {
		return do()
	}
	unlock, err := fob.Dir(m.Data).Lock(ctx, "setup")
	if err != nil {
		return err
	}
	defer unlock()
	return do()
}
