import { PlatformCrds } from '../../../src/api';
import { Personas, TenantPersonas } from '../../../src/kinds/governance/personas';
import { PlatformPolicies } from '../../../src/kinds/governance/platform-policies';
import { LakeFolders } from '../../../src/kinds/lake-folders';
import { SecurityBaseline } from '../../../src/constructs/security';
import { PlatformGateway } from '../../../src/constructs/gateway';
import { Namespace } from '../../../src/constructs/tenancy';
import { manifests, TestCluster as StandInCluster, TestEnvironment, text } from '../../constructs/tenancy/support';
import { refusals } from '../apply';
import { until } from '../../support/waiting';
import type { Cluster } from '../cluster';
import { describeCluster } from '../connect';
import { TestCluster } from '../test-cluster';
import type { Identity, KubernetesObject } from '../types';
import { model } from './objects';

/** A data scientist, an ML engineer and a reviewer of tenant `vision`, and one who runs the platform. */
export const DORA = { user: 'dora', groups: ['vision-data-scientists'] } satisfies Identity;
export const MALIK = { user: 'malik', groups: ['vision-ml-engineers'] } satisfies Identity;
export const RUTH = { user: 'ruth', groups: ['vision-model-reviewers'] } satisfies Identity;
export const ADA = { user: 'ada', groups: ['platform-admins'] } satisfies Identity;
/** A data scientist of tenant `fraud`, who may use no zone. */
export const FRED = { user: 'fred', groups: ['fraud-data-scientists'] } satisfies Identity;
/** An operator that writes every status, and an administrator who is above RBAC. */
export const OPERATOR: Identity = {
  user: 'system:serviceaccount:nstarx-system:operator',
  groups: ['system:serviceaccounts'],
};

const RBAC = 'rbac.authorization.k8s.io';

/** What the operators' chart will have: they write statuses and finalizers. */
const OPERATOR_ROLE = [
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'operator' },
    rules: [
      { apiGroups: ['nstarx.io'], resources: ['aimodels', 'aimodels/status'], verbs: ['get', 'patch', 'update'] },
      { apiGroups: ['mlifecycle.io'], resources: ['modeldeployments/status'], verbs: ['get', 'patch', 'update'] },
    ],
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'operator' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'operator' },
    subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: 'nstarx-system' }],
  },
];

/** Tests in a cluster of their own, because the policies hold in all of it: kinds, policies, and two tenants. */
export function describeGovernance(name: string, tests: (cluster: () => TestCluster) => void): void {
  describeCluster(name, () => {
    let own: TestCluster | undefined;
    const cluster = (): TestCluster => {
      if (!own) throw new Error('the cluster has not started');
      return own;
    };
    beforeAll(async () => {
      const { crds, objects } = platform();
      // before the controllers, so that quotas count the kinds at once
      const install = async (made: Cluster): Promise<void> => expect(refusals(await made.apply(crds))).toEqual([]);
      own = await TestCluster.start({ nodes: [], install });
      expect(refusals(await own.apply([...objects, ...OPERATOR_ROLE]))).toEqual([]);
      // a policy with zones as its parameters refuses everything until the API server watches them
      const started = own;
      const unsynced = async () => (await verdictOf(started, model('a'))).includes('not yet synced');
      await until('the zones to be watched', 60_000, async () => !(await unsynced()));
    });
    afterAll(() => own?.stop());
    tests(cluster);
  });
}

/** The API server's message, or an empty text where it accepts; stores nothing. */
export async function verdictOf(cluster: TestCluster, object: KubernetesObject, asUser?: Identity): Promise<string> {
  try {
    await cluster.create(object, { asUser, dryRun: true });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** As `verdictOf`, for a merge patch. */
export async function patchOf(
  cluster: TestCluster,
  object: KubernetesObject,
  change: unknown,
  asUser: Identity,
  subresource?: string,
): Promise<string> {
  const { apiVersion, kind, metadata } = object;
  const ref = { apiVersion, kind, name: metadata.name ?? '', namespace: metadata.namespace };
  try {
    await cluster.patch(ref, change, { asUser, subresource, dryRun: true });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

function platform(): { readonly crds: KubernetesObject[]; readonly objects: KubernetesObject[] } {
  const environment = new TestEnvironment();
  const crds = new PlatformCrds(environment.chart('crds'), 'crds');
  const chart = environment.chart('governance');
  new StandInCluster(environment);
  const gateway = new PlatformGateway(chart, 'gateway', { domain: 'ml.example.com', issuerName: 'platform-ca' });
  new PlatformPolicies(chart, 'policies', { gateway, lake: new LakeFolders('acme-artifacts', {}) });
  new SecurityBaseline(chart, 'security', { requireReadOnlyRootFilesystem: true });
  const personas = new Personas(chart, 'personas');
  const vision = new Namespace(chart, 'vision');
  const fraud = new Namespace(chart, 'fraud');
  const counted = new Namespace(chart, 'fraud-counted', {
    quota: { cpu: '8', memory: '16Gi', objectCounts: { 'aimodels.nstarx.io': 3 } },
  });
  new TenantPersonas(chart, 'vision-people', {
    personas,
    name: 'vision',
    namespaces: [vision],
    dataScientistZones: ['training'],
    mlEngineerZones: ['training', 'inference'],
  });
  new TenantPersonas(chart, 'fraud-people', { personas, name: 'fraud', namespaces: [fraud, counted] });
  const others = manifests(chart).filter(({ apiVersion }) => !/^(cert-manager|gateway)\./.test(text(apiVersion)));
  return { crds: manifests(crds) as unknown as KubernetesObject[], objects: others as unknown as KubernetesObject[] };
}
