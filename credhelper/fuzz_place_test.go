package credhelper_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fobkit/fob"
	"github.com/fobkit/fob/credhelper"
)

// checkKubelet and its like are checkGit for the protocols that name a place in passing.
func checkKubelet(t *testing.T, data string) bool {
	t.Helper()
	r := serve(oneHost{}, data, nil, "fob", "kubelet")
	if !holdsCanary(r) {
		return false
	}
	var asked struct{ Image string }
	var answer struct {
		Kind, CacheKeyType string
		CacheDuration      *string
		Auth               map[string]struct{ Username, Password string }
	}
	if err := json.Unmarshal([]byte(data), &asked); err != nil {
		t.Fatalf("an answer to what is no JSON: %v", err)
	}
	registry, _, _ := strings.Cut(asked.Image, "/")
	if !isOurHost(registry) {
		t.Errorf("a token for %q", asked.Image)
	}
	if err := json.Unmarshal(r.stdout.Bytes(), &answer); err != nil || answer.Kind != "CredentialProviderResponse" || answer.Auth[registry].Password != canary || len(answer.Auth) != 1 {
		t.Errorf("%q: an answer that the kubelet cannot use: %v", asked.Image, err)
	}
	return true
}

func checkKeyring(t *testing.T, data string) bool {
	t.Helper()
	r := serve(oneHost{}, "", nil, append([]string{"keyring"}, strings.Split(data, "\t")...)...)
	if !holdsCanary(r) {
		return false
	}
	for word := range strings.SplitSeq(data, "\t") {
		bare := word
		if !strings.Contains(bare, "://") {
			bare = "https://" + bare
		}
		host, _, _ := strings.Cut(bare[strings.Index(bare, "://")+3:], "/")
		if isOurURL("https://"+host) && strings.HasPrefix(strings.ToLower(bare), "https://") {
			return true
		}
	}
	t.Errorf("a token for %q", data)
	return true
}

func checkVault(t *testing.T, address string) bool {
	t.Helper()
	r := serve(oneHost{}, "", map[string]string{"VAULT_ADDR": address}, "fob", "vault", "get")
	if !holdsCanary(r) {
		return false
	}
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	if !strings.EqualFold(scheme, "https") || !isOurURL("https://"+host) || r.stdout.String() != canary {
		t.Errorf("a token for %q", address)
	}
	return true
}

func FuzzKubelet(f *testing.F) { fuzz(f, "kubelet", checkKubelet) }

func FuzzKeyring(f *testing.F) {
	for _, args := range []string{"get git.example.com", "get https://git.example.com/simple/ ann --mode=creds --output json", "--mode creds get git.example.com:443", "set git.example.com ann"} {
		f.Add(strings.ReplaceAll(args, " ", "\t"))
	}
	f.Fuzz(func(t *testing.T, data string) { checkKeyring(t, data) })
}

func FuzzVault(f *testing.F) {
	for _, address := range []string{"https://git.example.com", "http://127.0.0.1:8200", "https://git.example.com/v1", "https://ann@git.example.com", "unix:///run/vault"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) { checkVault(t, address) })
}

func FuzzVaultStore(f *testing.F) {
	f.Add("hvs.x\n")
	f.Fuzz(func(t *testing.T, token string) {
		h := anHour()
		r := serve(h, token, map[string]string{"VAULT_ADDR": "https://git.example.com"}, "fob", "vault", "store")
		if (r.code == 0) != (h.did == "store") || h.did == "store" && strings.ContainsAny(string(h.used.Secret), "\r\n\x00 ") {
			t.Errorf("exit status %d, the handler was told %q", r.code, h.did)
		}
	})
}

// FuzzAWSKeys and FuzzGoogleToken feed what lies in a record: the keys that a server gave, and a token's claims.
func FuzzAWSKeys(f *testing.F) {
	f.Add(awsKeys)
	f.Fuzz(func(t *testing.T, keys string) {
		r := serve(&keeper{cred: credhelper.Credential{Secret: fob.Secret(keys), Form: credhelper.AWSKeys}}, "", nil, "fob", "aws")
		var answer struct {
			Version                      int
			AccessKeyId, SecretAccessKey string
		}
		if r.code == 0 && (json.Unmarshal(r.stdout.Bytes(), &answer) != nil || answer.Version != 1 || answer.AccessKeyId == "" || answer.SecretAccessKey == "") {
			t.Error("an answer that the SDKs cannot use")
		}
	})
}

func FuzzGoogleToken(f *testing.F) {
	f.Add(string(jwt(`{"exp":1893456000}`)), "urn:ietf:params:oauth:token-type:jwt")
	f.Add(`{"exp":1893456000}`, "")
	f.Fuzz(func(t *testing.T, token, typ string) {
		h := &keeper{cred: credhelper.Credential{Secret: fob.Secret(token), Expiry: time.Unix(1893456000, 0)}}
		if strings.HasPrefix(token, "{") {
			h.cred.ID = jwt(token)
		}
		askGoogle(t, h, map[string]string{"GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE": typ})
	})
}
