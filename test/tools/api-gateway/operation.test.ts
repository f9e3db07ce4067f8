import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';

import { ApiGatewayProps, ApiRoute, Exposure } from 'ml-platform-constructs';

import { until } from '../../support/waiting';
import { describeTool } from '../describe-tool';
import { freePort } from '../postgres';
import { certificateFor } from './certificates';
import { mountTls, RunningGateway, Services, StandIns, startGateway, synthesized, whyNoEnvoy } from './gateway';
import { Answer, ask } from './http';
import { AUDIENCE, claims, ISSUER, KeyServer, SigningKey, signingKey, startKeyServer, tokenOf } from './issuer';
import { startUpstream, Upstream } from './upstream';

const HOST = 'api.acme.example';
const KEY_HOST = 'keys.auth.svc';
const DRAIN_SECONDS = 4;

/** How the real Envoy starts, ends, and gets along when what it depends on does not. */
describeTool('the gateway in operation', whyNoEnvoy(), () => {
  const running: { stop(): Promise<void> }[] = [];
  let models: Upstream;

  beforeAll(async () => {
    models = await startUpstream('models');
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });

  afterAll(async () => models?.stop());

  const started = <T extends { stop(): Promise<void> }>(one: T): T => {
    running.push(one);
    return one;
  };

  const open = (services: Services): ApiGatewayProps => ({
    routes: [ApiRoute.to(services.models, { pathPrefix: '/models', allowAnonymous: true, timeoutSeconds: 3 })],
  });

  const start = async (
    props: (services: Services) => ApiGatewayProps,
    standIns: Partial<StandIns> = {},
  ): Promise<RunningGateway> =>
    started(await startGateway(synthesized(props), { ports: { team_models: models.port }, ...standIns }));

  describe('HTTPS', () => {
    const certificate = certificateFor(HOST);
    const secure = { ca: certificate.cert, servername: HOST };
    let gateway: RunningGateway;

    beforeAll(async () => {
      const props = (services: Services): ApiGatewayProps => ({
        ...open(services),
        host: HOST,
        certificateIssuer: 'ca',
      });
      const standIns = { ports: { team_models: models.port }, tls: certificate };
      gateway = await startGateway(synthesized(props), standIns);
    });

    afterAll(async () => gateway?.stop());

    test('is served with the certificate, by HTTP/1.1 and HTTP/2', async () => {
      expect((await ask(gateway.ports.https, { path: '/models', tls: secure })).status).toBe(200);
      const client = http2.connect(`https://${HOST}`, {
        createConnection: () =>
          tls.connect({ host: '127.0.0.1', port: gateway.ports.https, ...secure, ALPNProtocols: ['h2'] }),
      });
      const stream = client.request({ ':path': '/models' });
      const headers = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
        stream.once('response', resolve);
        stream.once('error', reject);
      });
      expect(headers[':status']).toBe(200);
      client.close();
    });

    test.each<[tls.SecureVersion, boolean]>([
      ['TLSv1.1', false],
      ['TLSv1.2', true],
      ['TLSv1.3', true],
    ])('takes %s: %p', async (version, taken) => {
      const connected = new Promise<boolean>((resolve) => {
        const options = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
        const socket = tls.connect({ host: '127.0.0.1', port: gateway.ports.https, ...secure, ...options }, () => {
          resolve(socket.getProtocol() === version);
          socket.destroy();
        });
        socket.once('error', () => resolve(false));
      });
      expect(await connected).toBe(taken);
    });

    test('plain requests are redirected, but for those of pods by the name of the Service', async () => {
      const headers = { host: HOST };
      const { status, headers: given } = await ask(gateway.ports.http, {
        path: '/models/7?x=1',
        method: 'POST',
        headers,
      });
      expect([status, given.location]).toEqual([308, `https://${HOST}/models/7?x=1`]);
      for (const host of ['api-gateway', 'api-gateway.team', 'api-gateway.team.svc.cluster.local:80']) {
        expect((await ask(gateway.ports.http, { path: '/models', headers: { host } })).status).toBe(200);
      }
      expect((await ask(gateway.ports.http, { path: '/health', headers })).status).toBe(200);
    });

    test('a certificate that was renewed is taken without a restart', async () => {
      const renewed = certificateFor(HOST);
      mountTls(gateway.tlsFolder, renewed);
      await until('the new certificate', 30_000, async () =>
        ask(gateway.ports.https, { path: '/models', tls: { ...secure, ca: renewed.cert } }).then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
    });
  });

  test('a redirect leads to the port of the nodes where that is what clients reach', async () => {
    const exposure = Exposure.nodePort(30090, { tlsPort: 30443 });
    const props = (services: Services): ApiGatewayProps => ({ ...open(services), tlsSecretName: 'tls', exposure });
    const gateway = await start(props, { tls: certificateFor(HOST) });
    const { headers } = await ask(gateway.ports.http, { path: '/models', headers: { host: 'localhost:30090' } });
    expect(headers.location).toBe('https://localhost:30443/models');
  });

  test('a pod that is to end answers all that still comes, and has its clients go elsewhere', async () => {
    const gateway = await start((services) => ({ ...open(services), drainSeconds: DRAIN_SECONDS }));
    const { ports } = gateway;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const kept = async (): Promise<Answer> => ask(ports.http, { path: '/models', agent });
    expect((await kept()).headers.connection).toBeUndefined();
    // longer than it takes until the gateway knows that it is to end
    const underWay = ask(ports.http, { path: `/models/slow-1500` });
    let drained = false;
    const begun = Date.now();
    const hook = ask(ports.kubelet, { path: '/drain' }).then(({ status }) => {
      drained = true;
      return status;
    });
    // a pod that drains is no pod to be restarted
    const alive = async (): Promise<number> => (await ask(ports.kubelet, { path: '/health' })).status;
    expect(await alive()).toBe(200);
    await until('the drain', 30_000, async () => (await ask(ports.http, { path: '/health' })).status === 503);
    expect((await kept()).headers.connection).toBe('close');
    expect(await alive()).toBe(200);
    const statuses = new Set<number>();
    while (!drained) {
      statuses.add((await ask(ports.http, { path: '/models' })).status);
      await sleep(20);
    }
    expect([...statuses]).toEqual([200]);
    expect(await hook).toBe(200);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(DRAIN_SECONDS * 1000 - 100);
    expect((await underWay).status).toBe(200);
    await gateway.terminate();
    agent.destroy();
  });

  test('only the path of the hook has a pod end', async () => {
    const gateway = await start((services) => ({ ...open(services), drainSeconds: 1 }));
    for (const path of ['/', '/healthcheck/fail', '/drain/x', '/quitquitquit']) {
      expect((await ask(gateway.ports.kubelet, { path })).status).toBe(404);
      expect((await ask(gateway.ports.http, { path: '/health' })).status).toBe(200);
    }
  });

  test('clients that take all connections take none from the kubelet and the scraper', async () => {
    const gateway = await start(open, { mostConnections: 5 });
    const sockets = Array.from({ length: 10 }, () => net.connect(gateway.ports.http, '127.0.0.1'));
    const closed = (): number => sockets.filter(({ readyState }) => readyState === 'closed').length;
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    await until('that some are refused', 30_000, async () => Promise.resolve(closed() >= 5));
    expect((await ask(gateway.ports.kubelet, { path: '/health' })).status).toBe(200);
    expect((await ask(gateway.ports.metrics, { path: '/stats/prometheus' })).status).toBe(200);
    sockets.forEach((socket) => socket.destroy());
    await until('that others get through', 30_000, async () =>
      ask(gateway.ports.http, { path: '/models' }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });

  test('a service that is gone is 503 at once, and found again when it is back', async () => {
    const port = await freePort();
    const gateway = await start(open, { ports: { team_models: port } });
    const call = async (method = 'GET'): Promise<Answer> => ask(gateway.ports.http, { path: '/models', method });
    for (let at = 0; at < 10; at += 1) expect((await call()).status).toBe(503);
    // it was left alone by now
    await until('that it is left alone', 30_000, async () => (await call()).json.error === 'no_healthy_upstream');
    started(await startUpstream('models', port));
    await until('that it is found', 60_000, async () => (await call('POST')).status === 200);
  });

  test('errors that a client can ask for do not shut a service out', async () => {
    const gateway = await start(open);
    for (let at = 0; at < 40; at += 1) {
      const path = `/models/status-503?${randomUUID()}`;
      expect((await ask(gateway.ports.http, { path, method: 'POST' })).status).toBe(503);
    }
    expect((await ask(gateway.ports.http, { path: '/models' })).status).toBe(200);
  });

  test('behind a proxy that is trusted, the address that it adds is the client', async () => {
    const gateway = await start((services) => ({ ...open(services), requestsPerMinute: 2, trustedProxies: 1 }));
    const from = async (header: string): Promise<number> =>
      (await ask(gateway.ports.http, { path: '/models', headers: { 'x-forwarded-for': header } })).status;
    expect([await from('203.0.113.1'), await from('203.0.113.1'), await from('203.0.113.1')]).toEqual([200, 200, 429]);
    expect(await from('203.0.113.2')).toBe(200);
    // what a client says itself stands before what the proxy adds
    expect(await from('198.51.100.7, 203.0.113.1')).toBe(429);
  });

  test('an address has a limit of its own, before tokens are looked at', async () => {
    const gateway = await start((services) => ({ ...open(services), requestsPerMinutePerAddress: 3 }));
    const statuses: number[] = [];
    for (let at = 0; at < 5; at += 1) statuses.push((await ask(gateway.ports.http, { path: '/unknown' })).status);
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
    // or the kubelet would restart it
    expect((await ask(gateway.ports.http, { path: '/health' })).status).toBe(200);
  });

  describe('the server with the keys', () => {
    const identity = certificateFor(KEY_HOST);
    const first = signingKey('first');

    const guarded = (services: Services): ApiGatewayProps => ({
      routes: [
        ApiRoute.to(services.models, { pathPrefix: '/models' }),
        ApiRoute.to(services.models, { pathPrefix: '/open', allowAnonymous: true }),
      ],
      jwtIssuer: ISSUER,
      jwtAudiences: [AUDIENCE],
      jwksUri: `https://${KEY_HOST}/jwks`,
      jwksPeer: { namespace: 'auth', ports: [443] },
      jwksCaConfigMapName: 'auth-ca',
    });

    const startGuarded = async (port: number, ca = identity.cert): Promise<RunningGateway> =>
      start(guarded, { ports: { team_models: models.port, jwks: port }, ca, keysHeldSeconds: 1 });

    const serve = async (port: number, ...keys: SigningKey[]): Promise<KeyServer> =>
      started(await startKeyServer(identity, keys, port));

    const status = async (gateway: RunningGateway, key = first): Promise<number> => {
      const headers = { authorization: `Bearer ${tokenOf(key, claims())}` };
      return (await ask(gateway.ports.http, { path: '/models', headers })).status;
    };

    test('is waited for by neither the gateway nor anonymous requests; requests with tokens are 503 until it is there', async () => {
      const port = await freePort();
      const gateway = await startGuarded(port);
      expect((await ask(gateway.ports.http, { path: '/open' })).status).toBe(200);
      expect(await status(gateway)).toBe(503);
      expect((await ask(gateway.ports.http, { path: '/models' })).status).toBe(401);
      await serve(port, first);
      await until('the keys', 60_000, async () => (await status(gateway)) === 200);
    });

    test('may go away: keys that are known stay', async () => {
      const port = await freePort();
      const server = await serve(port, first);
      const gateway = await startGuarded(port);
      await until('the keys', 60_000, async () => (await status(gateway)) === 200);
      // a thread that a request came to before the keys did read them by itself, for as long as they are held
      const before = server.asked();
      await until('that they are read again', 60_000, async () => Promise.resolve(server.asked() >= before + 2));
      await server.stop();
      running.splice(running.indexOf(server), 1);
      // longer than keys are held
      await sleep(3000);
      expect(await status(gateway)).toBe(200);
    });

    test('may change its keys', async () => {
      const server = await serve(0, first);
      const gateway = await startGuarded(server.port);
      await until('the keys', 60_000, async () => (await status(gateway)) === 200);
      const second = signingKey('second');
      expect(await status(gateway, second)).toBe(401);
      server.publish(second);
      await until('the new key', 60_000, async () => (await status(gateway, second)) === 200);
      await until('that the old one is forgotten', 60_000, async () => (await status(gateway)) === 401);
    });

    test('is believed with a certificate of its authority only', async () => {
      const server = await serve(0, first);
      const gateway = await startGuarded(server.port, certificateFor(KEY_HOST).cert);
      await sleep(3000);
      expect(await status(gateway)).toBe(503);
      expect(server.asked()).toBe(0);
    });
  });
});
