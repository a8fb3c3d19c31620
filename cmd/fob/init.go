package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fobkit/fob/credhelper"
	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
	"github.com/spf13/cobra"
)

// firstConfig is a configuration without a profile, which says how one is written.
const firstConfig = `# Profiles of fob: who you are to a server, and where its tokens may go.
# "fob login" writes one here by asking. "fob config" says what is in force.

# default = "corp"                     # the profile meant where you name none

# [profile.corp]                       # a person
# issuer    = "https://login.corp.example"
# grant     = "authorization_code"     # a browser, or a code where there is none
# client_id = "fob"
# scopes    = ["openid", "offline_access"]
# hosts     = ["git.corp.example", "*.k8s.corp.example:6443"]

# [profile.github]                     # a server that fob knows by name
# provider  = "github"
# client_id = "Iv1.0123456789abcdef"

# [profile.build]                      # a machine
# issuer        = "https://login.corp.example"
# client_id     = "build-17"
# client_secret = { env = "CORP_SECRET" }   # or { file = "…" }, { command = ["pass", "corp"] }, { keyring = "…" }
# hosts         = ["git.corp.example"]
`

func (a *app) initCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration to begin with",
		Long: `Write a configuration file with comments that say what goes where, and no profile. One that is there stays as it is. "fob login" adds
a profile to it.`,
		Example: `  fob init && fob login`,
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.init(dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print it, and write nothing")
	return cmd
}

func (a *app) init(dryRun bool) error {
	if dryRun {
		_, err := fmt.Fprint(a.stdout, firstConfig)
		return err
	}
	path, err := paths.UserConfig(a.getenv)
	switch {
	case err != nil:
		return configError(err)
	case path == "":
		return kind{credhelper.ErrConfig, errNoHome}
	}
	switch _, err := os.Lstat(path); {
	case err == nil:
		fmt.Fprintf(a.stderr, "%s is there already, and stays as it is\n", path)
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := atomicfile.Write(path, []byte(firstConfig)); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%s is written; next: \"fob login\"\n", path)
	return nil
}
