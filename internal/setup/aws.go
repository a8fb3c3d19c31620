package setup

import (
	"context"
	"errors"
	"slices"
)

var errNoAWS = errors.New("no profile has the grant aws_web_identity and allows aws")

// planAWS gives each profile that makes keys a profile of the same name.
func planAWS(_ context.Context, j *job) error {
	profiles, err := j.allowing("aws")
	profiles = slices.DeleteFunc(profiles, func(p Profile) bool { return p.Grant != "aws_web_identity" })
	if err != nil || len(profiles) == 0 {
		return errNoAWS
	}
	path, err := j.awsFile("AWS_CONFIG_FILE", "config")
	if err != nil {
		return err
	}
	text, err := j.text(path)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		section := "profile " + p.Name
		if p.Name == "default" {
			section = p.Name
		}
		e := entry{"ini", []string{section, "credential_process"}, commandLine(j.Helper, "aws", "--profile", p.Name)}
		if err := j.iniConflict(path, text, e); err != nil {
			return err
		}
		if err := j.want(path, e); err != nil {
			return err
		}
		j.awsShadows(path, section)
		if keys, err := j.awsFile("AWS_SHARED_CREDENTIALS_FILE", "credentials"); err == nil {
			j.awsShadows(keys, p.Name)
		}
	}
	if j.Getenv("AWS_ACCESS_KEY_ID") != "" {
		j.warn("AWS_ACCESS_KEY_ID is set: it comes before any profile that AWS_PROFILE names")
	}
	return nil
}

func (j *job) awsFile(variable, name string) (string, error) {
	if path := j.Getenv(variable); path != "" {
		return path, nil
	}
	return j.home(".aws", name)
}

// awsFirst are the settings that AWS's tools, or some of them, take before they run a process.
var awsFirst = []string{"role_arn", "sso_session", "sso_account_id", "web_identity_token_file", "aws_access_key_id"}

func (j *job) awsShadows(path, section string) {
	text, err := j.text(path)
	if err != nil {
		j.warn(err.Error())
		return
	}
	items, _ := iniFile{}.parse(text)
	for _, it := range items {
		if it.section == section && slices.Contains(awsFirst, it.key) {
			j.warn(place(path, text, it.from) + ": " + it.key + " of " + section + " comes before fob")
		}
	}
}
