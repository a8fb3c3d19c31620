// Command member is one process of a real fleet: internal/fleet's Run starts it, and says on its input what to do.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/fleet"
)

func main() {
	log.SetFlags(0)
	var order fleet.Order
	if err := json.NewDecoder(os.Stdin).Decode(&order); err != nil {
		log.Fatal(err)
	}
	tally := order.Carry(func() []fob.Source { return sources(order) })
	if err := json.NewEncoder(os.Stdout).Encode(tally); err != nil {
		log.Fatal(err)
	}
}

func sources(o fleet.Order) []fob.Source {
	if o.Way == fleet.Alone {
		return o.Params.Alone(o.URL, http.DefaultTransport)
	}
	return o.Params.Cached(new(fob.Cache), o.Params.Grants(o.URL, nil))
}
