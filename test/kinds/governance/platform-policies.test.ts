import { ApiObject, JsonPatch } from 'cdk8s';

import {
  ABTest,
  ABTestGoal,
  AIModel,
  AIModelFormat,
  AIModelType,
  AIZone,
  AIZoneType,
  MLWorkflow,
  MLWorkflowType,
  StageType,
} from '../../../src/api';
import { KINDS } from '../../../src/api/kinds';
import { MODEL_DEPLOYMENT } from '../../../src/api/kinds/model-deployment';
import { Schema } from '../../../src/api/schema/schema';
import { PlatformPolicies, PlatformPoliciesProps } from '../../../src/kinds/governance/platform-policies';
import { ZONE_LABEL } from '../../../src/kinds/ai-zone/plan';
import { LakeFolders } from '../../../src/kinds/lake-folders';
import {
  accountIsGranted,
  imagesArePinned,
  priorityIsGranted,
  zoneIsGranted,
} from '../../../src/kinds/governance/rules';
import { PlatformGateway } from '../../../src/constructs/gateway';
import { Namespace } from '../../../src/constructs/tenancy';
import {
  manifest,
  manifests,
  TestCluster,
  TestEnvironment,
  text,
  validationErrors,
} from '../../constructs/tenancy/support';

interface Governed {
  readonly environment: TestEnvironment;
  readonly policies: PlatformPolicies;
}

function governed(props: Partial<PlatformPoliciesProps> = {}): Governed {
  const environment = new TestEnvironment();
  return {
    environment,
    policies: new PlatformPolicies(environment.chart('policies'), 'policies', props),
  };
}

function model(environment: TestEnvironment, gpus: number, maxReplicas: number, image?: string): AIModel {
  const amount = { 'nvidia.com/gpu': String(gpus) };
  return new AIModel(environment.chart('models'), 'churn', {
    namespace: Namespace.fromName(environment, 'Models', 'vision'),
    type: AIModelType.ONNX,
    version: '1',
    storage: { location: 's3://models/churn', format: AIModelFormat.ONNX },
    serving: {
      zone: 'training',
      image,
      resources: { requests: { memory: '2Gi', ...amount }, limits: amount },
      autoscaling: { maxReplicas },
    },
  });
}

function zone(environment: TestEnvironment, name: string, gpus: number): AIZone {
  return new AIZone(environment.chart(name), name, {
    type: AIZoneType.TRAINING,
    resources: { compute: { limits: { 'nvidia.com/gpu': String(gpus) } } },
  });
}

/** Policies for all namespaces of tenants, which have a binding for each label that these may have. */
const OF_TENANTS = [
  'flink-configmaps.nstarx.io',
  'flink-pods.nstarx.io',
  'run-requester.nstarx.io',
  'spark-configmaps.nstarx.io',
  'spark-pods.nstarx.io',
  'tenant-pods.nstarx.io',
  'tenant-services.nstarx.io',
];

test.each(OF_TENANTS)('%s holds in the namespaces of teams, zones and engines, and in no other', (name) => {
  const notPrivileged = { key: 'pod-security.kubernetes.io/enforce', operator: 'NotIn', values: ['privileged'] };
  const { policies } = governed();
  const bindings = manifests(policies).filter(({ kind }) => text(kind) === 'ValidatingAdmissionPolicyBinding');
  const own = bindings.filter(({ spec }) => text(spec.policyName) === name);
  expect(own.map(({ metadata, spec }) => [text(metadata.name), spec.matchResources])).toEqual(
    ['team', 'zone', 'engines'].map((label) => [
      `${label}.${name}`,
      { namespaceSelector: { matchExpressions: [{ key: `nstarx.io/${label}`, operator: 'Exists' }, notPrivileged] } },
    ]),
  );
});

function names(scope: PlatformPolicies, kind: string): string[] {
  return manifests(scope)
    .filter((one) => text(one.kind) === kind)
    .map((one) => text(one.metadata.name));
}

test('each policy has a binding that refuses', () => {
  const { policies } = governed();
  const all = names(policies, 'ValidatingAdmissionPolicy');
  const bindings = manifests(policies).filter((one) => text(one.kind) === 'ValidatingAdmissionPolicyBinding');
  expect([...new Set(bindings.map(({ spec }) => text(spec.policyName)))]).toEqual(all);
  expect(all.sort()).toEqual([
    'account-use-aimodels.nstarx.io',
    'account-use-datapipelines.nstarx.io',
    'account-use-featurestores.nstarx.io',
    'account-use-mlworkflows.nstarx.io',
    'approval-modeldeployments.mlifecycle.io',
    'break-glass-modeldeployments.mlifecycle.io',
    'break-glass-used-modeldeployments.mlifecycle.io',
    'child-claims-aimodels.nstarx.io',
    'child-claims-modeldeployments.mlifecycle.io',
    'flink-configmaps.nstarx.io',
    'flink-pods.nstarx.io',
    'job-pods.nstarx.io',
    'own-labels.nstarx.io',
    'pinned-images-aimodels.nstarx.io',
    'pinned-images-datapipelines.nstarx.io',
    'pinned-images-featurestores.nstarx.io',
    'pinned-images-mlworkflows.nstarx.io',
    'pinned-images-modeldeployments.mlifecycle.io',
    'priority-use-aimodels.nstarx.io',
    'run-requester.nstarx.io',
    'spark-configmaps.nstarx.io',
    'spark-pods.nstarx.io',
    'tenant-pods.nstarx.io',
    'tenant-services.nstarx.io',
    'zone-gpus-aimodels.nstarx.io',
    'zone-ownership.nstarx.io',
    'zone-read-only-root-filesystem.nstarx.io',
    'zone-use-abtests.nstarx.io',
    'zone-use-aimodels.nstarx.io',
    'zone-use-datapipelines.nstarx.io',
    'zone-use-mlworkflows.nstarx.io',
  ]);
  for (const name of all) {
    const own = bindings.filter(({ spec }) => text(spec.policyName) === name);
    const tells = name.startsWith('break-glass-used');
    expect(own.map(({ spec }) => spec.validationActions)).toEqual(
      own.map(() => (tells ? ['Warn', 'Audit'] : ['Deny'])),
    );
    const { failurePolicy } = manifest(policies, 'ValidatingAdmissionPolicy', name).spec;
    // those that are about other kinds must not hold up the cluster where theirs is not there yet
    const isIgnored = tells || /^(zone-ownership|child-claims)/.test(name);
    expect([name, text(failurePolicy)]).toEqual([name, isIgnored ? 'Ignore' : 'Fail']);
  }
});

test('with warnOnly, all of them warn and none refuses, but the one about who may pass the gate by', () => {
  const { policies } = governed({ warnOnly: true });
  const bindings = manifests(policies).filter((one) => text(one.kind) === 'ValidatingAdmissionPolicyBinding');
  expect(bindings).toHaveLength(names(policies, 'ValidatingAdmissionPolicy').length + 2 * OF_TENANTS.length);
  const refusing = bindings.filter(({ spec }) => JSON.stringify(spec.validationActions) !== '["Warn","Audit"]');
  expect(refusing.map(({ metadata }) => text(metadata.name))).toEqual(['break-glass-modeldeployments.mlifecycle.io']);
});

test('the policies that compare with a zone are given each of them, and none is fine', () => {
  const { policies } = governed();
  for (const name of ['zone-gpus-aimodels.nstarx.io', 'zone-read-only-root-filesystem.nstarx.io']) {
    const { spec } = manifest(policies, 'ValidatingAdmissionPolicy', name);
    expect(spec.paramKind).toEqual({ apiVersion: 'nstarx.io/v1alpha1', kind: 'AIZone' });
    expect(manifest(policies, 'ValidatingAdmissionPolicyBinding', name).spec.paramRef).toEqual({
      selector: {},
      parameterNotFoundAction: 'Allow',
    });
  }
});

test('a missing AIZone CRD stops pods in zones only', () => {
  const { policies } = governed();
  const { spec } = manifest(policies, 'ValidatingAdmissionPolicyBinding', 'zone-read-only-root-filesystem.nstarx.io');
  expect(spec.matchResources).toEqual({
    namespaceSelector: { matchExpressions: [{ key: ZONE_LABEL, operator: 'Exists' }] },
  });
});

test('subresources are looked at by the policy for approvals only', () => {
  const { policies } = governed();
  const policyObjects = manifests(policies).filter((one) => text(one.kind) === 'ValidatingAdmissionPolicy');
  const watched = policyObjects.flatMap(({ spec }) => {
    const rules = spec.matchConstraints.resourceRules as unknown as { resources: string[] }[];
    return rules.flatMap(({ resources }) => resources);
  });
  expect(watched.filter((resource) => resource.includes('/'))).toEqual(['modeldeployments/status']);
});

/** How many text fields of a name a schema has. */
function count(schema: Schema, field: string): number {
  const children = [...Object.entries(schema.properties ?? {}), ...(schema.items ? [['', schema.items] as const] : [])];
  return children.reduce(
    (sum, [key, child]) => sum + (key === field && child.type === 'string' ? 1 : count(child, field)),
    0,
  );
}

test.each(KINDS.map((kind) => [kind.kind, kind] as const))(
  '%s: every image, zone, account and priority in its schema is found',
  (_, kind) => {
    const images =
      imagesArePinned(kind)
        ?.expression.split('.all(image, ')[0]
        .match(/image\]|, one\.[a-z.]*image\)/g) ?? [];
    expect(images).toHaveLength(count(kind.spec, 'image'));
    expect(zoneIsGranted(kind) ? 1 : 0).toBe(count(kind.spec, 'zone'));
    expect(accountIsGranted(kind) ? 1 : 0).toBe(count(kind.spec, 'serviceAccountName'));
    expect(priorityIsGranted(kind) ? 1 : 0).toBe(count(kind.spec, 'priorityClassName'));
  },
);

test('requirePinnedImages: false leaves those policies out', () => {
  const { policies, environment } = governed({ requirePinnedImages: false });
  expect(names(policies, 'ValidatingAdmissionPolicy').filter((name) => name.startsWith('pinned-images'))).toEqual([]);
  model(environment, 1, 1, 'registry.example.com/serve:latest');
  expect(validationErrors(environment)).toEqual([]);
});

describe('at synthesis', () => {
  test('models that fit in their zone pass, whatever other zones have', () => {
    const { environment } = governed();
    model(environment, 2, 4, 'registry.example.com/serve:1');
    zone(environment, 'training', 8);
    zone(environment, 'small', 1);
    expect(validationErrors(environment)).toEqual([]);
  });

  test('a model that does not fit is refused in the words of the API server', () => {
    const { environment } = governed();
    model(environment, 2, 5);
    zone(environment, 'training', 8);
    expect(validationErrors(environment)).toEqual([
      '[test/models/churn/Resource] spec.serving: 5 replicas are too many for AIZone training, with 2 nvidia.com/gpu each where the zone has 8: lower autoscaling.maxReplicas or the limits of a replica, or raise spec.resources.compute.limits of the zone',
    ]);
  });

  test('images that are not pinned are refused, each by its name', () => {
    const { environment } = governed();
    const container = (name: string, image: string) => ({ name, type: StageType.CONTAINER, config: { image } });
    new MLWorkflow(environment.chart('workflows'), 'train', {
      namespace: Namespace.fromName(environment, 'Workflows', 'vision'),
      type: MLWorkflowType.TRAINING,
      stages: [container('one', 'a'), container('two', 'a:1'), container('three', 'b:latest')],
    });
    expect(validationErrors(environment)).toEqual([
      '[test/workflows/train/Resource] spec: give each image a tag other than latest, or a digest: a, b:latest',
    ]);
  });

  test('the host of a test must be one of its namespace', () => {
    const environment = new TestEnvironment();
    new TestCluster(environment, { loadBalancer: true });
    const gateway = new PlatformGateway(environment.chart('gateway'), 'gateway', {
      domain: 'ml.acme.example',
      issuerName: 'ca',
    });
    new PlatformPolicies(environment.chart('policies'), 'policies', { gateway });
    const namespace = Namespace.fromName(environment, 'Models', 'vision');
    const variant = (name: string, control: boolean) => ({ name, modelRef: { name }, weight: 50, control });
    const test = (id: string, host?: string) =>
      new ABTest(environment.chart(id), id, {
        namespace,
        host,
        variants: [variant('a', true), variant('b', false)],
        metric: { name: 'hits', goal: ABTestGoal.MAXIMIZE },
      });
    test('without');
    test('own', 'any--vision.ml.acme.example');
    test('granted', 'www.acme.example');
    test('grafana', 'grafana.ml.acme.example');
    gateway.grantHost(namespace, 'www.acme.example');
    expect(validationErrors(environment)).toEqual([
      '[test/grafana/grafana/Resource] spec.host: namespace vision may not use grafana.ml.acme.example: use <name>--vision.ml.acme.example, or have the platform grant it (PlatformGateway.grantHost)',
    ]);
  });

  test('an image with a model is one of them', () => {
    const { environment } = governed();
    const { resource } = model(environment, 1, 1);
    resource.addJsonPatch(JsonPatch.replace('/spec/storage/location', 'oci://registry.example.com/churn:latest'));
    expect(validationErrors(environment)).toEqual([
      expect.stringContaining('a tag other than latest, or a digest: registry.example.com/churn:latest'),
    ]);
  });

  test('what an escape hatch changes is seen, and so are plain objects', () => {
    const { environment } = governed();
    const { resource } = model(environment, 1, 1);
    resource.addJsonPatch(JsonPatch.add('/spec/serving/image', 'serve'));
    new ApiObject(environment.chart('plain'), 'zone', {
      apiVersion: 'nstarx.io/v1alpha1',
      kind: 'AIZone',
      metadata: { name: 'training' },
      spec: { type: 'training', resources: { compute: { limits: { 'nvidia.com/gpu': 0 } } } },
    });
    expect(validationErrors(environment)).toEqual([
      expect.stringContaining('a digest: serve'),
      expect.stringContaining(
        '1 replicas are too many for AIZone training, with 1 nvidia.com/gpu each where the zone has 0',
      ),
    ]);
  });

  test('other environments are none of its business', () => {
    const { environment } = governed();
    zone(environment, 'training', 8);
    model(new TestEnvironment(), 2, 5);
    expect(validationErrors(environment)).toEqual([]);
  });
});

test('names no kind that the cluster does not have', () => {
  const { environment } = governed({ kinds: [MODEL_DEPLOYMENT], lake: new LakeFolders('acme-artifacts', {}) });
  const made = JSON.stringify(manifests(environment));
  for (const { plural, kind } of KINDS.filter((one) => one !== MODEL_DEPLOYMENT)) {
    expect(made).not.toContain(`"${plural}"`);
    expect(made).not.toContain(`"paramKind":{"apiVersion":"nstarx.io/v1","kind":"${kind}"}`);
  }
  expect(made).toContain('"modeldeployments"');
});
