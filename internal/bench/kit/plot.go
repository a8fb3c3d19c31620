package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// bars are a plot: one for each peer, from 0, or from the least power of ten where they differ by far.
type bars struct {
	file, title string
	format      string // of a value
	all         []bar
}

type bar struct {
	name  string
	value float64
}

func (b *bars) add(name string, value float64) { b.all = append(b.all, bar{name, value}) }

const plotHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 %[1]d" width="820" height="%[1]d" role="img" aria-labelledby="title desc">
  <title id="title">%[2]s</title>
  <desc id="desc">Bars: %[3]s.</desc>
  <style>
    text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328; }
    .right { text-anchor: end; }
    .page { fill: #ffffff; }
    .grid { stroke: #d1d9e0; }
    .peer { fill: #afb8c1; }
    .fob { fill: #2da44e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .page { fill: #0d1117; }
      .grid { stroke: #30363d; }
      .peer { fill: #545d68; }
      .fob { fill: #3fb950; }
    }
  </style>
  <rect class="page" width="820" height="%[1]d"/>
  <text x="10" y="25">%[2]s</text>
`

// What a bar may take, and where it begins.
const (
	left    = 290
	longest = 420
	step    = 30
	top     = 45
)

func (b bars) String() string {
	var out strings.Builder
	var words []string
	scale, grid := b.scale()
	for i, one := range b.all {
		words = append(words, one.name+" "+fmt.Sprintf(b.format, one.value))
		y, class := top+step*i, "peer"
		if strings.HasPrefix(one.name, "fob") {
			class = "fob"
		}
		fmt.Fprintf(&out, `  <text class="right" x="%d" y="%d">%s</text>
  <rect class="%s" x="%d" y="%d" width="%.1f" height="20" rx="2"/>
  <text x="%.1f" y="%d">%s</text>
`, left-12, y+15, html.EscapeString(one.name), class, left, y, scale(one.value), left+8+scale(one.value), y+15, fmt.Sprintf(b.format, one.value))
	}
	if grid != nil {
		b.title += " (logarithmic)"
	}
	height := top + step*len(b.all) + 10
	var lines strings.Builder
	for _, x := range grid {
		fmt.Fprintf(&lines, "  <line class=\"grid\" x1=\"%[1]d\" y1=\"%[2]d\" x2=\"%[1]d\" y2=\"%[3]d\"/>\n", left+int(x), top-5, height-5)
	}
	return fmt.Sprintf(plotHead, height, html.EscapeString(b.title), html.EscapeString(strings.Join(words, ", "))) + lines.String() + out.String() + "</svg>\n"
}

// scale is linear, or logarithmic with a line at each power of ten.
func (b bars) scale() (width func(float64) float64, grid []float64) {
	least, most := math.Inf(1), 0.0
	for _, one := range b.all {
		most = max(most, one.value)
		if one.value > 0 {
			least = min(least, one.value)
		}
	}
	if most < 100*least {
		return func(v float64) float64 { return longest * max(0, v) / most }, nil
	}
	least = max(least, most/10_000) // what is less is noise
	from, decades := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most))-math.Floor(math.Log10(least))
	for d := 1.0; d <= decades; d++ {
		grid = append(grid, longest*d/decades)
	}
	return func(v float64) float64 { return longest * max(0, math.Log10(max(v, least))-from) / decades }, grid
}
