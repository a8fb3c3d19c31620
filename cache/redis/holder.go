package redis

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"
)

// Holder is who has a lease.
type Holder struct {
	Host  string // empty, and PID zero: sealed under a key that is not here
	PID   int
	Since time.Time // by its own clock
}

// Holder returns who has name's lease at this moment; false: nobody.
func (s *Store) Holder(ctx context.Context, name string) (h Holder, held bool, err error) {
	found, held, err := s.tier.HeldBy(ctx, name)
	pid, host, _ := strings.Cut(found.Who, " ")
	h = Holder{Host: host, Since: found.Since}
	h.PID, _ = strconv.Atoi(pid)
	return h, held, err
}

// me is this process, as others see it.
func me() string {
	host, _ := os.Hostname()
	return strconv.Itoa(os.Getpid()) + " " + host
}
