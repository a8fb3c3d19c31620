package config

import "strings"

// didYouMean ends an error about a word with the one that may be meant.
func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return ", did you mean " + word + "?"
}

// similar is the first of words that differs from word by the fewest letters: by two or a third of them at most, and not by
// all. To be the last part of one counts as a single letter: secret for client_secret. It is "" if there is none.
func similar(word string, words []string) string {
	word = strings.ToLower(word)
	best, least := "", min(max(2, len(word)/3)+1, len(word))
	for _, w := range words {
		lower := strings.ToLower(w)
		d := distance(word, lower)
		if strings.HasSuffix(lower, "_"+word) {
			d = min(d, 1)
		}
		if d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Similar is the one of words that may be meant by word. It is "" if there is none.
func Similar(word string, words []string) string { return similar(word, words) }
