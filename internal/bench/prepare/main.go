// Command prepare makes the home of a user of one profile whose token has just been minted, so that every call that
// follows is a hit:
//
//	prepare HOME FOB
//
// It prints the host that the profile serves. The server that issued the token is gone when it ends.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/fobkit/fob/internal/oauthtest"
)

const config = `[profile.bench]
issuer        = %q
client_id     = "bench"
client_secret = "not much of one"
hosts         = ["git.example.com", "https://registry.example.com"]
allow         = ["kubernetes"]
`

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: prepare HOME FOB")
	}
	if err := prepare(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func prepare(home, fob string) error {
	o := oauthtest.OIDC(oauthtest.Client{ID: "bench", Secret: "not much of one"})
	o.Life = 12 * time.Hour // fresh for as long as anybody measures
	server, err := oauthtest.Start(o)
	if err != nil {
		return err
	}
	defer server.Close()
	dir := filepath.Join(home, ".config", "fob")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf(config, server.PlainURL)
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
		return err
	}
	mint := exec.Command(fob, "token", "bench", "--for", "https://git.example.com")
	mint.Env, mint.Stderr = []string{"HOME=" + home}, os.Stderr
	return mint.Run()
}
