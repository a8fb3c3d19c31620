// Package bench measures fob beside its peers. It is a module of its own, so that nobody who imports fob downloads them.
// The script run does all of it and prints a table; the benchmarks alone are
//
//	go test -bench . -cpu 1,2
package bench
