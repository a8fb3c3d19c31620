module github.com/fobkit/fob/internal/e2e

go 1.26.0

replace github.com/fobkit/fob => ../..

require (
	github.com/fobkit/fob v0.0.0
	github.com/go-jose/go-jose/v4 v4.1.8
)

require (
	github.com/gofrs/flock v0.13.1 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
