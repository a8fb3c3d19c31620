// Command fleetmember is one process of a fleet that shares a token through Redis. It does what package order says, and ends with its
// standard input.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"

	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
)

func main() {
	log.SetFlags(0)
	words := bufio.NewScanner(os.Stdin)
	words.Scan()
	var o order.Order
	if err := json.Unmarshal(words.Bytes(), &o); err != nil {
		log.Fatal(err)
	}
	log.SetPrefix(o.Name + ": ")
	m, err := join(o)
	if err != nil {
		log.Fatal(err)
	}
	for words.Scan() {
		m.obey(words.Text())
	}
}

func (m *member) obey(word string) {
	switch word {
	case order.Begin:
		m.report, m.rest = order.Report{Member: m.Name}, make(chan struct{})
		for i := range m.pairs {
			m.pairs[i] = nil
			m.calling.Go(func() { m.call(i, m.rest) })
		}
	case order.Rest:
		close(m.rest)
		m.calling.Wait()
		m.say(order.Event{Report: m.reported()})
	case order.Call:
		m.request()
	}
}
