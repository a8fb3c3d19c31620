package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// samples are the times of each name, round by round: milliseconds of a process, nanoseconds of a benchmark.
type samples map[string][][]float64

func readTimes(dir string) (samples, error) {
	s := make(samples)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, err
	}
	for _, file := range files { // the rounds of one name are those of another, in whatever order
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		add := s.benchmarks
		if filepath.Ext(file) == ".json" {
			add = s.hyperfine
		}
		if err := add(data); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return s, nil
}

// hyperfine adds what --export-json wrote.
func (s samples) hyperfine(data []byte) error {
	var export struct {
		Results []struct {
			Command string
			Times   []float64 // seconds
		}
	}
	if err := json.Unmarshal(data, &export); err != nil {
		return err
	}
	for _, r := range export.Results {
		for i := range r.Times {
			r.Times[i] *= 1000
		}
		s[r.Command] = append(s[r.Command], r.Times)
	}
	return nil
}

// benchmarks adds what go test -bench printed: Benchmark…/NAME, how often, and the nanoseconds.
func (s samples) benchmarks(data []byte) error {
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != "ns/op" {
			continue
		}
		ns, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(f[0], "/")
		s[name] = append(s[name], []float64{ns})
	}
	return nil
}

func (s samples) median(name string) float64 { return median(slices.Concat(s[name]...)) }

// ratio is the median of the rounds' ratios of medians: what slows the machine down for a while slows both of a round.
func (s samples) ratio(of [2]string) float64 {
	var ratios []float64
	for i, round := range s[of[0]] {
		ratios = append(ratios, median(round)/median(s[of[1]][i]))
	}
	return median(ratios)
}

func median(times []float64) float64 {
	sorted := slices.Sorted(slices.Values(times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
