package main

import (
	"context"

	"github.com/fobkit/fob/credhelper"
)

// noFob is the handler of a helper whose fob is missing, or must not be run.
type noFob struct{ why error }

func (h noFob) Error() string   { return h.why.Error() }
func (h noFob) Unwrap() []error { return []error{credhelper.ErrPermission, h.why} }

func (h noFob) Credential(context.Context, credhelper.Request) (credhelper.Credential, error) {
	return credhelper.Credential{}, h
}

func (h noFob) Store(context.Context, credhelper.Request, credhelper.Credential) error { return h }
func (h noFob) Erase(context.Context, credhelper.Request, credhelper.Credential) error { return h }
func (h noFob) List(context.Context) ([]credhelper.Entry, error)                       { return nil, h }
func (h noFob) Held(context.Context, credhelper.Request) ([]credhelper.Held, error)    { return nil, h }
