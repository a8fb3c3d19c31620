package frontend

import "github.com/fobkit/fob/credhelper"

// Place names where what req's tool gives to keep may go: for git and others the origin and, if the tool names one, the path; for Docker the server
// as it is written, since what is typed is what Docker asks for. Empty: for such a request nothing is kept.
func Place(req credhelper.Request) string {
	switch req.Protocol {
	case "docker":
		return req.Server
	case "git", "cargo", "terraform", "vault":
		if req.Host == "" || req.Path == "" {
			return req.Origin()
		}
		return req.Origin() + "/" + req.Path
	}
	return ""
}
