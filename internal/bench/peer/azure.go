package peer

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// azure is the pipeline that Azure's clients have, under requests of net/http's.
func azure(n Net) http.RoundTripper {
	auth := runtime.NewBearerTokenPolicy(azureCredential{n}, []string{"all"}, nil)
	p := runtime.NewPipeline("bench", "v1.0.0", runtime.PipelineOptions{PerRetry: []policy.Policy{auth}}, &policy.ClientOptions{
		Transport: azureTransport{n.API},
		Telemetry: policy.TelemetryOptions{Disabled: true}, // it would grow the header of a request that is sent often
		Retry:     policy.RetryOptions{RetryDelay: n.Wait, MaxRetryDelay: n.Wait},
	})
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		r, err := runtime.NewRequestFromRequest(req)
		if err != nil {
			return nil, err
		}
		runtime.SkipBodyDownload(r) // a RoundTripper hands on the answer as it comes
		return p.Do(r)
	})
}

type azureTransport struct{ http.RoundTripper }

func (t azureTransport) Do(req *http.Request) (*http.Response, error) { return t.RoundTrip(req) }

type azureCredential struct{ Net }

func (c azureCredential) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t, err := fetch(ctx, c.Tokens)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	tok := azcore.AccessToken{Token: t.Access, ExpiresOn: t.expiry()}
	if c.Early > 0 {
		tok.RefreshOn = tok.ExpiresOn.Add(-c.Early)
	}
	return tok, nil
}
