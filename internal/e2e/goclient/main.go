// Command goclient is a Go program that uses fob as a library: it prints what a GET of its second argument, a URL, is
// answered with the token of its first, a profile.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/fobkit/fob/transport"
)

func main() {
	if err := get(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "goclient:", err)
		os.Exit(1)
	}
}

func get(profile, url string) error {
	client, err := transport.Client(profile)
	if err != nil {
		return err
	}
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(os.Stdout, resp.Body)
	return err
}
