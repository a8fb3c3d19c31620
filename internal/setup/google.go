package setup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// googlePool leads the name of a provider of a pool of identities, which is what Google wants to be told.
const googlePool = "//iam.googleapis.com/"

var errBlank = errors.New("google: its libraries cut a command at its blanks, and the path of fob-helper has one")

// planGoogle writes a file of ours for each profile. The one of gcloud, application_default_credentials.json, is its own.
func planGoogle(_ context.Context, j *job) error {
	profiles, err := j.allowing("google")
	if err != nil {
		return err
	}
	if strings.ContainsAny(j.Helper, " \t") {
		return errBlank
	}
	for _, p := range profiles {
		if err := j.googleFile(filepath.Join(j.Data, "google-"+p.Name+".json"), p); err != nil {
			return err
		}
	}
	if j.Getenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") != "1" {
		j.warn("Google's libraries run no program without " + exportLine("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1"))
	}
	return nil
}

func (j *job) googleFile(path string, p Profile) error {
	text, err := j.text(path)
	if err != nil {
		return err
	}
	pool, err := googleAudience(text, p)
	if err != nil {
		return &FileError{path, err}
	}
	for _, e := range []entry{
		{"json", []string{"type"}, `"external_account"`},
		{"json", []string{"audience"}, pool},
		{"json", []string{"subject_token_type"}, `"urn:ietf:params:oauth:token-type:jwt"`},
		{"json", []string{"token_url"}, `"https://sts.googleapis.com/v1/token"`},
		{"json", []string{"credential_source", "executable", "command"}, strconv.Quote(j.Helper + " google --profile " + p.Name)},
	} {
		if err := j.jsonConflict(path, text, e); err != nil {
			return err
		}
		if err := j.wantNew(path, text, e); err != nil {
			return err
		}
	}
	if j.Getenv("GOOGLE_APPLICATION_CREDENTIALS") != path {
		j.warn("profile " + p.Name + " is used with " + exportLine("GOOGLE_APPLICATION_CREDENTIALS", path))
	}
	return nil
}

// googleAudience is the pool's provider, in JSON: as the file has it already, else as the profile's audience says it, which is what a provider
// expects that lists no audiences of its own.
func googleAudience(text string, p Profile) (string, error) {
	var has struct{ Audience string }
	json.Unmarshal([]byte(text), &has)
	for _, a := range append([]string{has.Audience}, p.Audience...) {
		if a = strings.TrimPrefix(a, "https:"); strings.HasPrefix(a, googlePool) {
			return strconv.Quote(a), nil
		}
	}
	return "", fmt.Errorf("no pool of identities: write {\"audience\": \"%s…\"} into it, or that audience into profile %s", googlePool, p.Name)
}
