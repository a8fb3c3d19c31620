package redis

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/redis/rueidis"
)

// page is how many keys of the server, whosever they are, are looked through at a time: SCAN holds up everybody for as long.
const page = 1000

// List looks through all keys of the server.
func (d *driver) List(ctx context.Context) ([]string, error) {
	names := make(map[string]bool) // SCAN may find a key more than once
	for cursor := uint64(0); ; {
		found, err := d.do(ctx, func(c rueidis.Client) rueidis.RedisResult {
			return c.Do(ctx, c.B().Scan().Cursor(cursor).Match(globEscaper.Replace(d.prefix)+"{*}").Count(page).Build())
		}).AsScanEntry()
		if err != nil {
			return nil, d.error(ctx, err)
		}
		if err := d.keep(ctx, names, found.Elements); err != nil {
			return nil, d.error(ctx, err)
		}
		if cursor = found.Cursor; cursor == 0 {
			return slices.Collect(maps.Keys(names)), nil
		}
	}
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// keep adds the names of those keys whose record was not deleted. The server will say of them too when they change.
func (d *driver) keep(ctx context.Context, names map[string]bool, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	c, err := d.client(ctx)
	if err != nil {
		return err
	}
	questions := make(rueidis.Commands, len(keys))
	for i, key := range keys {
		questions[i] = c.B().Hexists().Key(key).Field("v").Build()
	}
	for i, answer := range c.DoMulti(ctx, questions...) {
		lies, err := answer.AsBool()
		if err != nil {
			return err
		}
		if name, ok := d.name(keys[i]); ok && lies {
			names[name] = true
		}
	}
	return nil
}

// name is whose record lies under key, if it is a record's.
func (d *driver) name(key string) (name string, ok bool) {
	key, ok = strings.CutPrefix(key, d.prefix+"{")
	name, closed := strings.CutSuffix(key, "}")
	return name, ok && closed && name != ""
}
