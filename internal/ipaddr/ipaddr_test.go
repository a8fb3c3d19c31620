package ipaddr

import (
	"net/netip"
	"testing"
)

// FuzzAsNetip compares with the package whose place this one takes.
func FuzzAsNetip(f *testing.F) {
	for _, seed := range []string{
		"", "127.0.0.1", "127.1", "127.0.0.1.", "1.2.3.256", "01.2.3.4", "1.2.3.04", "+1.2.3.4", "1.2.3.4.5", "0.0.0.0", "1..2.3", "1_0.0.0.0",
		"::", "::1", "1::", "0:0:0:0:0:0:0:1", "0:0::0001", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::",
		"1::2::3", ":::", ":1", "1:", "::1:", "1:2:3:4:5:6:7", "00001::", "+1::", "FE80::A", "fe80::1%eth0", "g::", "1:0:0:2:0:0:0:3", "1:0:0:2:3:0:0:4",
		"1:0:2:3:4:5:6:7", "::ffff:127.0.0.1", "::ffff:7f00:1", "::1.2.3.4", "1.2.3.4::", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			addr = netip.Addr{}
		}
		if got, want := Is4(s), addr.Is4(); got != want {
			t.Errorf("Is4(%q) = %v, want %v", s, got, want)
		}
		want := ""
		if addr.Is6() {
			want = addr.String()
		}
		if got, ok := Canonical6(s); got != want || ok != addr.Is6() {
			t.Errorf("Canonical6(%q) = %q, %v, want %q", s, got, ok, want)
		}
		if got, want := IsLoopback(s), addr.IsLoopback() && !addr.Is4In6(); got != want {
			t.Errorf("IsLoopback(%q) = %v, want %v", s, got, want)
		}
	})
}
