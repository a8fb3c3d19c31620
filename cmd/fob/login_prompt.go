package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"strings"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/term"
	xterm "golang.org/x/term"
)

// prompt asks a person at a terminal, line by line.
type prompt struct {
	keys   *os.File
	lines  *bufio.Reader
	screen *term.Screen
}

// typed reports whether somebody types what stdin brings.
func (a *app) typed() bool {
	keys, ok := a.stdin.(*os.File)
	return ok && xterm.IsTerminal(int(keys.Fd()))
}

// prompt is for whoever types; nil: nobody does. Close its screen.
func (a *app) prompt() *prompt {
	if !a.typed() {
		return nil
	}
	keys := a.stdin.(*os.File)
	return &prompt{keys, bufio.NewReader(keys), term.Open(a.stderr, a.getenv)}
}

// line is what the person types, or usual for Enter alone. Where there is none, they are asked again.
func (q *prompt) line(ctx context.Context, label, usual string) (string, error) {
	for {
		text, err := q.optional(ctx, label, usual)
		if text != "" || err != nil {
			return text, err
		}
	}
}

// optional is line that may stay empty.
func (q *prompt) optional(ctx context.Context, label, usual string) (string, error) {
	if usual != "" {
		label += " [" + term.Clean(usual) + "]"
	}
	q.screen.Say(label + ": ")
	text, err := heard(ctx, func() (string, error) { return q.lines.ReadString('\n') })
	if err != nil {
		q.screen.Say("\n") // behind the label, and ^C
	}
	if text = strings.TrimSpace(text); text == "" {
		text = usual
	}
	return text, err
}

// secret is what the person types, which is not shown. Empty: they have none.
func (q *prompt) secret(ctx context.Context, label string) (fob.Secret, error) {
	restore, err := term.Unseen(q.keys)
	if err != nil {
		return "", err
	}
	defer restore() // for who leaves with ^C too
	q.screen.Say(label + ": ")
	text, err := heard(ctx, func() (string, error) { return q.lines.ReadString('\n') })
	q.screen.Say("\n")
	return fob.Secret(strings.TrimSpace(text)), err
}

// again says why the same is asked once more.
func (q *prompt) again(why string) { q.screen.Say("fob: " + term.Clean(why) + "\n") }

// agree is whether the person says yes, which Enter does too.
func (q *prompt) agree(ctx context.Context, label string) (bool, error) {
	answer, err := q.optional(ctx, label+" [Y/n]", "")
	yes := strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
	return answer == "" || yes, err
}

var errNotAnswered = errors.New("nothing was answered")

// heard is what read returns, unless ctx ends before: a terminal's read does not.
func heard(ctx context.Context, read func() (string, error)) (string, error) {
	type line struct {
		text string
		err  error
	}
	came := make(chan line, 1)
	go func() { // until a line comes, or the process ends
		text, err := read()
		came <- line{text, err}
	}()
	select {
	case l := <-came:
		if l.err != nil {
			return "", usageError{errNotAnswered}
		}
		return l.text, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
