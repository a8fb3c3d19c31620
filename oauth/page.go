package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"io"
	"net/http"
	"strings"
	"unicode"
)

// page is what a browser shows at the end of a login. It is whole in itself: nothing is fetched for it, and no script runs.
type page struct{ title, text, detail string }

var (
	pageDone    = page{title: "Logged in", text: "You can close this window and go back to where you came from."}
	pageFailed  = page{title: "Login failed", text: "Go back to where you came from, and try again."}
	pageOver    = page{title: "This login is over", text: "It has had its answer. You can close this window."}
	pageStray   = page{title: "Not the answer", text: "This is not the answer to the login that is waited for. Begin again where you came from."}
	pageNowhere = page{title: "Nothing here", text: "A login is under way, and this is not its page."}
)

// pageOf is the page for a login that ended in err; nil: well.
func pageOf(err error) page {
	if err == nil {
		return pageDone
	}
	p := pageFailed
	p.detail = plain(err.Error()) // a host of metadata may be in it
	if e := (*Error)(nil); errors.As(err, &e) && e.Description != "" {
		p.detail += ": " + plain(string(e.Description)) // the person's own provider tells the person
	}
	return p
}

const maxDetail = 500

// plain is foreign text without what changes how the text around it is shown.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > maxDetail {
		return string(r[:maxDetail]) + "…"
	}
	return s
}

const style = `:root{color-scheme:light dark;--ink:#1a1c1f;--dim:#5c6169;--paper:#fafaf8;--card:#fff;--line:#e3e3de}` +
	`@media(prefers-color-scheme:dark){:root{--ink:#e9eaec;--dim:#a0a5ad;--paper:#16181b;--card:#1f2226;--line:#33373d}}` +
	`*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--paper);color:var(--ink);` +
	`font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}` +
	`main{max-width:30rem;padding:2rem 2.25rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}` +
	`h1{margin:0 0 .5rem;font-size:1.35rem;font-weight:600;letter-spacing:-.01em}p{margin:0;color:var(--dim)}` +
	`code{display:block;margin-top:1rem;padding:.75rem 1rem;border-radius:.5rem;background:var(--paper);color:var(--ink);` +
	`font:.875rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}`

func (p page) html() string {
	detail := ""
	if p.detail != "" {
		detail = "<code>" + html.EscapeString(p.detail) + "</code>"
	}
	return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
		`<title>fob: ` + html.EscapeString(p.title) + `</title><style>` + style + `</style>` +
		`<main><h1>` + html.EscapeString(p.title) + `</h1><p>` + html.EscapeString(p.text) + `</p>` + detail + "</main></html>\n"
}

func (p page) write(w http.ResponseWriter, status int) {
	sum := sha256.Sum256([]byte(style))
	only := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	for name, value := range map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src " + only + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"Cache-Control":           "no-store",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
		"X-Frame-Options":         "DENY",
	} {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	io.WriteString(w, p.html())
}
