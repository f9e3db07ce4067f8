import { refusals } from './apply';
import { describeCluster } from './connect';
import { deployment, pod, podSpec } from './fixtures';
import type { KubernetesObject } from './types';

describeCluster('a test cluster validates and admits', (cluster) => {
  test('an unknown field is refused', async () => {
    const namespace = await cluster.freshNamespace();
    const wrong = deployment(namespace, 'web', 1);
    wrong.spec = { ...wrong.spec, replicsa: 2 };

    const [result] = await cluster.apply([wrong]);

    expect(result).toMatchObject({ ok: false, code: 500, ref: { kind: 'Deployment', name: 'web', namespace } });
    expect(result.message).toContain('.spec.replicsa');
    await expect(cluster.find(result.ref)).resolves.toBeUndefined();
    await expect(cluster.create(wrong)).rejects.toThrow('unknown field "spec.replicsa"');
  });

  test('an unknown kind is refused', async () => {
    const [result] = await cluster.apply([{ apiVersion: 'example.com/v1', kind: 'Nothing', metadata: { name: 'a' } }]);

    expect(result).toMatchObject({ ok: false, code: 404 });
    expect(refusals([result])).toEqual([
      'example.com/v1 Nothing a: 404 the API server knows no kind Nothing in example.com/v1',
    ]);
  });

  test('a dry run stores nothing', async () => {
    const namespace = await cluster.freshNamespace();

    const [result] = await cluster.apply([deployment(namespace, 'web', 1)], { dryRun: true });

    expect(result).toMatchObject({ ok: true, code: 201 });
    await expect(cluster.find(result.ref)).resolves.toBeUndefined();
  });

  test('a whole application is applied in one call, whatever its order', async () => {
    const namespace = `${await cluster.freshNamespace()}-app`;
    const objects: KubernetesObject[] = [
      deployment(namespace, 'web', 1),
      pod(namespace, 'alone', podSpec({ serviceAccountName: 'runner' }, { resources: { requests: { cpu: '100m' } } })),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'runner', namespace } },
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'limit', namespace },
        spec: { hard: { pods: '9' } },
      },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ];

    const results = await cluster.apply(objects);

    expect(refusals(results)).toEqual([]);
    expect(results.map(({ ref }) => ref.kind)).toEqual(objects.map(({ kind }) => kind));
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  });

  test('Pod Security "restricted" refuses a privileged Pod, and "warn" warns', async () => {
    const privileged = podSpec({}, { securityContext: { privileged: true } });
    const strict = await cluster.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const lenient = await cluster.freshNamespace({ 'pod-security.kubernetes.io/warn': 'restricted' });

    const [good, bad, warned] = await cluster.apply([
      pod(strict, 'good'),
      pod(strict, 'bad', privileged),
      pod(lenient, 'bad', privileged),
    ]);

    expect(good).toMatchObject({ ok: true, warnings: [] });
    expect(bad).toMatchObject({ ok: false, code: 403 });
    expect(bad.message).toContain('violates PodSecurity "restricted:latest": privileged');
    expect(warned.ok).toBe(true);
    expect(warned.warnings.join()).toContain('would violate PodSecurity "restricted:latest": privileged');
  });

  test('a quota refuses what exceeds it', async () => {
    const namespace = await cluster.freshNamespace();
    const spec = { hard: { 'requests.cpu': '1' } };
    const asking = (cpu: string): Record<string, unknown> => podSpec({}, { resources: { requests: { cpu } } });

    const quota: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'cpu', namespace },
      spec,
    };
    expect(refusals(await cluster.apply([quota, pod(namespace, 'fits', asking('600m'))]))).toEqual([]);
    const [result] = await cluster.apply([pod(namespace, 'exceeds', asking('600m'))]);

    expect(result).toMatchObject({ ok: false, code: 403 });
    expect(result.message).toContain('exceeded quota: cpu, requested: requests.cpu=600m, used: requests.cpu=600m');
  });

  test('a LimitRange fills in what a Pod does not say', async () => {
    const namespace = await cluster.freshNamespace();
    const spec = { limits: [{ type: 'Container', default: { cpu: '2' }, defaultRequest: { cpu: '250m' } }] };
    const limits: KubernetesObject = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'a', namespace }, spec };

    const [, result] = await cluster.apply([limits, pod(namespace, 'plain')]);

    expect(result.object?.spec?.containers).toMatchObject([
      { resources: { limits: { cpu: '2' }, requests: { cpu: '250m' } } },
    ]);
  });

  test('a ValidatingAdmissionPolicy sees the user', async () => {
    const namespace = await cluster.freshNamespace();
    const group = { apiVersion: 'admissionregistration.k8s.io/v1' };
    const scope = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
    const policy = {
      matchConstraints: { resourceRules: [rule], ...scope },
      validations: [{ expression: "request.userInfo.username != 'mallory'", message: 'not you' }],
    };
    const name = `policy-${namespace}`;
    await cluster.apply([
      { ...group, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: policy },
      {
        ...group,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name },
        spec: { policyName: name, validationActions: ['Deny'] },
      },
    ]);
    const asUser = { user: 'mallory', groups: ['system:masters'] };
    const config: KubernetesObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace } };

    const [refused] = await cluster.apply([config], { asUser });
    expect(refused.message).toContain('not you');
    expect(refusals(await cluster.apply([config]))).toEqual([]);
  });

  test('RBAC says yes and no', async () => {
    const namespace = await cluster.freshNamespace();
    const rbac = 'rbac.authorization.k8s.io';
    const results = await cluster.apply([
      {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'readers', namespace },
        roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
        subjects: [{ apiGroup: rbac, kind: 'Group', name: 'analysts' }],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'Role',
        metadata: { name: 'reader', namespace },
        rules: [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }],
      },
    ]);
    expect(refusals(results)).toEqual([]);
    const ann = { user: 'ann', groups: ['analysts'], resource: 'pods', namespace };

    await expect(cluster.canI({ ...ann, verb: 'get' })).resolves.toBe(true);
    await expect(cluster.canI({ ...ann, verb: 'get', subresource: 'log' })).resolves.toBe(true);
    await expect(cluster.canI({ ...ann, verb: 'delete' })).resolves.toBe(false);
    await expect(cluster.canI({ ...ann, verb: 'get', groups: [] })).resolves.toBe(false);
    await expect(cluster.canI({ ...ann, verb: 'get', namespace: 'default' })).resolves.toBe(false);
    const [refused] = await cluster.apply([pod(namespace, 'p')], { asUser: { user: 'ann', groups: ['analysts'] } });
    expect(refused).toMatchObject({ ok: false, code: 403 });
  });

  test('a role that is the sum of others gives what they give, as soon as they are applied', async () => {
    const namespace = await cluster.freshNamespace();
    const rbac = 'rbac.authorization.k8s.io';
    const role = { apiVersion: `${rbac}/v1`, kind: 'ClusterRole' };
    const labels = { 'example.com/part-of': namespace };
    const parts = ['configmaps', 'pods', 'services', 'secrets', 'events'];
    const results = await cluster.apply([
      {
        ...role,
        kind: 'ClusterRoleBinding',
        metadata: { name: namespace },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: namespace },
        subjects: [{ apiGroup: rbac, kind: 'User', name: namespace }],
      },
      {
        ...role,
        metadata: { name: namespace },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
      },
      ...parts.map((resource) => ({
        ...role,
        metadata: { name: `${namespace}-${resource}`, labels },
        rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }],
      })),
    ]);
    expect(refusals(results)).toEqual([]);
    for (const resource of parts) {
      await expect(cluster.canI({ user: namespace, verb: 'get', resource })).resolves.toBe(true);
    }
  });

  const testWithCrds = cluster.crdsAvailable ? test : test.skip;

  testWithCrds('a third-party CRD is installed, and an object that breaks its schema refused', async () => {
    const namespace = await cluster.freshNamespace();
    const unknown = { group: 'kueue.x-k8s.io', kind: 'NoSuchKind' };

    const missing = await cluster.installCrds([{ group: 'kueue.x-k8s.io', kind: 'LocalQueue' }, unknown]);

    expect(missing).toEqual([unknown]);
    const queue = (name: string, spec: Record<string, unknown>): KubernetesObject => ({
      apiVersion: 'kueue.x-k8s.io/v1beta2',
      kind: 'LocalQueue',
      metadata: { name, namespace },
      spec,
    });
    const [good, bad, unknownField] = await cluster.apply([
      queue('good', { clusterQueue: 'main' }),
      queue('bad', { clusterQueue: 'Not a name!' }),
      queue('unknown', { clusterQueue: 'main', queue: 'main' }),
    ]);
    expect(good.message).toBe('');
    expect(bad).toMatchObject({ ok: false, code: 422 });
    expect(bad.message).toContain('spec.clusterQueue');
    expect(unknownField.message).toContain('.spec.queue');
  });

  test('a CRD and an object of its kind are applied in one call', async () => {
    const schema = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    };
    const names = { kind: 'Widget', plural: 'widgets', singular: 'widget' };
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } };
    const results = await cluster.apply([
      { apiVersion: 'harness.example.com/v1', kind: 'Widget', metadata: { name: 'a' }, spec: { size: 1 } },
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'widgets.harness.example.com' },
        spec: { group: 'harness.example.com', names, scope: 'Cluster', versions: [version] },
      },
    ]);

    expect(refusals(results)).toEqual([]);
  });
});
