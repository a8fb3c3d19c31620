package transport_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/fobkit/fob/middleware"
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

// The zero Config needs no token: it sends again what failed, and leaves alone who fails.
func ExampleNew() {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()

	rt, err := transport.New(transport.Config{})
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: rt}
	resp, err := client.Get(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status, "after", middleware.Attempts(resp), "attempts")
	// Output: 200 OK after 3 attempts
}
