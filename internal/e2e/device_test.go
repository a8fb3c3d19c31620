package e2e

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestLoginByADevice(t *testing.T) {
	t.Parallel() // it waits for polls, 5 s apart (RFC 8628 §3.2)
	w := newLoginWorld(t)
	tty := w.sit(t, "fob", "login", "p", "--device")
	code := tty.await(t, `enter the code\n\n  (\S+)\n\n`)[0]
	at := tty.await(t, `open\n\n  (https://\S+)\n`)[0]
	tty.await(t, `(?m)^[-|/\\] waiting for you, [0-9]+:[0-9]{2} left$`)

	window := w.chromium.open(t, at)
	window.press(t, "Device", "Continue", "user_code", "XXXX-XXXX")
	window.press(t, "Wrong code", "Continue", "user_code", code)
	window.press(t, "Confirm", "Continue")
	window.login(t)
	window.press(t, "Consent", "Allow")
	window.await(t, "Done")

	if status := tty.left(); status != 0 {
		t.Fatalf("exit status %d\n%s", status, tty.screen())
	}
	want := "To log in to p, open\n\n  " + w.provider.issuer + "/device\n\non any device, and enter the code\n\n  " + code + "\n\n"
	rest, ok := strings.CutPrefix(tty.screen(), want)
	if !ok || !regexp.MustCompile(`^logged in to p as alice: token expires in \d+ min, kept in `).MatchString(rest) {
		t.Errorf("in the end the person sees\n%s\nwant\n%slogged in to p as alice: …", tty.screen(), want)
	}
	if !w.provider.active(t.Context(), w.token(t, "--force-refresh")) {
		t.Error("the refresh token that the login brought is good for nothing")
	}
}

// Where a person says no, the device learns it.
func TestADeniedDeviceIsToldSo(t *testing.T) {
	t.Parallel()
	w := newLoginWorld(t)
	for name, deny := range map[string]func(*tab){
		"at the code": func(window *tab) { window.press(t, "Confirm", "Abort") },
		"at the consent": func(window *tab) {
			window.press(t, "Confirm", "Continue")
			window.login(t)
			window.press(t, "Consent", "Deny")
		},
	} {
		tty := w.sit(t, "fob", "login", "p", "--device")
		code := tty.await(t, `enter the code\n\n  (\S+)\n\n`)[0]
		window := w.chromium.open(t, tty.await(t, `open\n\n  (https://\S+)\n`)[0]+"?user_code="+url.QueryEscape(code))
		deny(window)
		status := tty.left()
		refused := "\nfob: profile p: device_code: refused by " + hostOf(t, w.provider.issuer) + ": access_denied\n"
		if status != 4 || !strings.Contains(tty.screen(), refused) {
			t.Errorf("%s: exit status %d, want 4, and%s\n%s", name, status, refused, tty.screen())
		}
	}
}
