import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { App, Chart } from 'cdk8s';

import { OPERATORS } from '../../operators/src/operators';
import { metacontroller } from '../../src/components/metacontroller';
import { METACONTROLLER_POD_LABELS } from '../../src/contracts/metacontroller';
import { NeuralPriorityClasses } from '../../src/constructs/scheduling';
import { CONTROLLER_LABELS } from '../../src/kinds/operators/metacontroller';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { HookDriver } from '../cluster/metacontroller/driver';
import { metacontrollerProgram } from '../cluster/metacontroller/real-engine';
import { RunningServer } from '../cluster/operators/support/describe-operators';
import { type KubernetesObject, referenceTo } from '../cluster/types';
import { Made, PROPS } from '../kinds/operators/support';
import { Authority } from '../operators/server/certificates';
import { useWholePlatform } from './connect';
import { actor, applyAll, namespace, small } from './objects';
import type { NodeCluster } from './real-node';
import { hookServerImage, programImage } from './test-images';

/** Namespace of the hook servers. */
export const SYSTEM = 'nstarx-system';
/** Namespace of Metacontroller. */
export const ENGINE = 'metacontroller';
/** Namespace of the models. */
export const MODELS = 'ml-models';
/** An image with a model and nothing else. */
export const MODEL_IMAGE = 'registry.example.com/fraud:1.0';

const METACONTROLLER_IMAGE = 'ghcr.io/metacontroller/metacontroller:v4.17.2';

/** A platform of which no third party is there but Prometheus' kinds: what the operators make is Kubernetes' own, and monitors. */
const GROUPS = ['monitoring.coreos.com'];

/** What the operators are told. */
export const SETTINGS: OperatorSettings = {
  apiGroups: GROUPS,
  scraper: { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } },
  prometheusUrl: 'http://prometheus.monitoring.svc:9090',
  aiModel: { kserve: false },
  aiZone: { mesh: false, platformNamespaces: [SYSTEM, ENGINE] },
};

const PARENTS = OPERATORS.map(({ definition: { parent } }) => ({
  apiVersion: `${parent.group}/${parent.version}`,
  kind: parent.kind,
}));

/** A pod in the place of Metacontroller, with its certificate at /tls, and without a key at /authority. */
export const CALLER = actor({
  namespace: ENGINE,
  name: 'caller',
  labels: METACONTROLLER_POD_LABELS,
  secrets: { '/tls': 'caller-tls', '/authority': 'caller-authority' },
});

/**
 * Runs the operators while the tests of this file run: hook servers as pods, and what calls their hooks. To be called within
 * `describeNode`.
 *
 * @param zones the namespaces of the zones that the tests make
 */
export function useOperators(node: NodeCluster, zones: readonly string[]): void {
  useWholePlatform(node);
  const made = new Made({ settings: SETTINGS, apiGroups: GROUPS });
  const objects = made.objects as unknown as KubernetesObject[];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'operators-'));
  let stopEngine = async (): Promise<void> => undefined;

  beforeAll(async () => {
    const program = metacontrollerProgram();
    const monitors = ['PodMonitor', 'PrometheusRule', 'ServiceMonitor'].map((kind) => ({ group: GROUPS[0], kind }));
    const controllerKinds = ['CompositeController', 'ControllerRevision', 'DecoratorController'];
    await node.installCrds([...monitors, ...controllerKinds.map((kind) => ({ group: 'metacontroller.k8s.io', kind }))]);
    await node.addImages([
      await hookServerImage(PROPS.image, folder),
      { name: MODEL_IMAGE, layers: [{ files: { '/model.json': { text: '{}' } } }] },
      ...(program === undefined ? [] : [await programImage(METACONTROLLER_IMAGE, program)]),
    ]);
    await applyAll(node, [
      ...(made.namespaceObjects as unknown as KubernetesObject[]),
      namespace(ENGINE),
      namespace(MODELS, { 'pod-security.kubernetes.io/enforce': 'restricted' }),
    ]);
    await applyAll(node, [
      ...priorityClasses(),
      ...(await secrets()),
      ...small(objects.filter(({ kind }) => kind !== 'CompositeController')),
      CALLER,
    ]);
    stopEngine = await startEngine(node, objects, program);
  });
  afterAll(async () => {
    await stopEngine();
    const parents = await Promise.all(PARENTS.map((type) => node.list(type)));
    for (const parent of parents.flat()) {
      await node.patch(referenceTo(parent), { metadata: { finalizers: null } });
      await node.delete(referenceTo(parent));
    }
    for (const name of [SYSTEM, ENGINE, MODELS, ...zones])
      await node.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    fs.rmSync(folder, { recursive: true, force: true });
  });
}

/** Those that the operators name unless the settings say otherwise. */
function priorityClasses(): KubernetesObject[] {
  const chart = new Chart(new App(), 'priorities', { disableResourceNameHashes: true });
  new NeuralPriorityClasses(chart, 'priorities');
  return chart.toJson() as KubernetesObject[];
}

/** What cert-manager would write: the hook server's certificate, Metacontroller's, and of the caller of these tests. */
async function secrets(): Promise<KubernetesObject[]> {
  const authority = await Authority.create();
  const server = await authority.issue('operators.nstarx-system.svc');
  const client = await authority.issue('metacontroller', 'clientAuth');
  const secret = (inNamespace: string, name: string, stringData: Record<string, string>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: inNamespace },
    stringData: { 'ca.crt': authority.certificate, ...stringData },
  });
  const pair = ({ cert, key }: { cert: string; key: string }) => ({ 'tls.crt': cert, 'tls.key': key });
  return [
    secret(SYSTEM, 'operators-tls', pair(server)),
    secret(SYSTEM, 'operators-client-tls', pair(client)),
    secret(ENGINE, 'caller-tls', pair(client)),
    secret(ENGINE, 'caller-authority', {}),
  ];
}

/**
 * Starts what calls the hooks: Metacontroller as a pod, which asks the hook server's pods, where its program is at hand; or else the
 * driver of its protocol, with a hook server of its own. Returns what ends it.
 */
async function startEngine(
  node: NodeCluster,
  objects: readonly KubernetesObject[],
  program: string | undefined,
): Promise<() => Promise<void>> {
  const controllers = objects.filter(({ kind }) => kind === 'CompositeController');
  if (program === undefined) {
    const server = new RunningServer(OPERATORS, SETTINGS);
    await server.start();
    const engine = new HookDriver({ cluster: node, controllers, hooks: { url: server.url } });
    const stop = async (): Promise<void> => {
      await engine.stop();
      await server.stop();
    };
    await engine.start().catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return stop;
  }
  await applyAll(node, [...metacontrollerObjects(), ...controllers]);
  return async () => {
    for (const controller of controllers) await node.delete(referenceTo(controller));
  };
}

/** What the chart of Metacontroller makes of our values. */
function metacontrollerObjects(): KubernetesObject[] {
  const [[key, value]] = Object.entries(CONTROLLER_LABELS);
  const { values } = metacontroller({ controllerSelector: `${key}=${value}` });
  const { clusterRole, commandArgs } = values as { clusterRole: { aggregationRule: object }; commandArgs: string[] };
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: ENGINE };
  const account = { kind: 'ServiceAccount', name: ENGINE, namespace: ENGINE };
  const container = {
    name: ENGINE,
    image: METACONTROLLER_IMAGE,
    args: commandArgs,
    readinessProbe: { httpGet: { path: '/readyz', port: 8081 } },
    livenessProbe: { httpGet: { path: '/healthz', port: 8081 } },
    resources: { limits: { memory: '1Gi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ENGINE, namespace: ENGINE } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, aggregationRule: clusterRole.aggregationRule },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: ENGINE },
      subjects: [account],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: ENGINE, namespace: ENGINE },
      spec: {
        selector: { matchLabels: METACONTROLLER_POD_LABELS },
        template: {
          metadata: { labels: METACONTROLLER_POD_LABELS },
          spec: {
            serviceAccountName: ENGINE,
            securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [container],
          },
        },
      },
    },
  ];
}
