package main

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/fobkit/fob/internal/bench/peer"
)

var overStream = []peer.Peer{peer.Bare, peer.Fob, peer.FobTimeout, peer.OAuth2, peer.CloudDefault, peer.Retryable, peer.Failsafe, peer.Azure, peer.Glued}

// stream uploads size bytes that come from somewhere, and looks how many of them lie in memory at a time.
func stream(size int64) table {
	w := peer.HTTP1(sink)
	defer w.Close()
	t := table{title: fmt.Sprintf("An upload of %d MiB from an io.Reader", size>>20), head: []string{"", "peak heap, MiB", "above the bare transport's"}}
	t.plot = &bars{file: "kit-stream.svg", title: "Peak heap of an upload of 64 MiB, in MiB", format: "%.1f"}
	var bare float64
	for _, p := range overStream {
		rt := p.Wrap(peer.Net{API: w.Transport, Tokens: peer.Always})
		peak := mib(peakOf(func() { pour(rt, size) }))
		if p.Name == peer.Bare.Name {
			bare = peak
		}
		t.add(p.Name, fmt.Sprintf("%.1f", peak), fmt.Sprintf("%.1f", max(0, peak-bare)))
		t.plot.add(p.Name, peak)
	}
	return t
}

func mib(n uint64) float64 { return float64(n) / (1 << 20) }

func pour(rt http.RoundTripper, size int64) {
	req, err := http.NewRequest(http.MethodPut, peer.Origin+"/v1/things", io.LimitReader(zeros{}, size))
	if err != nil {
		panic(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// peakOf is by how much the heap grows at most while do runs.
func peakOf(do func()) uint64 {
	runtime.GC()
	before, peak := heap(), uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return peak
		case <-tick.C:
			now := heap()
			peak = max(peak, now-min(before, now))
		}
	}
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
