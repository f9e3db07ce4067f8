import * as http from 'node:http';

import { ApiRoute } from 'ml-platform-constructs';

import { until } from '../../support/waiting';
import { describeTool } from '../describe-tool';
import { certificateFor } from './certificates';
import { RunningGateway, startGateway, synthesized, whyNoEnvoy } from './gateway';
import { Answer, ask, Request, sendRaw } from './http';
import {
  AUDIENCE,
  claims,
  confusedToken,
  ISSUER,
  KeyServer,
  signingKey,
  startKeyServer,
  tokenOf,
  unsignedToken,
} from './issuer';
import { startUpstream, Upstream } from './upstream';

const KEY = signingKey('first');
const KEY_HOST = 'keys.auth.svc';

/** What the real Envoy does with requests, by the configuration that is synthesized. */
describeTool('requests to the gateway', whyNoEnvoy(), () => {
  let models: Upstream;
  let search: Upstream;
  let keys: KeyServer;
  let gateway: RunningGateway;

  beforeAll(async () => {
    const identity = certificateFor(KEY_HOST);
    [models, search, keys] = await Promise.all([
      startUpstream('models'),
      startUpstream('search'),
      startKeyServer(identity, [KEY, signingKey('other', 'RS256')]),
    ]);
    const pod = synthesized((services) => ({
      routes: [
        ApiRoute.to(services.models, { pathPrefix: '/models', timeoutSeconds: 2 }),
        ApiRoute.to(services.models, { pathPrefix: '/models/limited', requestsPerMinute: 3 }),
        ApiRoute.to(services.search, { pathPrefix: '/public', rewrite: '/', allowAnonymous: true }),
        ApiRoute.to(services.search, { pathPrefix: '/public/v2', rewrite: '/api', allowAnonymous: true, retries: 0 }),
        ApiRoute.to(services.search, { pathPrefix: '/public/limited', allowAnonymous: true, requestsPerMinute: 3 }),
      ],
      jwtIssuer: ISSUER,
      jwtAudiences: [AUDIENCE, 'other-audience-of-the-shop'],
      jwksUri: `https://${KEY_HOST}/jwks`,
      jwksPeer: { namespace: 'auth', ports: [443] },
      jwksCaConfigMapName: 'auth-ca',
      requestsPerMinute: 10_000,
      maxRequestSize: '1Mi',
    }));
    const ports = { team_models: models.port, team_search: search.port, jwks: keys.port };
    gateway = await startGateway(pod, { ports, ca: identity.cert });
    await until('the keys', 30_000, async () => (await call({ path: '/models' })).status === 200);
  });

  afterAll(async () => Promise.all([gateway, models, search, keys].map((one) => one?.stop())));

  /** A request without a token. */
  const plain = async (request: Request): Promise<Answer> => ask(gateway.ports.http, request);

  /** A request with a token. */
  const call = async ({ headers, ...request }: Request, token = tokenOf(KEY)): Promise<Answer> =>
    plain({ ...request, headers: { authorization: `Bearer ${token}`, ...headers } });

  /** The headers that the service got. */
  const seen = ({ json }: Answer): http.IncomingHttpHeaders => json.headers as http.IncomingHttpHeaders;

  describe('tokens', () => {
    test('a valid one is taken, and the service gets its claims and not the token', async () => {
      const answer = await call({ path: '/models/7?x=1' });
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ service: 'models', url: '/models/7?x=1' });
      const { authorization, 'x-jwt-payload': payload } = seen(answer);
      expect(authorization).toBeUndefined();
      const given = JSON.parse(Buffer.from(String(payload), 'base64url').toString()) as object;
      expect(given).toMatchObject({ iss: ISSUER, sub: 'ada', aud: AUDIENCE });
    });

    test.each(['other-audience-of-the-shop', ['somebody', AUDIENCE]])(
      'the audience %p is one of those',
      async (aud) => {
        expect((await call({ path: '/models' }, tokenOf(KEY, claims({ aud })))).status).toBe(200);
      },
    );

    const now = Math.floor(Date.now() / 1000);
    test.each<[string, number, () => string | undefined]>([
      ['none', 401, () => undefined],
      ['one that is no token', 401, () => 'abc.def.ghi'],
      ['one that has expired', 401, () => tokenOf(KEY, claims({ exp: now - 120 }))],
      ['one without an end', 401, () => tokenOf(KEY, claims({ exp: undefined }))],
      ['one that is not valid yet', 401, () => tokenOf(KEY, claims({ nbf: now + 600 }))],
      ['one of another issuer', 401, () => tokenOf(KEY, claims({ iss: 'https://evil.example/realms/shop' }))],
      ['one for another audience', 403, () => tokenOf(KEY, claims({ aud: 'another' }))],
      ['one for no audience', 403, () => tokenOf(KEY, claims({ aud: undefined }))],
      ['one by another key of the same name', 401, () => tokenOf(signingKey('first'))],
      ['one by a key that is not published', 401, () => tokenOf(signingKey('secret'))],
      ['one without a signature', 401, unsignedToken],
      ['one that is signed by the public key as a secret', 401, () => confusedToken(KEY)],
      [
        'one that was changed',
        401,
        () => tokenOf(KEY).replace(/\.[^.]+\./, `.${Buffer.from('{}').toString('base64url')}.`),
      ],
    ])('%s is refused: %d', async (_what, status, token) => {
      const given = token();
      const before = models.received.length;
      const answer = given === undefined ? await plain({ path: '/models' }) : await call({ path: '/models' }, given);
      expect(answer.status).toBe(status);
      expect(answer.json).toMatchObject({ status, error: expect.stringMatching(/^(Jwt|Jwks|Audiences) /) as string });
      expect(answer.headers['www-authenticate']).toMatch(status === 401 ? /^Bearer / : /^Bearer |^undefined/);
      expect(models.received).toHaveLength(before);
    });

    test.each([
      ['in the query', { path: `/models?access_token=${tokenOf(KEY)}` }],
      ['in a cookie', { path: '/models', headers: { cookie: `access_token=${tokenOf(KEY)}` } }],
      ['as a password', { path: '/models', headers: { authorization: `Basic ${tokenOf(KEY)}` } }],
    ])('one %s does not count', async (_where, request) => {
      expect((await plain(request)).status).toBe(401);
    });

    test('nobody can pass off claims of their own', async () => {
      const forged = Buffer.from(JSON.stringify({ sub: 'admin' })).toString('base64url');
      const headers = { 'X-JWT-Payload': forged };
      expect(seen(await plain({ path: '/public', headers }))['x-jwt-payload']).toBeUndefined();
      const verified = String(seen(await call({ path: '/models', headers }))['x-jwt-payload']);
      expect(Buffer.from(verified, 'base64url').toString()).toContain('"sub":"ada"');
      expect(verified).not.toContain(forged);
      // many servers cannot tell it from the other
      expect((await plain({ path: '/public', headers: { x_jwt_payload: forged } })).status).toBe(400);
    });
  });

  describe('routes', () => {
    test('the health of the gateway needs no token', async () => {
      expect((await plain({ path: '/health' })).status).toBe(200);
    });

    test.each([
      ['/models', 'models', '/models'],
      ['/models/7/versions?page=2', 'models', '/models/7/versions?page=2'],
      ['/public', 'search', '/'],
      ['/public/', 'search', '/'],
      ['/public/find?q=a/b', 'search', '/find?q=a/b'],
      ['/public/v2', 'search', '/api'],
      ['/public/v2/find', 'search', '/api/find'],
      ['//models//7', 'models', '/models/7'],
      ['/models/./7/../8', 'models', '/models/8'],
      ['/%6dodels/7', 'models', '/models/7'],
    ])('%s goes to %s as %s', async (path, service, url) => {
      const answer = await call({ path });
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ service, url });
    });

    test.each(['/', '/modelsets', '/MODELS', '/model', '/admin', '/stats/prometheus', '/healthcheck/fail'])(
      '%s is unknown',
      async (path) => {
        expect((await call({ path })).status).toBe(404);
        // not even that is told without a token
        expect((await plain({ path })).status).toBe(401);
      },
    );

    test.each([
      ['/public/../models', 401],
      ['/public/%2e%2e/models', 401],
      ['/public/.%2E/models', 401],
      ['//public/..//models', 401],
      ['/public/..;/models', 401],
      ['/public/..%2fmodels', 400],
      ['/public/..%5cmodels', 400],
      ['/public/%00/models', 400],
      ['/health/../models', 401],
      ['/models/..%2f..%2fhealth', 400],
    ])('no trick with the path %s leads around a token: %d', async (path, status) => {
      const before = models.received.length;
      expect((await plain({ path })).status).toBe(status);
      expect(models.received).toHaveLength(before);
    });
  });

  describe('limits', () => {
    test('a client has so many requests in a minute, by the subject of its token', async () => {
      const ask4 = async (sub: string): Promise<Answer[]> => {
        const token = tokenOf(KEY, claims({ sub }));
        const answers: Answer[] = [];
        // GET and POST are two routes of Envoy, and one of ours
        for (const method of ['GET', 'POST', 'GET', 'POST']) {
          answers.push(await call({ path: '/models/limited', method }, token));
        }
        return answers;
      };
      for (const sub of ['grace', 'edsger']) {
        const answers = await ask4(sub);
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
        expect(Number(answers[3]?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
        expect(Number(answers[3]?.headers['retry-after'])).toBeLessThanOrEqual(60);
      }
      // other routes have a limit of their own
      expect((await call({ path: '/models' }, tokenOf(KEY, claims({ sub: 'grace' })))).status).toBe(200);
    });

    test('without tokens an address has, whatever it says of itself', async () => {
      const statuses: number[] = [];
      for (const at of [1, 2, 3, 4]) {
        const headers = { 'x-forwarded-for': `203.0.113.${at}`, 'x-real-ip': `203.0.113.${at}` };
        statuses.push((await plain({ path: '/public/limited', headers })).status);
      }
      expect(statuses).toEqual([200, 200, 200, 429]);
    });

    test('a body has a largest size, said or not', async () => {
      const [fits, larger] = [Buffer.alloc(2 ** 20), Buffer.alloc(2 ** 20 + 1)];
      const fitting = await call({ path: '/models', method: 'POST', body: fits });
      expect([fitting.status, fitting.json.bytes]).toEqual([200, 2 ** 20]);
      expect((await call({ path: '/models', method: 'POST', body: larger })).status).toBe(413);
      const chunked = { 'transfer-encoding': 'chunked' };
      expect((await call({ path: '/models', method: 'POST', body: larger, headers: chunked })).status).toBe(413);
    });

    test('headers have a largest size', async () => {
      expect((await call({ path: '/models', headers: { 'x-large': 'x'.repeat(70_000) } })).status).toBe(431);
    });

    test.each([
      ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n'],
      ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
      ['an unknown encoding', 'Transfer-Encoding: xchunked\r\n'],
    ])('a request with %s is refused, since others may read it as two', async (_what, headers) => {
      const text = `POST /public HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${headers}\r\n0\r\n\r\n`;
      expect(await sendRaw(gateway.ports.http, text)).toMatch(/^HTTP\/1\.1 (400|501) /);
    });
  });

  describe('services', () => {
    test('a request that takes too long is answered 504, and not sent again', async () => {
      const started = Date.now();
      expect((await call({ path: '/models/slow-10000' })).status).toBe(504);
      expect(Date.now() - started).toBeGreaterThanOrEqual(1900);
      expect(models.to('/slow-10000')).toHaveLength(1);
    });

    test('a request that changes nothing is sent again, up to its retries', async () => {
      expect((await call({ path: '/models/fails-2' })).status).toBe(200);
      expect(models.to('/fails-2')).toHaveLength(3);
      expect((await call({ path: '/models/fails-9' })).status).toBe(503);
      expect(models.to('/fails-9')).toHaveLength(3);
      expect((await plain({ path: '/public/v2/fails-8' })).status).toBe(503);
      expect(search.to('/fails-8')).toHaveLength(1);
    });

    test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s that a service got is not', async (method) => {
      expect((await call({ path: `/models/${method}/fails-1`, method })).status).toBe(503);
      expect((await call({ path: `/models/${method}/breaks`, method })).status).toBe(503);
      for (const end of ['fails-1', 'breaks']) expect(models.to(`/${method}/${end}`).length).toBe(1);
    });

    test('errors that a service means are handed on', async () => {
      for (const status of [400, 404, 409, 500]) {
        expect((await call({ path: `/models/status-${status}` })).status).toBe(status);
        expect(models.to(`/status-${status}`)).toHaveLength(1);
      }
    });

    test('nothing tells what runs behind the gateway, and its own errors name no address', async () => {
      const broken = await call({ path: '/models/tells/breaks', method: 'POST' });
      for (const { headers } of [await call({ path: '/models' }), await plain({ path: '/models' }), broken]) {
        expect(Object.keys(headers).filter((name) => /^(server|via|x-powered-by|x-envoy-.*)$/.test(name))).toEqual([]);
        expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      }
      expect(broken.text).not.toMatch(/127\.0\.0\.1|\b\d+\.\d+\.\d+\.\d+\b/);
    });

    test('clients do not say how Envoy is to treat a request, nor which headers of the gateway are dropped', async () => {
      const headers = {
        'x-envoy-upstream-rq-timeout-ms': '1',
        'x-envoy-retry-on': '5xx',
        'x-envoy-max-retries': '9',
        'x-envoy-original-path': '/admin',
        'x-envoy-external-address': '203.0.113.9',
        'x-request-id': 'mine',
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-real-ip': '203.0.113.9',
        forwarded: 'for=203.0.113.9',
        connection: 'x-jwt-payload, close',
      };
      const answer = await call({ path: '/models/hop/slow-50', headers });
      expect(answer.status).toBe(200);
      const given = seen(answer);
      // the gateway's own
      expect(given['x-envoy-external-address']).toBe('127.0.0.1');
      expect(Object.keys(given).filter((name) => name.startsWith('x-envoy-'))).toEqual(['x-envoy-external-address']);
      expect(given['x-request-id']).not.toBe('mine');
      expect(given.connection ?? '').not.toContain('x-jwt-payload');
      expect(given['x-jwt-payload']).toBeDefined();
      // Envoy has no loopback address stand there
      expect(given['x-forwarded-for']).toMatch(/^[0-9.]+$/);
      expect(given['x-forwarded-proto']).toBe('http');
      expect(JSON.stringify(given)).not.toMatch(/203\.0\.113\.9|evil/);
    });
  });

  describe('what is told of them', () => {
    test('the log is JSON with the path and without queries and tokens', async () => {
      const token = tokenOf(KEY, claims({ jti: 'logged' }));
      await call({ path: '/models/logged?secret=hush' }, token);
      await until('the log', 30_000, async () => Promise.resolve(gateway.log().some((one) => one.includes('/logged'))));
      const lines = gateway.log();
      const line = lines.find((one) => one.includes('/models/logged')) ?? '';
      expect(JSON.parse(line)).toMatchObject({
        method: 'GET',
        path: '/models/logged',
        status: 200,
        service: 'team_models',
        route: '/models',
        client: '127.0.0.1',
      });
      expect(lines.map((one) => typeof JSON.parse(one))).toEqual(lines.map(() => 'object'));
      expect(lines.join('\n')).not.toMatch(/eyJ|hush|access_token|Bearer/);
      expect(lines.filter((one) => one.includes('"/health"'))).toEqual([]);
    });

    test('the metrics have a port of their own, which leads to nothing else of the admin interface', async () => {
      const { metrics } = gateway.ports;
      const { status, text } = await ask(metrics, { path: '/stats/prometheus' });
      expect(status).toBe(200);
      // those of a service, for queries of one's own
      expect(text).toMatch(/^envoy_cluster_upstream_rq_time_bucket\{envoy_cluster_name="team_models",le="100"\}/m);
      for (const path of [
        '/',
        '/quitquitquit',
        '/config_dump',
        '/clusters',
        '/stats',
        '/stats/prometheus/../../config_dump',
      ]) {
        expect((await ask(metrics, { path })).status).toBe(404);
        expect((await ask(metrics, { path, method: 'POST' })).status).toBe(404);
      }
      expect((await ask(metrics, { path: '/stats/prometheus', method: 'POST' })).status).toBe(404);
    });
  });
});
