package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fobkit/fob"
)

func TestFiftyCallersOpenOneBrowser(t *testing.T) {
	const callers = 50

	w := newLoginWorldWithout(t)
	w.env["GIT_TERMINAL_PROMPT"] = "1" // the person may be asked
	ended := make(chan result, callers)
	for range callers {
		call := w.begin(t, "protocol=https\nhost="+hostOf(t, w.repo)+"\n\n", "git-credential-fob", "get")
		go func() { ended <- call.wait() }()
	}
	url := w.asked(t, nil)
	for range callers - 1 {
		if r := <-ended; r.code() != 3 || r.stdout != "" || strings.Count(r.stderr, url) != 1 {
			t.Errorf("a caller beside the first: exit status %d, want 3, and the first one's URL once\n%s", r.code(), r.stderr)
		}
	}
	answer := w.landing(t, url)
	w.visit(t, answer, http.StatusSeeOther)
	w.visit(t, pageOf(answer), http.StatusOK) // fob waits a moment for a browser to come for it
	first := <-ended
	_, token, _ := strings.Cut(strings.TrimSpace(first.stdout), "password=")
	if token, _, _ = strings.Cut(token, "\n"); !w.provider.active(t.Context(), fob.Secret(token)) {
		t.Errorf("the first caller has no good token: exit status %d\n%s", first.code(), first.stderr)
	}
	if len(w.opened) != 0 {
		t.Errorf("%d browsers opened, want 1", 1+len(w.opened))
	}
}
