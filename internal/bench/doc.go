// Package bench measures fob beside its peers. It is a module of its own, so that nobody who imports fob downloads them.
// The script run measures the helper and the reading of a token, and the command kit the RoundTrippers; each prints tables and, if told
// so, puts them into docs/performance.md. The benchmarks alone are
//
//	go test -bench . -cpu 1,2 ./...
package bench
