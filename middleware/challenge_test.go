package middleware

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestChallenges(t *testing.T) {
	type params = map[string]string
	for name, c := range map[string]struct {
		lines []string
		want  []Challenge
	}{
		"none": {nil, nil},
		"RFC 9110 §11.6.1": {[]string{`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`},
			[]Challenge{{"Basic", "", params{"realm": "simple"}}, {"Newauth", "", params{"realm": "apps", "type": "1", "title": `Login to "apps"`}}}},
		"RFC 7235 §4.1": {[]string{`Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`},
			[]Challenge{{"Newauth", "", params{"realm": "apps", "type": "1", "title": `Login to "apps"`}}, {"Basic", "", params{"realm": "simple"}}}},
		"RFC 7617 §2.1": {[]string{`Basic realm="foo", charset="UTF-8"`}, []Challenge{{"Basic", "", params{"realm": "foo", "charset": "UTF-8"}}}},
		"RFC 6750 §3": {[]string{`Bearer realm="example", error="invalid_token", error_description="The access token expired"`},
			[]Challenge{{"Bearer", "", params{"realm": "example", "error": "invalid_token", "error_description": "The access token expired"}}}},
		"RFC 9449 §7.1": {[]string{`DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256"`},
			[]Challenge{{"DPoP", "", params{"error": "invalid_token", "error_description": "Invalid DPoP key binding", "algs": "ES256"}}}},
		"RFC 9449 §9": {[]string{`DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"`},
			[]Challenge{{"DPoP", "", params{"error": "use_dpop_nonce", "error_description": "Resource server requires nonce in DPoP proof"}}}},
		"RFC 9449 §7.2": {[]string{`Bearer, DPoP algs="ES256 PS256"`}, []Challenge{{Scheme: "Bearer"}, {"DPoP", "", params{"algs": "ES256 PS256"}}}},
		"RFC 9470 §3": {[]string{`Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR", max_age="5"`},
			[]Challenge{{"Bearer", "", params{"error": "insufficient_user_authentication", "error_description": "A different authentication level is required", "acr_values": "myACR", "max_age": "5"}}}},
		"RFC 9728 §5.1": {[]string{`Bearer resource_metadata="https://resource.example.com/.well-known/oauth-protected-resource"`},
			[]Challenge{{"Bearer", "", params{"resource_metadata": "https://resource.example.com/.well-known/oauth-protected-resource"}}}},
		"RFC 7616 §3.9.1, two lines": {[]string{
			`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPE", opaque="FQhe/qaU"`,
			`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPE", opaque="FQhe/qaU"`},
			[]Challenge{
				{"Digest", "", params{"realm": "http-auth@example.org", "qop": "auth, auth-int", "algorithm": "SHA-256", "nonce": "7ypf/xlj9XXwfDPE", "opaque": "FQhe/qaU"}},
				{"Digest", "", params{"realm": "http-auth@example.org", "qop": "auth, auth-int", "algorithm": "MD5", "nonce": "7ypf/xlj9XXwfDPE", "opaque": "FQhe/qaU"}}}},
		"a registry of containers": {[]string{`Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push"`},
			[]Challenge{{"Bearer", "", params{"realm": "https://auth.example.com/token", "service": "registry.example.com", "scope": "repository:a/b:pull,push"}}}},
		"Negotiate and NTLM": {[]string{`Negotiate`, `NTLM`, `Negotiate oRQwEqADCgEBoQsGCSqGSIL3EgECAg==`, `NTLM TlRMTVNTUAACAAAA`},
			[]Challenge{{Scheme: "Negotiate"}, {Scheme: "NTLM"}, {"Negotiate", "oRQwEqADCgEBoQsGCSqGSIL3EgECAg==", nil}, {"NTLM", "TlRMTVNTUAACAAAA", nil}}},
		"token68 before another": {[]string{`Negotiate YQ==, Basic realm="a"`}, []Challenge{{"Negotiate", "YQ==", nil}, {"Basic", "", params{"realm": "a"}}}},
		"claims": {[]string{`Bearer realm="", authorization_uri="https://login.example.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="`},
			[]Challenge{{"Bearer", "", params{"realm": "", "authorization_uri": "https://login.example.com/common/oauth2/authorize", "error": "insufficient_claims", "claims": "eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="}}}},
		"no commas":                             {[]string{`Bearer authorization="https://login.example.com" resource="https://vault.example.com"`}, []Challenge{{"Bearer", "", params{"authorization": "https://login.example.com", "resource": "https://vault.example.com"}}}},
		"case, spaces, tabs":                    {[]string{"\t bEARER \t REALM\t= \t\"a\" \t,\tError =b ,"}, []Challenge{{"bEARER", "", params{"realm": "a", "error": "b"}}}},
		"empty elements":                        {[]string{`, ,Basic ,, realm="a",,,  Bearer,, ,`, "", ","}, []Challenge{{"Basic", "", params{"realm": "a"}}, {Scheme: "Bearer"}}},
		"a name twice":                          {[]string{`Bearer error="a", Error="b"`}, []Challenge{{"Bearer", "", params{"error": "a"}}}},
		"quoted pairs":                          {[]string{`Basic realm="\a\\\"\,", x="a,b=\"c\""`}, []Challenge{{"Basic", "", params{"realm": `a\",`, "x": `a,b="c"`}}}},
		"an equals sign of a token68":           {[]string{`Basic realm=`}, []Challenge{{"Basic", "realm=", nil}}},
		"parameters of nobody":                  {[]string{`realm="a", Basic realm="b"`}, []Challenge{{"Basic", "", params{"realm": "b"}}}},
		"an unquoted value":                     {[]string{`Bearer scope=a b c, error=x`}, []Challenge{{"Bearer", "", params{"error": "x"}}}},
		"an open quote":                         {[]string{`Bearer error="a", scope="b, Basic realm="c`, `Basic realm="d"`}, []Challenge{{"Bearer", "", params{"error": "a"}}, {"Basic", "", params{"realm": "d"}}}},
		"garbage, then sense":                   {[]string{`@@@, "Basic realm=", Bearer error="a"`}, []Challenge{{"Bearer", "", params{"error": "a"}}}},
		"parameters after garbage are nobody's": {[]string{`Bearer error="a", @@@, scope="b"`}, []Challenge{{"Bearer", "", params{"error": "a"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Challenges(http.Header{"Www-Authenticate": c.lines}); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%q\n got %q\nwant %q", c.lines, got, c.want)
			}
		})
	}
}

func TestChallengeSchemesHaveNoCase(t *testing.T) {
	if c := (Challenge{Scheme: "bEARER"}); !c.Is("Bearer") || c.Is("Basic") {
		t.Errorf("%q: Bearer %v, Basic %v", c.Scheme, c.Is("Bearer"), c.Is("Basic"))
	}
}

// A quadratic parser needs seconds for each of these, a linear one milliseconds at most.
func BenchmarkHostileChallenges(b *testing.B) {
	for _, part := range []string{`"`, `a `, `a=`, `a,`, `a="`, `\`, ` `, `,`, `a a=,`, `a ="`, `@"`, `a b=`, `a="" `} {
		h := http.Header{"Www-Authenticate": {strings.Repeat(part, maxChallenges/len(part))}}
		b.Run(part, func(b *testing.B) {
			for b.Loop() {
				Challenges(h)
			}
		})
	}
}

func TestChallengesBeyondTheLimitAreNotRead(t *testing.T) {
	lines := []string{"Basic", "Bearer " + strings.Repeat("a", maxChallenges), "Basic"}
	if got := Challenges(http.Header{"Www-Authenticate": lines}); len(got) != 1 {
		t.Errorf("got %d challenges, want the one before the limit", len(got))
	}
}

// FuzzChallenges: what was read and written again is read as the same.
func FuzzChallenges(f *testing.F) {
	for _, line := range []string{
		`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`, `Negotiate oRQwEqADCgE==, NTLM`, `Bearer a = b ,, c="d\\e"`,
		`Bearer authorization="a" resource="b"`, `Digest qop="auth, auth-int"`, `x="y`, "\x00\xff, Basic", `Bearer YQ==, realm="x"`,
	} {
		f.Add(line, line)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		got := Challenges(http.Header{"Www-Authenticate": {a, b}})
		var written []string
		for _, c := range got {
			written = append(written, render(t, c))
		}
		if again := Challenges(http.Header{"Www-Authenticate": {strings.Join(written, ", ")}}); !reflect.DeepEqual(again, got) && len(a)+len(b) < maxChallenges/4 {
			t.Errorf("%q, %q\n read as %q\nwritten as %q\n read as %q", a, b, got, written, again)
		}
	})
}

func render(t *testing.T, c Challenge) string {
	if c.Scheme == "" || strings.Trim(c.Scheme+c.Token68, "!#$%&'*+-.^_`|~/=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		t.Errorf("scheme %q, token68 %q", c.Scheme, c.Token68)
	}
	s, separator := c.Scheme, " "
	if c.Token68 != "" {
		s, separator = s+" "+c.Token68, ", "
	}
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		s += fmt.Sprintf(`%s%s="%s"`, separator, name, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(c.Params[name]))
		separator = ", "
	}
	return s
}
