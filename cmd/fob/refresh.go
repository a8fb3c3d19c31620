package main

import (
	"context"
	"errors"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/session"
	"github.com/spf13/cobra"
)

// refreshCommand is for fob-helper, which answers a tool with a token that is good for a while yet and starts this behind its back.
func (a *app) refreshCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "refresh RECORD",
		Short:  "Replace the token of a record, if it is stale",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("refresh takes the name of a record")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.refresh(cmd.Context(), args[0]) },
	}
}

func (a *app) refresh(ctx context.Context, record string) error {
	keepClaim()
	s, err := a.session()
	if err != nil {
		return err
	}
	p, err := profileOfRecord(s, record)
	if err != nil {
		return err
	}
	a.notes.asks(s, journal.Entry{Profile: p.Name, Asker: background})
	return a.notes.failed(p.Source.Refresh(ctx))
}

// profileOfRecord finds the profile whose token lies in record.
func profileOfRecord(s *session.Session, record string) (*session.Profile, error) {
	for _, name := range s.Config.Names() {
		if p, err := s.Profile(name); err == nil && p.Key.Name() == record {
			return p, nil
		}
	}
	return nil, fob.ErrNotFound
}
