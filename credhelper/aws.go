package credhelper

import (
	"time"

	"github.com/fobkit/fob/internal/jsonlite"
)

// aws is credential_process of AWS's SDKs and command line: no request, one JSON object on stdout. The SDK for Go quotes what it cannot
// parse, secrets and all, in its error; so stdout holds the whole answer or nothing.
var aws = protocol{words: []string{"aws"}, parse: parseAWS, render: renderAWS, fail: (*message).failed}

const (
	// awsTTL: botocore asks again from 15 minutes before the expiry that it is told, on each use.
	awsTTL      = 16*time.Minute + maxMargin
	awsPatience = 55 * time.Second // the SDK for Go waits a minute
)

func parseAWS(in *input, m *message) error {
	if len(in.args) > 0 {
		return badUsage("aws [--profile NAME]")
	}
	m.op, m.patience, m.req.MinTTL = opGet, awsPatience, awsTTL
	return nil
}

var errNoAWSKeys = &because{"no AWS keys", ErrDenied}

// renderAWS leaves Expiration out where there is none: the SDKs then never ask again.
func renderAWS(_ *message, a answer) ([]byte, error) {
	keys, err := jsonlite.Parse([]byte(a.cred.Secret))
	if err != nil {
		return nil, errNoAWSKeys // the offset would tell of the secret
	}
	out := make([]byte, 0, 256+len(a.cred.Secret))
	out = append(out, `{"Version":1`...)
	for _, f := range []struct {
		name   string
		needed bool
	}{{"AccessKeyId", true}, {"SecretAccessKey", true}, {"SessionToken", false}, {"AccountId", false}} {
		value, _ := keys.Get(f.name).Text()
		switch {
		case value == "" && f.needed:
			return nil, errNoAWSKeys
		case value != "":
			out = jsonlite.AppendString(append(out, `,"`+f.name+`":`...), value)
		}
	}
	if t := a.cred.reported(); !t.IsZero() {
		out = append(t.AppendFormat(append(out, `,"Expiration":"`...), time.RFC3339), '"')
	}
	return append(out, "}\n"...), nil
}
