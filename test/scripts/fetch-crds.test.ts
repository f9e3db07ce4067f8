import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

import { parse } from 'yaml';

import { fetchCrds, hasAllCrds, type LockedCrds, lockedCrds } from '../../scripts/fetch-crds';

const COMMIT = 'a'.repeat(40);

function crd(plural: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${plural}.shop.example.com
  annotations: { cert-manager.io/inject-ca-from: a/b, shop.example.com/kept: 'yes' }
spec:
  group: shop.example.com
  names: { kind: Thing, plural: ${plural} }
  scope: Namespaced
  conversion: { strategy: Webhook, webhook: {} }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          description: a thing
          type: object
          properties:
            description: { type: string, description: a field of that name, default: description }
            parts: { type: array, items: { description: a part, type: string } }
status: { acceptedNames: {} }
`;
}

const BOTH = `${crd('things')}---\n# nothing here\n---\n${crd('parts')}`;

/** A server with these files, that counts what is asked of it; what it has no text for is 404. */
class Server {
  public readonly asked: string[] = [];
  /** So many answers are 503. */
  public failures = 0;
  private readonly server = http.createServer((request, response) => {
    const name = (request.url ?? '').replace(`/shop/shop/${COMMIT}/`, '');
    this.asked.push(name);
    const text = this.files.get(name);
    response.statusCode = this.failures > 0 ? 503 : text === undefined ? 404 : 200;
    this.failures--;
    response.end(text);
  });

  public constructor(public readonly files: Map<string, string>) {}

  public async start(): Promise<string> {
    await new Promise<void>((resolve) => void this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe('CRDs by address and checksum', () => {
  let folder: string;
  let server: Server;
  let address: string;

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'crds-'));
    server = new Server(
      new Map([
        ['crds/both.yaml', BOTH],
        ['crds/one.yaml', crd('ones')],
      ]),
    );
    address = await server.start();
  });
  afterEach(async () => {
    await server.stop();
    fs.rmSync(folder, { recursive: true });
  });

  const locked = (
    file: string,
    plurals: string[],
    text = server.files.get(file) ?? '',
  ): LockedCrds['files'][number] => ({
    path: file,
    sha256: createHash('sha256').update(text).digest('hex'),
    bytes: text.length,
    crds: plurals.map((plural) => `${plural}.shop.example.com`),
  });
  const lockOf = (...files: LockedCrds['files'][number][]): LockedCrds[] => [
    { component: 'shop', repository: 'shop/shop', commit: COMMIT, files },
  ];
  const fetched = (lock: LockedCrds[]) => fetchCrds({ lock, folder, server: address, retryMs: 1 });
  const names = () => fs.readdirSync(path.join(folder, 'shop')).sort();

  test('are written one in a file, without descriptions, webhooks and status', async () => {
    const lock = lockOf(locked('crds/both.yaml', ['things', 'parts']), locked('crds/one.yaml', ['ones']));
    await expect(fetched(lock)).resolves.toBe(2);

    expect(names()).toEqual(['ones', 'parts', 'things'].map((plural) => `${plural}.shop.example.com.yaml`));
    const text = fs.readFileSync(path.join(folder, 'shop/things.shop.example.com.yaml'), 'utf8');
    expect(text).toMatch(/^# From https:\/\/github\.com\/shop\/shop commit a{40}, crds\/both\.yaml; changed/);
    expect(parse(text)).toEqual({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.shop.example.com', annotations: { 'shop.example.com/kept': 'yes' } },
      spec: {
        group: 'shop.example.com',
        names: { kind: 'Thing', plural: 'things' },
        scope: 'Namespaced',
        conversion: { strategy: 'None' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  description: { type: 'string', default: 'description' },
                  parts: { type: 'array', items: { type: 'string' } },
                },
              },
            },
          },
        ],
      },
    });
  });

  test('are fetched once', async () => {
    const lock = lockOf(locked('crds/both.yaml', ['things']));
    expect(hasAllCrds(folder, lock)).toBe(false);
    await fetched(lock);
    expect(hasAllCrds(folder, lock)).toBe(true);
    await expect(fetched(lock)).resolves.toBe(0);
    expect(server.asked).toEqual(['crds/both.yaml']);
  });

  test('of which one is another than the lock says are refused, and it is named with both checksums', async () => {
    const lock = lockOf(locked('crds/both.yaml', ['things'], 'something else'), locked('crds/one.yaml', ['ones']));
    const [wrong, right] = [lock[0].files[0].sha256, createHash('sha256').update(BOTH).digest('hex')];
    await expect(fetched(lock)).rejects.toThrow(
      `1 of 2 files cannot be had:\n${address}/shop/shop/${COMMIT}/crds/both.yaml: sha256 must be ${wrong}, got ${right}: it is not used`,
    );
    expect(names()).toEqual(['ones.shop.example.com.yaml']);
    // it would be the same another time
    expect(server.asked.filter((name) => name === 'crds/both.yaml')).toHaveLength(1);
  });

  test('that are missing are named, and a second run fetches those only', async () => {
    const lock = lockOf(locked('crds/later.yaml', ['later'], crd('later')), locked('crds/one.yaml', ['ones']));
    await expect(fetched(lock)).rejects.toThrow(/^1 of 2 files .*\n.*crds\/later\.yaml: the server answers 404$/);
    server.files.set('crds/later.yaml', crd('later'));
    server.asked.length = 0;
    await expect(fetched(lock)).resolves.toBe(1);
    expect(server.asked).toEqual(['crds/later.yaml']);
    expect(names()).toEqual(['later.shop.example.com.yaml', 'ones.shop.example.com.yaml']);
  });

  test('that a file does not have are named', async () => {
    await expect(fetched(lockOf(locked('crds/one.yaml', ['ones', 'twos'])))).rejects.toThrow(
      'crds/one.yaml: it has no CustomResourceDefinition twos.shop.example.com',
    );
  });

  test('are asked for again where the server is in trouble, three times', async () => {
    server.failures = 2;
    const lock = lockOf(locked('crds/one.yaml', ['ones']));
    await expect(fetched(lock)).resolves.toBe(1);
    expect(server.asked).toHaveLength(3);

    fs.rmSync(path.join(folder, 'shop'), { recursive: true });
    server.failures = 3;
    await expect(fetched(lock)).rejects.toThrow('the server answers 503');
  });

  test('of a server that is not there are a failure that says why', async () => {
    const lock = lockOf(locked('crds/one.yaml', ['ones']));
    await server.stop();
    await expect(fetched(lock)).rejects.toThrow(/crds\/one\.yaml: fetch failed: .*ECONNREFUSED/);
    await server.start();
  });
});

test('the lock pins each file to a commit and a checksum, and names each CRD once', () => {
  const lock = lockedCrds();
  expect(lock.filter(({ commit }) => !/^[0-9a-f]{40}$/.test(commit))).toEqual([]);
  const files = lock.flatMap((locked) => locked.files);
  expect(files.filter(({ sha256, bytes }) => !/^[0-9a-f]{64}$/.test(sha256) || bytes < 100)).toEqual([]);
  const crds = files.flatMap((file) => file.crds);
  expect(crds.length).toBeGreaterThan(100);
  expect(crds.filter((name, index) => crds.indexOf(name) !== index)).toEqual([]);
});
