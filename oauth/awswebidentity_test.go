package oauth_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/oauth"
)

func answerFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "wire", "oauth", "answers", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func assume(t *testing.T, rt http.RoundTripper) (fob.Token, error) {
	t.Helper()
	return oauth.AWSWebIdentity{
		Client: &oauth.Client{TokenURL: "https://sts.eu-west-1.amazonaws.com/", Transport: rt}, Subject: vouched, RoleARN: "arn:aws:iam::123456789012:role/ci",
	}.Mint(t.Context(), fob.Token{})
}

func TestRoleIsAssumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins in 2000
		w := &wire{answer: answerFile(t, "sts.xml")}
		tok, err := assume(t, w)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "aws-web-identity", w.requests[0])
		const want = `{"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"s/cret+fob-canary-7f3a9c","SessionToken":"session//fob-canary-7f3a9c==","AccountId":"123456789012"}`
		if string(tok.Access) != want {
			t.Error("the keys are not those of the answer")
		}
		if expiry := time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC); tok.Type != "AWS4" || !tok.Expiry.Equal(expiry) || tok.Life() != time.Hour {
			t.Errorf("got a token of type %s until %v, want AWS4 and %v", tok.Type, tok.Expiry, expiry)
		}
	})
}

func TestSTSErrorsAreTyped(t *testing.T) {
	refused := func(status int, code string) answering {
		return answering{status, "text/xml", `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>` + code +
			`</Code><Message>fob-canary-7f3a9c</Message></Error><RequestId>1</RequestId></ErrorResponse>`}
	}
	good := answerFile(t, "sts.xml")
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			answer  answering
			want    string // behind "aws_web_identity: "
			outcome fob.Outcome
		}{
			{refused(400, "ExpiredTokenException"), "refused by STS: ExpiredTokenException", fob.Terminal},
			{refused(403, "AccessDenied"), "refused by STS: AccessDenied", fob.Terminal},
			{refused(400, "InvalidIdentityToken"), "refused by STS: InvalidIdentityToken", fob.Transient},
			{refused(400, "IDPCommunicationError"), "refused by STS: IDPCommunicationError", fob.Transient},
			{refused(400, "Throttling"), "refused by STS: Throttling", fob.Transient},
			{refused(503, "ServiceUnavailable"), "refused by STS: ServiceUnavailable", fob.Transient},
			{refused(400, "fobCanary"), "refused by STS: status 400", fob.Terminal},
			{answering{302, "text/html", "<html>"}, "malformed answer from STS (status 302): a redirect, which is not followed", fob.Transient},
			{answering{403, "text/html", "<html><br>"}, "malformed answer from STS (status 403): not XML of plain elements", fob.Transient},
			{answering{200, "application/json", "{}"}, "malformed answer from STS (status 200): not XML of plain elements", fob.Transient},
			{answering{200, "text/xml", strings.Replace(good, "ASIAEXAMPLE", "", 1)}, "malformed answer from STS (status 200): no keys of visible ASCII characters", fob.Transient},
			{answering{200, "text/xml", strings.Replace(good, "ASIA", "\n", 1)}, "malformed answer from STS (status 200): no keys of visible ASCII characters", fob.Transient},
			{answering{200, "text/xml", strings.Replace(good, "2000-01-01T01", "2000-01-01T00", 1)}, "malformed answer from STS (status 200): expiration is no time to come", fob.Transient},
			{answering{200, "text/xml", strings.Replace(good, "2000-01-01T01", "soon", 1)}, "malformed answer from STS (status 200): expiration is no time to come", fob.Transient},
		} {
			_, err := assume(t, tt.answer)
			want := "aws_web_identity: " + strings.Replace(tt.want, "STS", "sts.eu-west-1.amazonaws.com", 1)
			if err == nil || err.Error() != want || fob.OutcomeOf(err) != tt.outcome {
				t.Errorf("got %v (%v), want %s (%v)", err, fob.OutcomeOf(err), want, tt.outcome)
			}
		}
	})
}

func TestRolesAndSessionsNeverShareKeys(t *testing.T) {
	base := oauth.AWSWebIdentity{Client: &oauth.Client{TokenURL: "https://sts.example/"}, RoleARN: "arn:aws:iam::1:role/a", Account: "p"}
	role, session, account, named := base, base, base, base
	role.RoleARN, session.SessionName, account.Account, named.SessionName = "arn:aws:iam::1:role/b", "b", "q", "fob"
	for what, g := range map[string]oauth.AWSWebIdentity{"role": role, "session": session, "account": account} {
		if g.Key().Name() == base.Key().Name() {
			t.Errorf("another %s shares the record", what)
		}
	}
	if named.Key().Name() != base.Key().Name() {
		t.Error("the usual session name, written out, has another record")
	}
}
