package main

import (
	"fmt"
	"html"
	"strings"
)

const plotHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 %[1]d" width="820" height="%[1]d" role="img" aria-labelledby="title desc">
  <title id="title">A hit of fob-helper beside its peers</title>
  <desc id="desc">Bars of the median time of a whole process: %[2]s.</desc>
  <style>
    text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328; }
    .right { text-anchor: end; }
    .page { fill: #ffffff; }
    .peer { fill: #afb8c1; }
    .fob { fill: #2da44e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .page { fill: #0d1117; }
      .peer { fill: #545d68; }
      .fob { fill: #3fb950; }
    }
  </style>
  <rect class="page" width="820" height="%[1]d"/>
`

// plot draws a bar for each row that was measured.
func plot(rows []row, s samples) string {
	var bars, words []string
	longest := 0.0
	for _, r := range rows {
		if s[r.name] != nil {
			longest = max(longest, s.median(r.name))
		}
	}
	for _, r := range rows {
		if s[r.name] == nil {
			continue
		}
		label, ms := strings.ReplaceAll(r.label, "`", ""), s.median(r.name)
		words = append(words, fmt.Sprintf("%s %.2f ms", label, ms))
		bars = append(bars, bar(len(bars), label, ms, longest))
	}
	return fmt.Sprintf(plotHead, 30*len(bars)+20, html.EscapeString(strings.Join(words, ", "))) + strings.Join(bars, "") + "</svg>\n"
}

func bar(i int, label string, ms, longest float64) string {
	class, y, width := "peer", 10+30*i, 360*ms/longest
	if strings.Contains(label, "fob") {
		class = "fob"
	}
	return fmt.Sprintf(`  <text class="right" x="360" y="%d">%s</text>
  <rect class="%s" x="372" y="%d" width="%.1f" height="20" rx="2"/>
  <text x="%.1f" y="%d">%.2f ms</text>
`, y+15, html.EscapeString(label), class, y, width, 380+width, y+15, ms)
}
