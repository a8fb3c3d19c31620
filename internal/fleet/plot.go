package fleet

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"
)

// plotHead is that of internal/bench's bars, and so are its colours.
const plotHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 %[1]d" width="820" height="%[1]d" role="img" aria-labelledby="title desc">
  <title id="title">%[2]s</title>
  <desc id="desc">%[3]s</desc>
  <style>
    text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328; }
    .right { text-anchor: end; }
    .middle { text-anchor: middle; }
    .page { fill: #ffffff; }
    .grid { stroke: #d1d9e0; }
    .outage { fill: #ffebe9; }
    path { fill: none; stroke-width: 2; }
    .way0 { stroke: #818b98; }
    .way1 { stroke: #bc4c00; }
    .way2 { stroke: #2da44e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .page { fill: #0d1117; }
      .grid { stroke: #30363d; }
      .outage { fill: #3c1618; }
      .way0 { stroke: #9198a1; }
      .way1 { stroke: #f0883e; }
      .way2 { stroke: #3fb950; }
    }
  </style>
  <rect class="page" width="820" height="%[1]d"/>
  <text x="10" y="25">%[2]s</text>
`

// Where a plot's own area lies.
const (
	plotLeft, plotRight = 70, 800
	plotTop             = 45
	panelHeight         = 96
	panelStep           = 140
)

// Course is what happened each second, a panel for each way over one scale, in two stretches of time: the beginning, and what is of note later.
type Course struct {
	Title        string
	Shade        Span
	Begin, Later Span
	By           map[Way][]int
}

// stretch is a part of a panel.
type stretch struct {
	Span
	left, right int
	every       time.Duration // a label
}

func (c Course) stretches() []stretch {
	return []stretch{{c.Begin, plotLeft, plotLeft + 160, c.Begin.To - c.Begin.From}, {c.Later, plotLeft + 210, plotRight - 20, time.Minute}}
}

func (s stretch) x(at time.Duration) float64 {
	at = min(max(at, s.From), s.To)
	return float64(s.left) + float64(s.right-s.left)*float64(at-s.From)/float64(s.To-s.From)
}

// decades are up to the power of ten that nothing is above.
func (c Course) decades() (n int) {
	for _, by := range c.By {
		for n = max(n, 1); Peak(by) > int(math.Pow10(n)); n++ {
		}
	}
	return n
}

func (c Course) String() string {
	var out strings.Builder
	var words []string
	bottom := plotTop + panelStep*len(Ways)
	for i, way := range Ways {
		words = append(words, fmt.Sprintf("%s: %d at most, %d in all.", way, Peak(c.By[way]), Sum(c.By[way])))
		c.panel(&out, i, way)
	}
	for _, s := range c.stretches() {
		for at := s.From; at <= s.To; at += s.every {
			fmt.Fprintf(&out, "  <text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n", s.x(at), bottom+8, clock(at))
		}
	}
	return fmt.Sprintf(plotHead, bottom+20, html.EscapeString(c.Title), html.EscapeString(strings.Join(words, " "))) + out.String() + "</svg>\n"
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// panel draws one way.
func (c Course) panel(out *strings.Builder, i int, way Way) {
	top, decades := plotTop+panelStep*i+24, c.decades()
	high := func(n float64) float64 { // one is more than nothing
		return float64(top+panelHeight) - panelHeight*(0.08+0.92*math.Log10(n)/float64(decades))
	}
	fmt.Fprintf(out, "  <text x=\"%d\" y=\"%d\">%s</text>\n", plotLeft, top-6, way)
	for d := decades; d >= 0; d -= 2 {
		fmt.Fprintf(out, "  <text class=\"right\" x=\"%d\" y=\"%.1f\">%s</text>\n", plotLeft-8, high(math.Pow10(d))+5, thousands(int(math.Pow10(d))))
	}
	for _, s := range c.stretches() {
		if from, to := s.x(c.Shade.From), s.x(c.Shade.To); from < to {
			fmt.Fprintf(out, "  <rect class=\"outage\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", from, top, to-from, panelHeight)
		}
		for d := 0; d <= decades; d++ {
			y := high(math.Pow10(d))
			fmt.Fprintf(out, "  <line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n", s.left, y, s.right, y)
		}
		fmt.Fprintf(out, "  <path class=\"way%d\" d=\"%s\"/>\n", i, s.lines(c.By[way], top+panelHeight, high))
	}
}

// lines are one for each 2 pixels in which something happened, as high as the most in a second of theirs.
func (s stretch) lines(by []int, bottom int, high func(float64) float64) string {
	var out strings.Builder
	for x := s.left; x < s.right; x += 2 {
		from := s.From + (s.To-s.From)*time.Duration(x-s.left)/time.Duration(s.right-s.left)
		to := s.From + (s.To-s.From)*time.Duration(x+2-s.left)/time.Duration(s.right-s.left)
		if most := PeakIn(by, Span{from, max(to, from+time.Second)}); most > 0 {
			fmt.Fprintf(&out, "M%d %dV%.1f", x+1, bottom, high(float64(most)))
		}
	}
	return out.String()
}

// Growth is a figure by the size of the fleet, both logarithmic.
type Growth struct {
	Title string
	Sizes []int
	Of    map[Way][]int
}

const (
	growthLeft   = 95
	growthHeight = 300
)

func (g Growth) String() string {
	most, decades := 0, 1
	for _, of := range g.Of {
		most = max(most, Peak(of))
	}
	for ; most > int(math.Pow10(decades)); decades++ {
	}
	from := math.Log10(float64(g.Sizes[0]))
	x := func(n int) float64 {
		return growthLeft + 20 + (plotRight-growthLeft-200)*(math.Log10(float64(n))-from)/(math.Log10(float64(g.Sizes[len(g.Sizes)-1]))-from)
	}
	y := func(n int) float64 {
		return plotTop + growthHeight*(1-math.Log10(float64(max(n, 1)))/float64(decades))
	}
	var out strings.Builder
	for d := 0; d <= decades; d++ {
		n := int(math.Pow10(d))
		fmt.Fprintf(&out, "  <line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n  <text class=\"right\" x=\"%d\" y=\"%.1f\">%s</text>\n",
			growthLeft, y(n), plotRight-160, y(n), growthLeft-8, y(n)+5, thousands(n))
	}
	for _, n := range g.Sizes {
		fmt.Fprintf(&out, "  <text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n", x(n), plotTop+growthHeight+22, thousands(n))
	}
	var words []string
	for i, way := range Ways {
		of := g.Of[way]
		if len(of) == 0 {
			continue
		}
		words = append(words, fmt.Sprintf("%s: %v.", way, of))
		fmt.Fprintf(&out, "  <path class=\"way%d\" d=\"", i)
		for j, n := range of {
			fmt.Fprintf(&out, "%c%.1f %.1f", "ML"[min(j, 1)], x(g.Sizes[j]), y(n))
		}
		last := len(of) - 1
		fmt.Fprintf(&out, "\"/>\n  <text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x(g.Sizes[last])+8, y(of[last])+5+17*float64(i%2), way)
	}
	return fmt.Sprintf(plotHead, plotTop+growthHeight+40, html.EscapeString(g.Title), html.EscapeString(strings.Join(words, " "))) + out.String() + "</svg>\n"
}

// thousands is n as people write it.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
