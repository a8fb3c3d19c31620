// Package ipaddr reads the addresses that stand in the place of a host's name. It says what net/netip says, as its test
// holds, without what that makes ready at start: fob-helper would pay for it on every call.
package ipaddr

import (
	"strconv"
	"strings"
)

// Is4 reports whether s is an IPv4 address: four decimal numbers, none with a leading zero.
func Is4(s string) bool {
	_, ok := parse4(s)
	return ok
}

// Canonical6 returns the one form (RFC 5952 §4) of an IPv6 address without brackets and zone. ok is false if s is none.
func Canonical6(s string) (canonical string, ok bool) {
	head, tail, gap := strings.Cut(s, "::")
	left, ok := parseGroups(head, !gap)
	right, rightOK := parseGroups(tail, true)
	n := len(left) + len(right)
	if !ok || !rightOK || gap && n > 7 || !gap && n != 8 {
		return "", false
	}
	var a [8]uint16
	copy(a[:], left)
	copy(a[8-len(right):], right)
	return format6(a), true
}

// IsLoopback reports whether s is an address of 127.0.0.0/8 or ::1, but not one of the former written as IPv6.
func IsLoopback(s string) bool {
	if a, ok := parse4(s); ok {
		return a[0] == 127
	}
	canonical, _ := Canonical6(s)
	return canonical == "::1"
}

func parse4(s string) (a [4]byte, ok bool) {
	for i := range a {
		number, rest, more := strings.Cut(s, ".")
		n, err := strconv.ParseUint(number, 10, 8)
		if err != nil || len(number) > 1 && number[0] == '0' || more == (i == 3) {
			return a, false
		}
		a[i], s = byte(n), rest
	}
	return a, true
}

// parseGroups reads what stands on one side of a "::"; at the end, the last two groups may be an IPv4 address.
func parseGroups(s string, end bool) (groups []uint16, ok bool) {
	for more := s != ""; more; {
		var group string
		group, s, more = strings.Cut(s, ":")
		if a, ok := parse4(group); ok && end && !more {
			return append(groups, uint16(a[0])<<8|uint16(a[1]), uint16(a[2])<<8|uint16(a[3])), true
		}
		n, err := strconv.ParseUint(group, 16, 16)
		if err != nil || len(group) > 4 {
			return nil, false
		}
		groups = append(groups, uint16(n))
	}
	return groups, true
}

func format6(a [8]uint16) string {
	if [6]uint16(a[:6]) == [6]uint16{5: 0xffff} {
		return "::ffff:" + format4(a[6]) + "." + format4(a[7]) // RFC 5952 §5
	}
	from, to := longestGap(a)
	b := make([]byte, 0, 39)
	for i := 0; i < len(a); i++ {
		if i == from {
			b = append(b, "::"...)
			if i = to; i == len(a) {
				break
			}
		} else if i > 0 {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(a[i]), 16)
	}
	return string(b)
}

func format4(group uint16) string {
	return strconv.Itoa(int(group>>8)) + "." + strconv.Itoa(int(group&0xff))
}

// longestGap is the first of the longest runs of two or more zeros; without any, from is -1.
func longestGap(a [8]uint16) (from, to int) {
	from, to = -1, 0 // one long: a single zero is no gap
	for i := range a {
		j := i
		for j < len(a) && a[j] == 0 {
			j++
		}
		if j-i > to-from {
			from, to = i, j
		}
	}
	return from, to
}
