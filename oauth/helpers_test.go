package oauth_test

import (
	"context"
	"net/url"
)

type ctx = context.Context

func formOf(body string) url.Values { return must(url.ParseQuery(body)) }
