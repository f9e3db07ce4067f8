import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import { refusals } from '../cluster/apply';
import { forEachBounded } from '../cluster/concurrency';
import { runExample } from '../cluster/environments/example-output';
import { referenceTo, type KubernetesObject } from '../cluster/types';
import { chatdbActors } from '../support/chatdb-actors';
import {
  API_SERVER,
  type Actor,
  type Actors,
  dataPlatformActors,
  DNS,
  HTTPS,
  METRICS,
  neuralPlatformActors,
  OUTSIDE,
} from '../support/network-actors';
import { describeNode, useWholePlatform } from './connect';
import { actor, isReady, namespace, reaches } from './objects';
import type { NodeCluster } from './real-node';

/** Where the API server and DNS are asked for. */
const SERVICES = { [API_SERVER]: 'kubernetes.default.svc:443', [DNS]: 'kube-dns.kube-system.svc:53' };

describeNode('who reaches whom', (node) => {
  useWholePlatform(node);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'policies-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('on the data platform', async () => {
    const objects = exampleObjects('data-platform', folder);
    await expectReach(node, objects, dataPlatformActors(objects));
  });

  test('on the neural platform', async () => {
    const objects = exampleObjects('neural-platform', folder);
    await expectReach(node, objects, neuralPlatformActors(objects));
  });

  test('on ChatDB', async () => {
    const objects = exampleObjects('chatdb', folder);
    await expectReach(node, objects, chatdbActors(objects));
  });
});

/** The namespaces, limits and policies of an example's local environment, and what has pods. */
function exampleObjects(example: string, folder: string): KubernetesObject[] {
  const environment = runExample(example, path.join(folder, example)).find(({ name }) => name === 'local');
  if (!environment) throw new Error(`${example} has no environment local`);
  return [...environment.terraformNamespaces, ...environment.manifests];
}

/** Plays all actors, has each try every port of every other, and compares what it reaches with what it is to reach. */
async function expectReach(node: NodeCluster, objects: readonly KubernetesObject[], actors: Actors): Promise<void> {
  const kinds = ['Namespace', 'NetworkPolicy', 'LimitRange', 'ResourceQuota'];
  const made = objects.filter(({ kind }) => kinds.includes(kind));
  const names = new Set(made.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  const others = [...new Set(Object.values(actors).map((one) => one.namespace))].filter((name) => !names.has(name));
  const all = [...others.map((name) => namespace(name)), ...made];
  const pods = Object.entries(actors).map(([name, { namespace: inNamespace, labels, ports = { http: 8080 } }]) =>
    actor({ namespace: inNamespace, name: podName(name), labels, ports }),
  );
  try {
    expect(refusals(await node.apply(all))).toEqual([]);
    expect(refusals(await node.apply(pods))).toEqual([]);
    const addresses = new Map<string, string>(Object.entries(SERVICES));
    for (const [index, [name, { ports = { http: 8080 } }]] of Object.entries(actors).entries()) {
      const { status } = await node.waitFor(referenceTo(pods[index]), isReady, 60_000);
      for (const [purpose, port] of Object.entries(ports)) {
        const target = Object.keys(ports).length > 1 ? `${name} ${purpose}` : name;
        addresses.set(target, `${(status as { podIP: string }).podIP}:${port}`);
      }
    }
    const open = Object.entries(actors).flatMap(([name, one]) => openTargets(name, one));
    const expected = new Map(
      Object.entries(actors).map(([name, one]) => {
        const targets = one.reaches.flatMap((target) => {
          if (target === OUTSIDE || target === METRICS) return [API_SERVER, DNS, ...open];
          // its own port of the API server's Service is not one of the API server
          if (target === HTTPS) return [];
          return target.replace(/ \*$/, '');
        });
        const isOwn = (target: string): boolean => target === name || target.startsWith(`${name} `);
        return [name, [...new Set(targets)].filter((target) => !isOwn(target)).sort()];
      }),
    );
    const reached = new Map<string, string[]>();
    const ask = async (name: string): Promise<void> => {
      const own = pods[Object.keys(actors).indexOf(name)];
      const foreign = [...addresses].filter(([target]) => target !== name && !target.startsWith(`${name} `));
      const answers = await reaches(node, own, [...new Set(foreign.map(([, address]) => address))]);
      const found = foreign.filter(([, address]) => answers[address]).map(([target]) => target);
      reached.set(name, found.sort());
    };
    const differs = (name: string): boolean => !isDeepStrictEqual(reached.get(name), expected.get(name));
    await forEachBounded(Object.keys(actors), 3, ask);
    // what enforces policies hears of pods and policies a moment after the API server has them, and a busy machine connects late
    for (let again = 0; again < 3 && [...expected.keys()].some(differs); again++) {
      await setTimeout(2_000);
      await forEachBounded([...expected.keys()].filter(differs), 1, ask);
    }
    expect(Object.fromEntries(reached)).toEqual(Object.fromEntries(expected));
  } finally {
    for (const one of all.filter(({ kind }) => kind === 'Namespace')) await node.delete(referenceTo(one));
    for (const one of all.filter(({ kind }) => kind === 'Namespace')) await node.waitForGone(referenceTo(one), 60_000);
  }
}

/** What whoever may go out anywhere reaches of it. */
function openTargets(name: string, { isOpen = false, ports = {}, openPorts = [] }: Actor): string[] {
  const purposes = isOpen ? Object.keys(ports) : openPorts;
  if (Object.keys(ports).length > 1) return purposes.map((purpose) => `${name} ${purpose}`);
  return isOpen || openPorts.length > 0 ? [name] : [];
}

function podName(actorName: string): string {
  return actorName.replace(/[^a-z0-9]+/g, '-');
}
