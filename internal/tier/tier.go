// Package tier makes one fob.Store of a far one, which machines share and which may be out of reach, and a near one, which is this machine's
// own. While the far one answers, its records count, and its leases say who mints; the near one keeps a copy of each. While it does not,
// the machine lives by its copies and its own locks.
package tier
