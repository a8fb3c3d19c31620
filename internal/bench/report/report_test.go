package main

import (
	"strings"
	"testing"
)

func TestTheTableComparesRoundByRound(t *testing.T) {
	s := make(samples)
	for _, round := range []string{ // the machine is slow in the second, and the ratio is the same
		`{"results": [{"command": "hello", "times": [0.001, 0.001, 0.003]}, {"command": "kubernetes", "times": [0.002, 0.002, 0.002]}]}`,
		`{"results": [{"command": "hello", "times": [0.010, 0.010, 0.010]}, {"command": "kubernetes", "times": [0.020, 0.090, 0.020]}]}`,
	} {
		if err := s.hyperfine([]byte(round)); err != nil {
			t.Fatal(err)
		}
	}
	got := table("ms", processes[:3], s)
	for _, want := range []string{
		"| a Go program that writes \"hello\" | 6 | 6.5 |  |  |\n",
		"| `fob-helper kubernetes` | 6 | 11 | 2.00 | ≤ 1.30 |\n",
		"| `kubelogin get-token`, cached | – | not installed | – | ≥ 2.5 |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%swant in it\n%s", got, want)
		}
	}
}

func TestBenchmarksAreReadByName(t *testing.T) {
	s := make(samples)
	text := "goos: linux\nBenchmarkFresh/cell-2         \t20000000\t        24.5 ns/op\t       0 B/op\t       0 allocs/op\nPASS\n"
	if err := s.benchmarks([]byte(text)); err != nil || s.median("cell-2") != 24.5 {
		t.Errorf("got %v, %v, want 24.5 ns of cell-2", s, err)
	}
}
