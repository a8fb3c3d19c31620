package credhelper_test

import (
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

const awsKeys = `{"AccessKeyId":"ASIA1","SecretAccessKey":"s/+fob-canary-7f3a9c","SessionToken":"t=fob-canary-7f3a9c","AccountId":"123456789012"}`

// ofAWS is a keeper of keys that live an hour.
func ofAWS(keys fob.Secret) *keeper {
	h := anHour()
	h.cred.Form, h.cred.Secret = credhelper.AWSKeys, keys
	return h
}

func TestAWS(t *testing.T) {
	for _, c := range []struct {
		name string
		keys fob.Secret
		edit func(*credhelper.Credential)
	}{
		{name: "session", keys: awsKeys},
		{name: "no-expiry", keys: `{"SecretAccessKey":"fob-canary-7f3a9c","AccessKeyId":"AKIA1","Colour":"blue"}`, edit: func(c *credhelper.Credential) { c.Expiry = time.Time{} }},
	} {
		h := ofAWS(c.keys)
		if c.edit != nil {
			c.edit(&h.cred)
		}
		r := serve(h, "", nil, "fob", "aws", "--profile", "corp")
		if compare(t, "aws/"+c.name, r.stdout.String(), readFile(t, "aws/"+c.name+".out")); r.code != 0 || r.stderr.Len() != 0 {
			t.Errorf("%s: exit status %d and %q, want 0 and silence", c.name, r.code, r.stderr.String())
		}
		if h.req.Profile != "corp" || h.req.Host != "" || h.req.MinTTL != 17*time.Minute {
			t.Errorf("the handler was asked %+v", h.req)
		}
	}
}

func TestAWSGetsWholeAnswersOrNone(t *testing.T) {
	for _, c := range []struct {
		h    *keeper
		args string
		code int
		err  string
	}{
		{h: ofAWS("gho_fob-canary-7f3a9c"), code: 4, err: "fob: no token for aws: no AWS keys: denied\n"},
		{h: ofAWS(`{"AccessKeyId":"ASIA1"}`), code: 4, err: "fob: no token for aws: no AWS keys: denied\n"},
		{h: ofAWS(`{"AccessKeyId":1,"SecretAccessKey":"fob-canary-7f3a9c"}`), code: 4, err: "fob: no token for aws: no AWS keys: denied\n"},
		{h: anHour(), code: 4, err: "fob: no token for aws: a credential of another kind than the tool wants: denied\n"},
		{h: &keeper{err: fob.ErrLoginRequired}, code: 3, err: "fob: no token for aws: login required\n"},
		{h: &keeper{err: credhelper.ErrNotFound}, code: 1, err: "fob: no token for aws: not found\n"},
		{h: ofAWS(awsKeys), args: "get", code: 2, err: "fob: usage: aws [--profile NAME]\n"},
	} {
		args := []string{"fob", "aws"}
		if c.args != "" {
			args = append(args, c.args)
		}
		if r := serve(c.h, "", nil, args...); r.code != c.code || r.stdout.Len() != 0 || r.stderr.String() != c.err {
			t.Errorf("exit status %d, %d bytes, %q; want %d, none, %q", r.code, r.stdout.Len(), r.stderr.String(), c.code, c.err)
		}
	}
}

func TestNobodyElseGetsAWSKeys(t *testing.T) {
	for args, stdin := range map[string]string{"git get": "protocol=https\nhost=a.example\n", "docker get": "a.example", "kubernetes": "", "keyring get a.example": "", "google": "", "kubelet": imageRequest("a.example/app")} {
		if r := serve(ofAWS(awsKeys), stdin, nil, append([]string{"fob"}, fields(args)...)...); r.code != 4 && args != "google" || holdsCanary(r) {
			t.Errorf("%s: exit status %d, told the keys: %v; want 4 and none", args, r.code, holdsCanary(r))
		}
	}
}
