package transport_test

import (
	"fmt"
	"log"

	"github.com/fobkit/fob/transport"
)

// A profile of the user's configuration is all that a program needs to know.
func Example() {
	client, err := transport.Client("acme")
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.Get(corp.PlainURL + "/api/me")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}
