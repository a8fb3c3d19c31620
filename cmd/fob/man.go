package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/spf13/cobra"
)

// manCommand is for those who package fob. cobra's own generator drags text/template along, which is two megabytes.
func (a *app) manCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:    "man [COMMAND]",
		Short:  "Print a command's manual page, or write all of them",
		Hidden: true,
		Example: `  fob man token | man -l -
  fob man --dir /usr/share/man/man1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir != "" {
				return writePages(cmd.Root(), dir)
			}
			return a.manPage(cmd.Root(), args)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write all pages into this directory")
	return cmd
}

func (a *app) manPage(root *cobra.Command, args []string) error {
	cmd, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 {
		return knownCommand(root, args)
	}
	_, err = fmt.Fprint(a.stdout, page(cmd))
	return err
}

// writePages writes the page of every command that people see.
func writePages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		if cmd.Hidden {
			continue
		}
		if err := atomicfile.WriteMode(filepath.Join(dir, pageName(cmd)+".1"), []byte(page(cmd)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// page is a manual page in the macros of man(7).
func page(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" %s\n", roffWord(strings.ToUpper(pageName(cmd))), roffWord("fob "+version()))
	section(&b, "NAME", roff(pageName(cmd))+" \\- "+roff(lowerFirst(cmd.Short)))
	section(&b, "SYNOPSIS", "\\fB"+roff(cmd.UseLine())+"\\fR")
	text, codes, _ := strings.Cut(cmd.Long, "\n\nExit codes: ")
	if text == "" {
		text = cmd.Short + "."
	}
	section(&b, "DESCRIPTION", paragraphs(text))
	if !cmd.HasParent() {
		b.WriteString(commandList(cmd))
	}
	if flags := cmd.Flags().FlagUsages(); flags != "" {
		section(&b, "OPTIONS", verbatim(flags))
	}
	if codes != "" {
		section(&b, "EXIT STATUS", paragraphs(codes))
	}
	if cmd.Example != "" {
		section(&b, "EXAMPLES", verbatim(cmd.Example))
	}
	if cmd.HasParent() {
		section(&b, "SEE ALSO", "\\fBfob\\fR(1)")
	}
	return b.String()
}

func section(b *strings.Builder, title, text string) {
	fmt.Fprintf(b, ".SH %s\n%s\n", title, strings.TrimSuffix(text, "\n"))
}

// commandList is what root's page says of the commands.
func commandList(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(".SH COMMANDS\n")
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			fmt.Fprintf(&b, ".TP\n\\fB%s\\fR(1)\n%s\n", roff(pageName(cmd)), roff(cmd.Short))
		}
	}
	return b.String()
}

func paragraphs(text string) string { return strings.ReplaceAll(roff(text), "\n\n", "\n.PP\n") }

// verbatim is text whose lines stay as they are.
func verbatim(text string) string { return ".nf\n" + roff(strings.TrimSuffix(text, "\n")) + "\n.fi" }

// roff is text that means nothing but itself to troff: no backslash, no line that begins with a control character, and a hyphen that can be
// copied to a shell.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// roffWord is an argument of a macro.
func roffWord(s string) string { return `"` + strings.ReplaceAll(roff(s), `"`, `""`) + `"` }

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
