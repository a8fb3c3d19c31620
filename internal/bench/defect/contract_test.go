package defect

import "testing"

// found are defects that rttest must find in a peer, and the promise that they break.
var found = map[string][2]string{
	"D1":  {"x/oauth2", "credentials stay with their origin"},
	"D7":  {"cloud auth", "the caller's request is left as it was"},
	"D12": {"go-containerregistry", "each attempt carries the whole body"},
	"D13": {"retryablehttp", "a request that may not be repeated is sent once"},
	"D14": {"retryablehttp", "a redirect is handed back unfollowed"},
	"D17": {"failsafe-go", "a discarded answer is closed"},
}

func TestTheContractSuiteFindsDefectsOfPeers(t *testing.T) {
	c := Suite(t)
	for id, f := range found {
		if c.Broken[f[0]][f[1]] == nil {
			t.Errorf("%s: %s keeps: %s", id, f[0], f[1])
		}
	}
	for promise, err := range c.Broken["fob"] {
		t.Errorf("fob: %s: %v", promise, err)
	}
}
