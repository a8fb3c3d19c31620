package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/journal"
	"github.com/fobkit/fob/internal/session"
	"github.com/spf13/cobra"
)

type execFlags struct {
	env, files, fds []string
	place           string
	least           time.Duration
}

func (a *app) execCommand() *cobra.Command {
	var f execFlags
	cmd := &cobra.Command{
		Use:   "exec [PROFILE] -- COMMAND [ARG...]",
		Short: "Run a command that gets a profile's token, by name",
		Long: `Run a command with access tokens where it looks for them: in variables, in files, or behind file descriptors.

The command does not get FOB_ variables, nor those that the profiles' own secrets come from. It is looked up in the absolute
directories of PATH. The profiles must allow "exec"; with --for URL each token must be one that may go there.

Exit codes: the command's own; 128 and the signal's number if one ended it; 126 if it cannot be run, 127 if there is none.
What goes wrong before it runs has the exit codes of fob.`,
		Example: `  fob exec --env GH_TOKEN=github -- gh pr list
  fob exec acme --env TF_VAR_token --for https://api.example.com -- terraform plan
  fob exec acme --file TOKEN_FILE -- ./server`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.exec(cmd.Context(), args, cmd.ArgsLenAtDash(), f)
		},
	}
	cmd.Flags().StringArrayVar(&f.env, "env", nil, "`VARIABLE[=PROFILE]` that holds the token")
	cmd.Flags().StringArrayVar(&f.files, "file", nil, "`VARIABLE[=PROFILE]` that names a file with the token, kept fresh while the command runs")
	cmd.Flags().StringArrayVar(&f.fds, "fd", nil, "`NUMBER[=PROFILE]` of a file descriptor from which the token can be read; 0 is stdin")
	cmd.Flags().StringVar(&f.place, "for", "", "`URL` that the tokens are for")
	cmd.Flags().DurationVar(&f.least, "min-ttl", 5*time.Minute, "how long they shall last at least")
	return cmd
}

var (
	errNoCommand = errors.New(`no command: it follows "--"`)
	errNoGift    = errors.New("exec wants --env, --file or --fd: where the command looks for the token")
)

func (a *app) exec(ctx context.Context, args []string, dash int, f execFlags) error {
	if dash < 0 || dash == len(args) {
		return usageError{errNoCommand}
	}
	if err := atMostOne(nil, args[:dash]); err != nil {
		return err
	}
	gifts, err := f.gifts(argument(args[:dash]))
	if err != nil {
		return err
	}
	path, err := lookUp(args[dash], a.getenv("PATH"))
	if err != nil {
		return err
	}
	c := &command{app: a, path: path, argv: args[dash:]}
	defer c.clean()
	if err := c.fill(ctx, gifts, f); err != nil {
		return err
	}
	return c.run(ctx)
}

// fill asks for the tokens, and puts them where the command will find them.
func (c *command) fill(ctx context.Context, gifts []gift, f execFlags) error {
	s, err := c.session()
	if err != nil {
		return err
	}
	c.environ = without(c.app.environ, nil)
	for _, g := range gifts {
		p, err := c.choose(s, g.profile, f.place, "exec")
		if err != nil {
			return err
		}
		c.environ = without(c.environ, s.Config.SecretVariables(p.Profile))
		c.asks(s, journal.Entry{Profile: p.Name, Asker: "exec", Host: hostOf(f.place)})
		tok, err := c.ask(ctx, p.Name, func(ctx context.Context) (fob.Token, error) { return p.Token(ctx, f.least) })
		if err != nil {
			return err
		}
		if err := c.give(g, c.sink(s, p, output{form: "raw", place: f.place}, "exec"), tok); err != nil {
			return err
		}
	}
	c.environ = append(without(c.environ, c.names()), c.set...)
	c.saveIndex(ctx, s)
	return nil
}

// asks says for whom the next token is, once what there is to tell of the last is written.
func (a *app) asks(s *session.Session, e journal.Entry) {
	a.writeNotes()
	a.notes.asks(s, e)
}

// give puts tok where g says, by way of k if that is a file.
func (c *command) give(g gift, k *sink, tok fob.Token) error {
	text, err := k.write(tok)
	switch {
	case err != nil:
		return err
	case g.how == "fd":
		return c.giveBehind(g.fd, text)
	case g.how == "file":
		return c.giveFile(g.name, k, tok)
	}
	c.set = append(c.set, g.name+"="+string(text))
	return nil
}

// names are those of the variables that the command gets from us.
func (c *command) names() (names []string) {
	for _, kv := range c.set {
		name, _, _ := strings.Cut(kv, "=")
		names = append(names, name)
	}
	return names
}

// without is environ but for the variables of these names, and those of fob, which decide whose token is asked for or hold a secret.
func without(environ, names []string) (rest []string) {
	for _, kv := range environ {
		if name, _, _ := strings.Cut(kv, "="); !isOurs(name) && !containsName(names, name) {
			rest = append(rest, kv)
		}
	}
	return rest
}

// commandError is a command that cannot be run. Its code is that of env(1) and the shell (POSIX.1-2024, Shell Command Language, 2.8.2).
type commandError struct {
	Name string
	Err  error
	Code int // 126: it is no program that may be run; 127: there is none
}

func (e *commandError) Error() string { return fmt.Sprintf("command %s: %v", e.Name, e.Err) }
func (e *commandError) Unwrap() error { return e.Err }

// exited is the exit status of a command that ran. There is nothing to say about it.
type exited int

func (e exited) Error() string { return fmt.Sprintf("exit status %d", int(e)) }
