// Package fob is one token cache for all who need the token: the goroutines of a program, its sibling processes, and the tools of a machine.
//
//	cache := &fob.Cache{Store: fob.Dir(dir)}
//	client := &oauth.Client{Issuer: issuer, ClientID: "report-job", Auth: oauth.Basic{Secret: secret}}
//	grant := oauth.ClientCredentials{Client: client, Scopes: []string{"reports:read"}}
//	source := cache.Source(grant.Key(), grant)
//	token, err := source.Token(ctx)
//
// A [Key] says which token is meant, a [Grant] asks an authorization server for it, a [Store] keeps it, and the [Cache] sees to it that the grant is
// asked once a key and lifetime, everywhere: from memory a fresh token costs an atomic load; a stale one is served while its
// successor is minted; without a valid one all callers wait, each as long as it likes, for one mint under the store's lock. A mint
// that fails takes no valid token away and is not repeated at once, a refresh token is durable before it is needed and never
// sent twice without need, and what a server refused is dropped by comparison, so that many refusals cost one mint.
//
// Package oauth has the grants, middleware and transport send the token with requests, credhelper hands it to tools.
package fob
