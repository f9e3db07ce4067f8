import { Chart, Testing } from 'cdk8s';
import { AlertRules } from '../../../src/constructs/monitoring';
import { UserPreferences } from '../../../src/constructs/preferences';
import { VolumeClaim } from '../../../src/constructs/storage';
import { CronJobWorkload, JobWorkload, ServiceWorkload } from '../../../src/constructs/workloads';
import { INamespace, PodSecurityLevel } from '../../../src/contracts';
import { NamespaceQuota, Namespace, NamespaceProps } from '../../../src/constructs/tenancy';
import { manifest, manifests, TestEnvironment, text } from './support';

function namespaceWith(props: NamespaceProps = {}): { environment: TestEnvironment; namespace: Namespace } {
  const environment = new TestEnvironment();
  return { environment, namespace: new Namespace(environment.chart(), 'team-a', props) };
}

test('a namespace enforces, audits and warns about its Pod Security level', () => {
  const { namespace } = namespaceWith();
  expect(manifest(namespace, 'Namespace', 'team-a').metadata.labels).toEqual({
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/audit': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  });
  expect(namespace.node.defaultChild).toBe(namespace.resource);
});

test('the quota bounds compute, GPUs, storage and the number of objects', () => {
  const { namespace } = namespaceWith({ quota: { cpu: '2.5', memory: '4Gi', gpus: 1, storage: '20Gi', pods: 10 } });
  expect(manifest(namespace, 'ResourceQuota', 'tenant').spec.hard).toMatchObject({
    'requests.cpu': '2500m',
    'requests.memory': '4096Mi',
    'limits.memory': '8192Mi',
    'requests.nvidia.com/gpu': '1',
    'requests.storage': '20Gi',
    pods: '10',
    'services.loadbalancers': '0',
    'services.nodeports': '0',
    'count/jobs.batch': '40',
  });
});

test('a quota takes bounds for other kinds', () => {
  const { namespace } = namespaceWith({
    quota: { cpu: '1', memory: '1Gi', extra: { 'count/aimodels.nstarx.io': '5' } },
  });
  expect(manifest(namespace, 'ResourceQuota', 'tenant').spec.hard['count/aimodels.nstarx.io']).toBe('5');
});

test('a quota counts objects of other kinds', () => {
  const objectCounts = { 'aimodels.nstarx.io': 20, 'mlworkflows.nstarx.io': 0, podtemplates: 3, 'jobs.batch': 7 };
  const { namespace } = namespaceWith({ quota: { cpu: '1', memory: '1Gi', objectCounts } });
  expect(manifest(namespace, 'ResourceQuota', 'tenant').spec.hard).toMatchObject({
    'count/aimodels.nstarx.io': '20',
    'count/mlworkflows.nstarx.io': '0',
    'count/podtemplates': '3',
    // in place of what follows from the number of pods
    'count/jobs.batch': '7',
  });
});

test.each<[string, Partial<NamespaceQuota>, string]>([
  [
    'half an object',
    { objectCounts: { 'aimodels.nstarx.io': 1.5 } },
    'quota.objectCounts "aimodels.nstarx.io" must be a whole number of at least 0, got 1.5: give the largest number allowed.',
  ],
  [
    'a kind in place of its resource',
    { objectCounts: { AIModel: 1 } },
    `quota.objectCounts "AIModel" must be a plural name and an API group, got "AIModel": write it like 'aimodels.nstarx.io'.`,
  ],
  [
    'two bounds for one kind',
    { objectCounts: { 'aimodels.nstarx.io': 1 }, extra: { 'count/aimodels.nstarx.io': '2' } },
    'quota.objectCounts "aimodels.nstarx.io" must not be bounded by extra "count/aimodels.nstarx.io" as well, got 1: leave one of the two out.',
  ],
])('a quota with %s is refused', (_, quota, message) => {
  expect(() => namespaceWith({ quota: { cpu: '1', memory: '1Gi', ...quota } })).toThrow(message);
});

test('what the quota bounds has a default for containers that ask for nothing', () => {
  const { namespace } = namespaceWith();
  const hard = Object.keys(manifest(namespace, 'ResourceQuota', 'tenant').spec.hard);
  const limits = manifest(namespace, 'LimitRange', 'tenant').spec.limits[0];
  expect(limits).toEqual({
    type: 'Container',
    defaultRequest: { cpu: '100m', memory: '128Mi' },
    default: { memory: '512Mi' },
  });
  for (const key of hard.filter((one) => /^(requests|limits)\.(cpu|memory)$/.test(one))) {
    const [side, resource] = key.split('.');
    expect(limits[side === 'requests' ? 'defaultRequest' : 'default']).toHaveProperty(resource);
  }
});

test('nothing may come in or go out but DNS, and requests to what serves models here', () => {
  const { namespace } = namespaceWith();
  expect(manifest(namespace, 'NetworkPolicy', 'default-deny').spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
  const values = ['model-server', 'feature-server'];
  expect(manifest(namespace, 'NetworkPolicy', 'allow-models').spec).toEqual({
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: { matchExpressions: [{ key: 'nstarx.io/component', operator: 'In', values }] } }] }],
  });
  expect(manifest(namespace, 'NetworkPolicy', 'allow-dns').spec).toEqual({
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ],
  });
});

test('the default ServiceAccount has no token', () => {
  const { namespace } = namespaceWith();
  expect(manifest(namespace, 'ServiceAccount', 'default')).toMatchObject({
    metadata: { namespace: 'team-a' },
    automountServiceAccountToken: false,
  });
});

test('labels can be added until synthesis, but not changed', () => {
  const { namespace } = namespaceWith({ labels: { team: 'a' } });
  namespace.addLabel('nstarx.io/uses-database', 'true');
  namespace.addLabel('nstarx.io/uses-database', 'true');
  expect(manifest(namespace, 'Namespace', 'team-a').metadata.labels).toMatchObject({
    team: 'a',
    'nstarx.io/uses-database': 'true',
  });
  expect(() => namespace.addLabel('team', 'b')).toThrow(
    '[test/chart/team-a] addLabel must not change the label team, got "b": leave it at a.',
  );
  expect(() => namespace.addLabel('pod-security.kubernetes.io/enforce', 'privileged')).toThrow(
    '[test/chart/team-a] addLabel must not change the label pod-security.kubernetes.io/enforce, got "privileged": leave it at restricted.',
  );
});

test('a namespace that Terraform makes is no manifest, and its labels go to Terraform', () => {
  const environment = new TestEnvironment();
  const namespace = new Namespace(environment.chart(), 'monitoring', {
    podSecurity: PodSecurityLevel.PRIVILEGED,
    terraformManaged: true,
  });
  namespace.addLabel('nstarx.io/team', 'monitoring');
  expect(manifests(namespace).map((one) => text(one.kind))).not.toContain('Namespace');
  expect(manifests(namespace).map((one) => text(one.kind))).toContain('ResourceQuota');
  expect(environment.namespaces.monitoring).toEqual({
    podSecurity: 'privileged',
    labels: { 'nstarx.io/team': 'monitoring' },
  });
});

test('a thousand tenants have the same objects each, and no two the same name', () => {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const names = Array.from({ length: 1000 }, (_, at) => `tenant-${at}`);
  names.forEach((name) => new Namespace(chart, name));
  const keys = manifests(chart).map((one) => JSON.stringify([one.kind, one.metadata.namespace, one.metadata.name]));
  expect(keys).toHaveLength(7000);
  expect(new Set(keys).size).toBe(7000);
});

const QUOTA: NamespaceQuota = { cpu: '1', memory: '1Gi' };
test.each<[string, NamespaceProps, string]>([
  [
    'a name that is none',
    { name: 'Team_A' },
    '[test/chart/team-a] name must be a DNS label of at most 63 characters, got "Team_A": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  ],
  [
    "one of Kubernetes' own",
    { name: 'kube-system' },
    '[test/chart/team-a] name must not be one of Kubernetes itself, got "kube-system": choose another name.',
  ],
  [
    'no CPU',
    { quota: { ...QUOTA, cpu: '0' } },
    "[test/chart/team-a] quota.cpu must be a Kubernetes quantity of at least 1m, got \"0\": write it in cores, such as '500m' or '2'.",
  ],
  [
    'half a GPU',
    { quota: { ...QUOTA, gpus: 0.5 } },
    '[test/chart/team-a] quota.gpus must be a whole number of at least 0, got 0.5: give the largest number allowed.',
  ],
  [
    'no pods',
    { quota: { ...QUOTA, pods: 0 } },
    '[test/chart/team-a] quota.pods must be a whole number of at least 1, got 0: give the largest number allowed.',
  ],
  [
    'a limit below the request',
    { containerDefaults: { memory: '1Gi', memoryLimit: '512Mi' } },
    '[test/chart/team-a] containerDefaults.memoryLimit must be at least memory (1Gi), got "512Mi": raise memoryLimit or lower memory.',
  ],
  [
    'a request above the default limit',
    { containerDefaults: { memory: '1Gi' } },
    '[test/chart/team-a] containerDefaults.memory must be at most memoryLimit (512Mi), got "1Gi": raise memoryLimit or lower memory.',
  ],
])('refuses %s', (_, props, message) => {
  expect(() => namespaceWith(props)).toThrow(message);
});

test('Terraform can only make a namespace of an environment', () => {
  const chart = new Chart(Testing.app(), 'chart');
  expect(() => new Namespace(chart, 'monitoring', { terraformManaged: true })).toThrow(
    '[chart/monitoring] scope must be in an environment',
  );
});

test('a namespace that exists is imported, with no object of its own, and is scraped as the others are', () => {
  const environment = new TestEnvironment();
  const chart = environment.chart();
  const shared = Namespace.fromName(chart, 'Shared', 'shared', { labels: { 'example.com/owner': 'ops' } });
  expect(shared.namespaceName).toBe('shared');
  expect(manifests(chart)).toEqual([]);
  expect(environment.imported).toEqual({ shared: { 'example.com/owner': 'ops' } });
  environment.useScraper({ namespace: 'monitoring' });
  expect(shared.scraper).toEqual({ namespace: 'monitoring' });
  expect(Namespace.fromName(new Chart(Testing.app(), 'bare'), 'Shared', 'shared').scraper).toBeUndefined();
});

test('what needs a label of an imported namespace says how to give it', () => {
  const chart = new TestEnvironment().chart();
  const labels = { 'nstarx.io/gateway-access': 'true' };
  expect(() =>
    Namespace.fromName(chart, 'Known', 'known', { labels }).addLabel('nstarx.io/gateway-access', 'true'),
  ).not.toThrow();
  expect(() => Namespace.fromName(chart, 'Shared', 'shared').addLabel('nstarx.io/gateway-access', 'true')).toThrow(
    "[test/chart/Shared] labels must have nstarx.io/gateway-access=true, got {}: run 'kubectl label namespace shared nstarx.io/gateway-access=true', and say so in the labels of Namespace.fromName().",
  );
  expect(() => Namespace.fromName(chart, 'Bad', 'Bad Name')).toThrow('[test/chart/Bad] name must be a DNS label');
});

/** What plain JavaScript makes in a namespace by its name, each with the prop that is wrong. */
const IN_A_NAMESPACE: { [construct: string]: (chart: Chart, given: INamespace) => unknown } = {
  ServiceWorkload: (chart, namespace) => new ServiceWorkload(chart, 'it', { namespace, image: 'a:1' }),
  JobWorkload: (chart, namespace) => new JobWorkload(chart, 'it', { namespace, image: 'a:1' }),
  CronJobWorkload: (chart, namespace) =>
    new CronJobWorkload(chart, 'it', { namespace, image: 'a:1', schedule: '0 1 * * *' }),
  VolumeClaim: (chart, namespace) => new VolumeClaim(chart, 'it', { namespace, size: '1Gi', storageClass: 'fast' }),
  AlertRules: (chart, namespace) => new AlertRules(chart, 'it', { namespace }),
  UserPreferences: (chart, namespace) => new UserPreferences(chart, 'it', { namespace, userId: '1' }),
};

test.each(Object.entries(IN_A_NAMESPACE))('%s says how to import a namespace that it is given by name', (_, make) => {
  const given = 'shared' as unknown as INamespace;
  const message = `[test/chart/it] namespace must be an INamespace, got "shared": import it with Namespace.fromName(scope, id, 'shared').`;
  expect(() => make(new TestEnvironment().chart(), given)).toThrow(message);
  const nothing = undefined as unknown as INamespace;
  expect(() => make(new TestEnvironment().chart(), nothing)).toThrow(
    '[test/chart/it] namespace must be given, got nothing: pass the namespace of a team such as platform.teams.ml, or one that is imported with Namespace.fromName(scope, id, name).',
  );
});
