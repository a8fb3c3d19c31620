package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/internal/tier"
	"github.com/redis/rueidis"
)

// driver is a Redis server as tier sees one. Its errors are *ServerError, ctx's and fob.ErrLeaseLost.
type driver struct {
	*link
	prefix string
}

var _ tier.Far = (*driver)(nil)

// do has question asked of the server, anew if the connection proves to have ended before anything was written to it.
func (d *driver) do(ctx context.Context, question func(rueidis.Client) rueidis.RedisResult) rueidis.RedisResult {
	for {
		c, err := d.client(ctx)
		if err != nil {
			return rueidis.NewErrorResult(err)
		}
		r := question(c)
		if !errors.Is(r.NonRedisError(), errEnded) {
			return r
		}
		d.drop(c)
	}
}

// Get is a plain read, which the server remembers for as long as the connection lasts: it says when the record changes. rueidis' own cache
// is not asked, since what is wanted here is what lies there now.
func (d *driver) Get(ctx context.Context, name string) (tier.Copy, error) {
	fields, err := d.do(ctx, func(c rueidis.Client) rueidis.RedisResult {
		return c.Do(ctx, c.B().Hmget().Key(d.key(name)).Field("n", "v").Build())
	}).ToArray()
	switch {
	case err != nil:
		return tier.Copy{}, d.error(ctx, err)
	case len(fields) != 2:
		return tier.Copy{}, d.error(ctx, errAnswer)
	case fields[0].IsNil():
		return tier.Copy{}, nil
	}
	n, err := fields[0].AsUint64()
	if err != nil || n == 0 || n > uint64(time.Now().Add(ahead).UnixMilli()) {
		return tier.Copy{}, nil // as the scripts see it
	}
	if fields[1].IsNil() {
		return tier.Copy{Number: n}, nil
	}
	data, err := fields[1].ToString()
	return tier.Copy{Number: n, Data: []byte(data)}, d.error(ctx, err) // not nil, empty or not
}

func (d *driver) Put(ctx context.Context, name string, data []byte, under tier.Claim) (uint64, error) {
	args := []string{under.ID, strconv.FormatUint(under.Number, 10), lives(data)}
	n, err := d.run(ctx, putScript, name, withData(args, data)...).AsInt64()
	switch {
	case err != nil:
		return 0, d.error(ctx, err)
	case n <= 0:
		return 0, fob.ErrLeaseLost
	}
	return uint64(n), nil
}

func (d *driver) Restore(ctx context.Context, name string, c tier.Copy) error {
	args := []string{strconv.FormatUint(c.Number, 10), lives(c.Data)}
	return d.error(ctx, d.run(ctx, restoreScript, name, withData(args, c.Data)...).Error())
}

// withData is args with data as the last, unless it is nil.
func withData(args []string, data []byte) []string {
	if data == nil {
		return args
	}
	return append(args, string(data))
}

func (d *driver) Acquire(ctx context.Context, name string, c tier.Claim, ttl time.Duration) (uint64, time.Duration, error) {
	answer, err := d.run(ctx, acquireScript, name, c.ID, c.Holder, millis(ttl)).AsIntSlice()
	switch {
	case err != nil:
		return 0, 0, d.error(ctx, err)
	case len(answer) != 2 || answer[0] < 0 || answer[1] < 0:
		return 0, 0, d.error(ctx, errAnswer)
	}
	return uint64(answer[0]), time.Duration(answer[1]) * time.Millisecond, nil
}

func (d *driver) Release(ctx context.Context, name, id string) error {
	return d.error(ctx, d.run(ctx, releaseScript, name, id).Error())
}

func (d *driver) Holder(ctx context.Context, name string) (holder string, left time.Duration, err error) {
	answer, err := d.run(ctx, holderScript, name).ToArray()
	switch {
	case err != nil:
		return "", 0, d.error(ctx, err)
	case len(answer) != 2:
		return "", 0, d.error(ctx, errAnswer)
	}
	lease, _ := answer[0].ToString()
	ms, _ := answer[1].AsInt64()
	if ms <= 0 {
		return "", 0, nil
	}
	_, holder, _ = strings.Cut(lease, " ")
	return holder, time.Duration(ms) * time.Millisecond, nil
}

// Ping is a Put under the name that no record has. A connection on which several have got no answer is made anew: what was sent on it may be sent
// again by the kernel only long after the way is free.
func (d *driver) Ping(ctx context.Context) error {
	err := d.probe(ctx, rand.Text())
	if ctx.Err() == nil {
		d.unheard.Store(0)
	} else if d.unheard.Add(1) == mute {
		d.unheard.Store(0)
		d.sever()
	}
	return err
}

// probe is a Put that goes as far as one under a lease would, unless another has the lease of nobody's record: that is somebody's Check.
func (d *driver) probe(ctx context.Context, id string) error {
	limit := strconv.FormatUint(noLimit, 10)
	return d.error(ctx, d.run(ctx, putScript, nobody, id, limit, millis(time.Second), "").Error())
}

// noLimit is a number that no copy's is above.
const noLimit = 1<<53 - 1
