// oidc-provider on loopback, for one test. Its configuration is a file of JSON that the test wrote, named by the only
// argument: { cert, key, clients }. Once it serves it prints one line of JSON, { issuer, control }, and it ends with its stdin.
//
// A browser gets pages: to log in, to consent or deny, and to type in a device's code. Whoever asks for no HTML is taken for alice, who
// says yes to everything.
//
// The control endpoint, on a port of its own, plays what a test cannot reach from outside:
//   GET  /requests?path=/token                  how many requests that path has had
//   POST /fail?path=/token&times=2&status=503   answers that path's next requests with status and no body
//   POST /lifetime?client=c&seconds=2           of the access tokens that c gets from now on
//   POST /revoke?client=c                       ends every access token that c has; answers how many

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const requests = new Map(); // by path
const failures = new Map(); // by path: { times, status }
const lifetimes = new Map(); // by client
const issued = new Map(); // by client: access tokens

const listen = async (server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${server.address().port}`;
};

const front = https.createServer({ cert: readFileSync(config.cert), key: readFileSync(config.key) });
const issuer = `https://${await listen(front)}`;

// page has nothing in it that a browser would fetch; those of oidc-provider fetch fonts.
const page = (title, body) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>${title}</title><h1>${title}</h1>${body}`;

const lifetime = (ctx, token, client) => lifetimes.get(client.clientId) ?? 600;
const provider = new Provider(issuer, {
  clients: config.clients,
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
  enabledJWA: { clientAuthSigningAlgValues: ['HS256', 'RS256', 'ES256', 'EdDSA'] },
  scopes: ['openid', 'offline_access', 'code'],
  rotateRefreshToken: true, // and a used one, sent again, ends its whole family
  ttl: { AccessToken: lifetime, ClientCredentials: lifetime, IdToken: 600, Interaction: 600, Session: 600, Grant: 86400, RefreshToken: 86400 },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: (ctx, form, out, err) => { ctx.body = page(err ? 'Wrong code' : 'Device', `${form}<button form="op.deviceInputForm">Continue</button>`); },
      userCodeConfirmSource: (ctx, form, client, info, code) => {
        ctx.body = page('Confirm', `<p>${code}</p>${form}<button form="op.deviceConfirmForm">Continue</button><button form="op.deviceConfirmForm" name="abort" value="yes">Abort</button>`);
      },
      successSource: (ctx) => { ctx.body = page('Done', '<p>You can close this page.</p>'); },
    },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: (ctx, resource) => ({ scope: 'code', audience: resource, accessTokenFormat: 'opaque' }),
    },
  },
});

const keep = (token) => issued.set(token.clientId, [...(issued.get(token.clientId) ?? []), token]);
provider.on('access_token.saved', keep);
provider.on('client_credentials.saved', keep);

const asked = {
  login: () => page('Log in', '<form method="post"><input name="account"><input name="password" type="password"><button value="yes" name="answer">Log in</button></form>'),
  consent: ({ client_id, scope }) => page('Consent', `<p>${client_id} asks for ${scope}.</p><form method="post"><button value="yes" name="answer">Allow</button><button value="no" name="answer">Deny</button></form>`),
};

// interact asks a person in a browser for what the server wants of them.
const interact = async (req, res) => {
  const { prompt, params, session } = await provider.interactionDetails(req, res);
  const finish = (result, options) => provider.interactionFinished(req, res, result, options);
  if (req.method === 'GET' && req.headers.accept?.includes('text/html')) {
    return res.setHeader('Content-Type', 'text/html').end(asked[prompt.name](params));
  }
  const said = new URLSearchParams(req.method === 'POST' ? await text(req) : 'account=alice&answer=yes');
  if (said.get('answer') === 'no') return finish({ error: 'access_denied', error_description: 'End-User aborted interaction' });
  if (prompt.name === 'login') return finish({ login: { accountId: said.get('account') } });
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return finish({ consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
};

const serve = provider.callback();
front.on('request', (req, res) => {
  const { pathname } = new URL(req.url, issuer);
  requests.set(pathname, (requests.get(pathname) ?? 0) + 1);
  const failure = failures.get(pathname);
  if (failure && failure.times-- > 0) return res.writeHead(failure.status).end();
  if (!pathname.startsWith('/interaction/')) return serve(req, res);
  return interact(req, res).catch((err) => res.writeHead(500).end(err.message));
});

const controls = {
  '/requests': (query) => requests.get(query.get('path')) ?? 0,
  '/fail': (query) => { failures.set(query.get('path'), { times: Number(query.get('times')), status: Number(query.get('status')) }); },
  '/lifetime': (query) => { lifetimes.set(query.get('client'), Number(query.get('seconds'))); },
  '/revoke': async (query) => {
    const tokens = issued.get(query.get('client')) ?? [];
    issued.delete(query.get('client'));
    await Promise.all(tokens.map((token) => token.destroy()));
    return tokens.length;
  },
};
const control = http.createServer(async (req, res) => {
  const { pathname, searchParams } = new URL(req.url, issuer);
  res.end(JSON.stringify((await controls[pathname](searchParams)) ?? null));
});

console.log(JSON.stringify({ issuer, control: `http://${await listen(control)}` }));
process.stdin.on('close', () => process.exit()).resume(); // the test has ended, however it ended
