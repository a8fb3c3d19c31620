// Command member is one process of a real fleet: internal/fleet's Run starts it, and says on its input what to do.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/cache/redis"
	"github.com/fobkit/fob/internal/fleet"
)

func main() {
	log.SetFlags(0)
	var order fleet.Order
	if err := json.NewDecoder(os.Stdin).Decode(&order); err != nil {
		log.Fatal(err)
	}
	tally, err := order.Carry(func() []fob.Source { return sources(order) })
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(tally); err != nil {
		log.Fatal(err)
	}
}

func sources(o fleet.Order) []fob.Source {
	cache := new(fob.Cache)
	switch o.Way {
	case fleet.Alone:
		return o.Params.Alone(o.URL, http.DefaultTransport)
	case fleet.Shared:
		store, err := redis.Open(redis.Options{URL: o.Store, Keys: fob.Secret(o.Keys)})
		if err != nil {
			log.Fatal(err)
		}
		cache.Store = store // which ends with the process
	}
	return o.Params.Cached(cache, o.Params.Grants(o.URL, nil))
}
