// Package fleet tells what a fleet of processes costs its authorization server, and what it makes callers wait, for docs/scale.md: by a simulation
// with the real cache code on a clock and a network that are not real, and by a run of real processes that the simulation is held against. It is a
// module of its own, since its report takes minutes:
//
//	go test -run Report -v . -args -write ../../docs
package fleet
