package main

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/fobkit/fob/internal/e2e/fleetmember/order"
)

// call is one caller, until it shall rest.
func (m *member) call(caller int, rest <-chan struct{}) {
	for ticks := time.NewTicker(m.Every); ; {
		select {
		case <-rest:
			return
		case <-ticks.C:
		}
		if m.Reads {
			m.pairs[caller] = append(m.pairs[caller], m.compare()...)
		} else {
			m.request()
		}
	}
}

var errRefused = errors.New("the API refuses the token")

// request asks the API.
func (m *member) request() {
	start := time.Now()
	err := m.get()
	took := time.Since(start)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.report.Calls++
	m.report.Slowest = max(m.report.Slowest, took)
	if err != nil {
		m.report.Failed = append(m.report.Failed, order.Failure{At: start, Took: took, Why: err.Error()})
	}
}

func (m *member) get() error {
	resp, err := m.client.Get("http://127.0.0.1/api/")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); resp.StatusCode != http.StatusOK {
		return errRefused
	}
	return err
}
