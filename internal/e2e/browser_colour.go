package e2e

import (
	"fmt"
	"math"
	"testing"
)

// contrasts are those of all text of the page that w shows.
func (w *tab) contrasts(t *testing.T) map[string]float64 {
	t.Helper()
	const js = `[...document.querySelectorAll("h1, p, code")].map(e => {
		let behind = e
		while (getComputedStyle(behind).backgroundColor == "rgba(0, 0, 0, 0)") behind = behind.parentElement
		return {text: e.innerText, ink: getComputedStyle(e).color, paper: getComputedStyle(behind).backgroundColor}
	})`
	var texts []struct{ Text, Ink, Paper string }
	w.must(t, w.eval(t, js, &texts))
	ratios := make(map[string]float64)
	for _, at := range texts {
		ink, paper := luminance(t, at.Ink), luminance(t, at.Paper)
		ratios[at.Text] = (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05)
	}
	return ratios
}

// luminance is the relative one of WCAG 2.2 for a computed colour.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var rgb [3]float64
	if _, err := fmt.Sscanf(colour, "rgb(%g, %g, %g)", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("%s is no opaque colour", colour)
	}
	for i := range rgb {
		if rgb[i] /= 255; rgb[i] <= 0.04045 {
			rgb[i] /= 12.92
		} else {
			rgb[i] = math.Pow((rgb[i]+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2]
}
