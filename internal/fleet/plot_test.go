package fleet

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
)

func TestPlotsAreWellFormed(t *testing.T) {
	by := map[Way][]int{Alone: {0, 10, 1000}, Jitter: {1, 0, 20}, Shared: {1, 0, 0}}
	for _, svg := range []string{
		Course{Title: "a < b", Begin: Span{0, time.Second}, Later: Span{time.Second, 3 * time.Second}, Shade: Span{0, 2 * time.Second}, By: by}.String(),
		Growth{Title: "a < b", Sizes: []int{10, 100, 1000}, Of: by}.String(),
	} {
		if n := strings.Count(svg, `<path class="way`); n < len(Ways) {
			t.Errorf("%d lines, want one for each way in\n%s", n, svg)
		}
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in\n%s", err, svg)
			}
		}
	}
}
