import { rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { HookServer, HookServerOptions } from '../../../operators/src/server/hook-server';
import { TlsFiles } from '../../../operators/src/server/authorization';
import { SETTINGS } from '../support/settings';
import { syncRequest } from '../support/requests';
import { toyOperator } from '../support/toy-operator';
import { Authority, certificateFolder } from './certificates';

const REQUEST = syncRequest({
  apiVersion: 'nstarx.io/v1alpha1',
  kind: 'AIModel',
  metadata: { name: 'bear', namespace: 'zoo' },
  spec: { version: '1', size: 1 },
});

const servers: HookServer[] = [];
const folders: string[] = [];
let lines: string[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  lines = [];
});

async function start(options: Partial<HookServerOptions> = {}): Promise<string> {
  const logTo = { write: (line: string) => void lines.push(line) };
  const server = new HookServer({ operators: [hooksOf(toyOperator)], settings: SETTINGS, logTo, ...options });
  servers.push(server);
  return server.start(0, '127.0.0.1');
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('sync, customize and finalize are answered', async () => {
  const url = await start();
  const sync = await post(`${url}/hooks/toy/sync`, REQUEST);
  expect(sync.status).toBe(200);
  expect(await sync.json()).toMatchObject({ status: { phase: 'Serving' }, children: [{ kind: 'ConfigMap' }, {}] });
  const customize = await post(`${url}/hooks/toy/customize`, { parent: REQUEST.parent });
  expect(await customize.json()).toMatchObject({ relatedResources: [{ resource: 'secrets' }] });
  const finalize = await post(`${url}/hooks/toy/finalize`, { ...REQUEST, finalizing: true });
  expect(await finalize.json()).toMatchObject({ finalized: true });
});

test('keys that users may choose, such as __proto__ in the environment of a model, are no reason to refuse a request', async () => {
  const url = await start();
  const text = JSON.stringify(REQUEST).replace(
    '"size":1',
    '"size":1,"environment":{"__proto__":{"a":1},"constructor":{"prototype":{}}}',
  );
  const sync = await post(`${url}/hooks/toy/sync`, text);
  expect(sync.status).toBe(200);
  const { children } = (await sync.json()) as { children: { data?: { spec?: object } }[] };
  expect(Object.keys((children[1].data?.spec as { environment: object }).environment)).toEqual([
    '__proto__',
    'constructor',
  ]);
  expect(({} as { a?: number }).a).toBeUndefined();
});

test.each([
  ['no JSON', '{', 400, 'JSON'],
  ['a list', [], 400, 'the body must be a JSON object'],
  ['no parent', { children: {} }, 400, 'parent must be a Kubernetes object'],
  [
    'a parent without a name',
    { parent: { apiVersion: 'v1', kind: 'X', metadata: {} }, children: {} },
    400,
    'parent.metadata.name must be a string',
  ],
  ['children that are a list', { ...REQUEST, children: [] }, 400, 'children must be objects by kind and name'],
  [
    'a child that is none',
    { ...REQUEST, children: { 'Pod.v1': { 'a/b': 3 } } },
    400,
    'children["Pod.v1"]["a/b"] must be a Kubernetes object',
  ],
])('%s is refused with the reason, and the server goes on', async (_name, body, code, reason) => {
  const url = await start();
  const answer = await post(`${url}/hooks/toy/sync`, body);
  expect(answer.status).toBe(code);
  expect(((await answer.json()) as { error: string }).error).toContain(reason);
  expect((await post(`${url}/hooks/toy/sync`, REQUEST)).status).toBe(200);
});

test('an unknown path is 404, and a body over the limit 413', async () => {
  const url = await start({ bodyLimit: 1000 });
  expect((await post(`${url}/hooks/none/sync`, REQUEST)).status).toBe(404);
  expect((await post(`${url}/hooks/toy/sync`, `"${'x'.repeat(2000)}"`)).status).toBe(413);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a fault of an operator is in the status of the object and counted, the log has the error, and the server goes on', async () => {
  const url = await start();
  const faulty = { ...REQUEST, parent: { ...REQUEST.parent, spec: { version: '1', size: 13 } } };
  const answer = await post(`${url}/hooks/toy/sync`, faulty);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).not.toContain('the operator has a fault');
  expect(JSON.parse(text)).toMatchObject({
    status: { conditions: [{ type: 'Accepted', status: 'Unknown', reason: 'OperatorError' }, { type: 'Ready' }] },
    children: [],
  });
  expect(lines.some((line) => line.includes('the operator has a fault'))).toBe(true);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('nstarx_hook_requests_total{operator="toy",hook="sync",outcome="error"} 1');
  expect((await post(`${url}/hooks/toy/sync`, REQUEST)).status).toBe(200);
});

test('where an answer would remove children, a fault is 500, the log names the object, and the server goes on', async () => {
  const url = await start();
  const run = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'run', namespace: 'zoo' } };
  const faulty = {
    ...REQUEST,
    parent: { ...REQUEST.parent, spec: { version: '1', size: 13 } },
    children: { 'ConfigMap.v1': { 'zoo/run': run } },
  };
  const answer = await post(`${url}/hooks/toy/sync`, faulty);
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('has a fault');
  expect(JSON.parse(lines.find((line) => line.includes('has a fault'))!)).toMatchObject({
    operator: 'toy',
    hook: 'sync',
    kind: 'AIModel',
    namespace: 'zoo',
    name: 'bear',
  });
  expect((await post(`${url}/hooks/toy/sync`, REQUEST)).status).toBe(200);
});

test('metrics count calls by how they ended', async () => {
  const url = await start();
  await post(`${url}/hooks/toy/sync`, REQUEST);
  await post(`${url}/hooks/toy/sync`, []);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('nstarx_hook_requests_total{operator="toy",hook="sync",outcome="ok"} 1');
  expect(text).toContain('nstarx_hook_requests_total{operator="toy",hook="sync",outcome="invalid"} 1');
  expect(text).toContain('nstarx_hook_duration_seconds_count{operator="toy",hook="sync"} 1');
});

test('hooks ask for the token of a file, which can be changed; probes do not', async () => {
  const { folder } = await certificateFolder();
  folders.push(folder);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'first\n');
  const url = await start({ tokenFile });
  const code = async (token?: string) =>
    (await post(`${url}/hooks/toy/sync`, REQUEST, token ? { authorization: `Bearer ${token}` } : {})).status;
  expect([await code(), await code('wrong'), await code('first')]).toEqual([401, 401, 200]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(tokenFile, 'second\n');
  expect([await code('first'), await code('second')]).toEqual([401, 200]);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('a server with an empty token file does not start', async () => {
  const { folder } = await certificateFolder();
  folders.push(folder);
  writeFileSync(join(folder, 'token'), '\n');
  await expect(start({ tokenFile: join(folder, 'token') })).rejects.toThrow('must have a token, but it is empty');
});

test('with client certificates, hooks need one of the authority; probes need none', async () => {
  const { folder, authority } = await certificateFolder();
  folders.push(folder);
  const url = await start({ tls: new TlsFiles({ folder, clientCertificates: true }) });
  const client = await authority.issue('metacontroller', 'clientAuth');
  const stranger = await (await Authority.create()).issue('metacontroller', 'clientAuth');
  expect(await tlsCode(`${url}/hooks/toy/sync`, authority, client)).toBe(200);
  expect(await tlsCode(`${url}/hooks/toy/sync`, authority)).toBe(401);
  expect(await tlsCode(`${url}/hooks/toy/sync`, authority, stranger)).toBe(401);
  // a client with the key of a hook server can only be one
  expect(await tlsCode(`${url}/hooks/toy/sync`, authority, await authority.issue('operators'))).toBe(401);
  expect(await tlsCode(`${url}/healthz`, authority, undefined, 'GET')).toBe(200);
});

test('connections are kept longer than Metacontroller keeps idle ones, which is 90 seconds, with TLS and without', async () => {
  const { folder, authority } = await certificateFolder();
  folders.push(folder);
  const agent = new Agent({ keepAlive: true, ca: authority.certificate });
  const secure = (await start({ tls: new TlsFiles({ folder }) })).replace('127.0.0.1', 'localhost');
  const kept = await new Promise((resolve, reject) => {
    httpsRequest(`${secure}/healthz`, { agent }, (answer) => {
      answer.resume();
      resolve(answer.headers['keep-alive']);
    })
      .on('error', reject)
      .end();
  });
  agent.destroy();
  const plain = await fetch(`${await start()}/healthz`);
  expect([kept, plain.headers.get('keep-alive')]).toEqual(['timeout=120', 'timeout=120']);
});

test('calls that are refused are counted and logged, with where they came from', async () => {
  const { folder } = await certificateFolder();
  folders.push(folder);
  writeFileSync(join(folder, 'token'), 'secret');
  const url = await start({ tokenFile: join(folder, 'token') });
  await post(`${url}/hooks/toy/sync`, REQUEST, { authorization: 'Bearer guess' });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('nstarx_hook_unauthorized_total 1');
  const line = lines.find((one) => one.includes('refused'))!;
  expect(JSON.parse(line)).toMatchObject({ level: 40, url: '/hooks/toy/sync', address: '127.0.0.1' });
  expect(line).not.toContain('guess');
});

test('the counters of each hook begin at zero, so that one that no one calls can be told from one that is down', async () => {
  const text = await (await fetch(`${await start()}/metrics`)).text();
  for (const hook of ['sync', 'customize', 'finalize']) {
    expect(text).toContain(`nstarx_hook_requests_total{operator="toy",hook="${hook}",outcome="ok"} 0`);
  }
});

test('a certificate that is renewed is used by new connections', async () => {
  const { folder, authority } = await certificateFolder();
  folders.push(folder);
  const url = await start({ tls: new TlsFiles({ folder, interval: 20 }) });
  expect(await tlsCode(`${url}/healthz`, authority, undefined, 'GET')).toBe(200);
  const next = await Authority.create();
  await next.write(folder);
  await waitUntil(async () => (await tlsCode(`${url}/healthz`, next, undefined, 'GET').catch(() => 0)) === 200);
  await expect(tlsCode(`${url}/healthz`, authority, undefined, 'GET')).rejects.toThrow();
});

test('a server that is told to stop says so, answers what is under way, and refuses what comes after', async () => {
  const url = await start();
  const server = servers.pop()!;
  const stopping = server.stop(300);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect((await post(`${url}/hooks/toy/sync`, REQUEST)).status).toBe(200);
  await stopping;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

/** The code of an answer over TLS, where the server's certificate is from that authority. */
function tlsCode(
  url: string,
  authority: Authority,
  client?: { readonly cert: string; readonly key: string },
  method = 'POST',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method, ca: authority.certificate, agent: false as const, ...client };
    const request = httpsRequest(url.replace('127.0.0.1', 'localhost'), options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    request.on('error', reject);
    request.setHeader('content-type', 'application/json');
    request.end(method === 'POST' ? JSON.stringify(REQUEST) : undefined);
  });
}

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not become so');
}
