package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// What lies in Redis: a record is a hash of its number (n) and its sealed bytes (v); without v it was deleted. A lease is a string, "ID HOLDER",
// that ends by itself. The scripts get the keys of both. The name stands in braces, so that a cluster would keep both on one node.
//
//	fob:{k1-…}        n 1763751600000  v eyJhbGciOiJkaXIi…
//	fob:{k1-…}:lease  8f3a… eyJhbGciOiJkaXIi…
const leaseSuffix = ":lease"

const (
	// recordTTL is how long a record lies that nobody writes any more; no access token of use lives as long.
	recordTTL = 90 * 24 * time.Hour

	// deletedTTL is how long it is known that a record was deleted: longer than a machine that was cut off holds on to its copy.
	deletedTTL = 24 * time.Hour
)

// ahead is how far ahead of the clock a number may be: a server's may have been wrong. One that no write of ours makes is none: it might
// be of a size at which Lua's numbers, exact up to 2^53, count no further.
const ahead = 100 * 365 * 24 * time.Hour

// preamble is what the scripts share.
var preamble = `
local function number()
	local time, n = redis.call('TIME'), tonumber(redis.call('HGET', KEYS[1], 'n'))
	local now = time[1] * 1000 + math.floor(time[2] / 1000)
	if n and n >= 0 and n == math.floor(n) and n < now + ` + millis(ahead) + ` then return n, now end
	return 0, now
end
local function write(n, ttl, v)
	redis.call('HSET', KEYS[1], 'n', string.format('%.0f', n))
	if v then redis.call('HSET', KEYS[1], 'v', v) else redis.call('HDEL', KEYS[1], 'v') end
	redis.call('PEXPIRE', KEYS[1], ttl)
end
local function holds(id)
	local lease = redis.call('GET', KEYS[2])
	return lease and string.sub(lease, 1, #id + 1) == id .. ' ', lease
end
`

// Scripts run whole or, by their first line, not at all. Their arguments are given at each.
var (
	// ID (empty: without a lease), number when it was granted, TTL, [data] -> new number, or 0: the lease is lost
	putScript = rueidis.NewLuaScript(preamble + `
local n, now = number()
if ARGV[1] ~= '' then
	local mine, lease = holds(ARGV[1])
	if lease and not mine or n > tonumber(ARGV[2]) then return 0 end
end
n = math.max(n + 1, now)
write(n, ARGV[3], ARGV[4])
return n`)

	// number, TTL, [data] -> 1 if it was written
	restoreScript = rueidis.NewLuaScript(preamble + `
local n = tonumber(ARGV[1])
if n <= (number()) then return 0 end
write(n, ARGV[2], ARGV[3])
return 1`)

	// ID, holder, TTL -> {number, 0}, or {0, how long another has it}. A lease without an end, or with one far beyond a TTL, is of no one we know.
	acquireScript = rueidis.NewLuaScript(preamble + `
local mine, lease = holds(ARGV[1])
if lease and not mine then
	local left = redis.call('PTTL', KEYS[2])
	if left >= 0 and left <= 10 * ARGV[3] then return {0, math.max(left, 1)} end
end
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return {(number()), 0}`)

	// ID -> 1 if it ended
	releaseScript = rueidis.NewLuaScript(preamble + `
if not holds(ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[2])`)

	// -> {lease, time left}
	holderScript = rueidis.NewLuaScript(`return {redis.call('GET', KEYS[2]) or '', redis.call('PTTL', KEYS[2])}`)
)

// run runs script on the record of that name.
func (d *driver) run(ctx context.Context, script *rueidis.Lua, name string, args ...string) rueidis.RedisResult {
	return d.do(ctx, func(c rueidis.Client) rueidis.RedisResult {
		return script.Exec(ctx, c, []string{d.key(name), d.key(name) + leaseSuffix}, args)
	})
}

// key is where the record of that name lies.
func (d *driver) key(name string) string { return d.prefix + "{" + name + "}" }

func millis(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// lives is how long data is kept.
func lives(data []byte) string {
	if data == nil {
		return millis(deletedTTL)
	}
	return millis(recordTTL)
}
