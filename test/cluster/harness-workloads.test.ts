import { refusals } from './apply';
import { ApiError } from './client';
import { describeCluster } from './connect';
import { deployment, job, pod, podSpec } from './fixtures';
import { conditionOf, type KubernetesObject, referenceTo } from './types';

const isRunning = (object: KubernetesObject): boolean => object.status?.phase === 'Running';
const isTrue = (type: string) => (object: KubernetesObject) => conditionOf(object, type)?.status === 'True';

describeCluster('a test cluster runs workloads', (cluster) => {
  test('a Deployment becomes Available, on several zones', async () => {
    const namespace = await cluster.freshNamespace();
    const [result] = await cluster.apply([deployment(namespace, 'web', 3)]);

    const object = await cluster.waitFor(result.ref, isTrue('Available'));

    expect(object.status).toMatchObject({ availableReplicas: 3 });
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: 'app=web' });
    expect(new Set(pods.map(({ spec }) => spec?.nodeName)).size).toBeGreaterThan(1);
  });

  test('a Job completes, and one made from a CronJob', async () => {
    const namespace = await cluster.freshNamespace();
    const once = job(namespace, 'once');
    const spec = { schedule: '0 0 1 1 *', jobTemplate: { spec: once.spec } };
    const cronJob: KubernetesObject = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly', namespace },
      spec,
    };
    expect(refusals(await cluster.apply([once, cronJob]))).toEqual([]);

    const fromCronJob = await cluster.runCronJob(referenceTo(cronJob), 'nightly-now');

    await cluster.waitFor(referenceTo(once), isTrue('Complete'));
    await cluster.waitFor(fromCronJob, isTrue('Complete'));
  });

  test('StatefulSet, DaemonSet and owner clean-up work', async () => {
    const namespace = await cluster.freshNamespace();
    const labels = { app: 'db' };
    const common = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec() } };
    const metadata = { name: 'db', namespace };
    const [stateful, daemon] = await cluster.apply([
      { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { ...common, replicas: 2, serviceName: 'db' } },
      { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: common },
    ]);

    await cluster.waitFor(stateful.ref, ({ status }) => status?.readyReplicas === 2);
    await cluster.waitFor(daemon.ref, ({ status }) => Number(status?.numberReady) >= 3);
    await cluster.delete(stateful.ref);
    await cluster.waitForGone({ apiVersion: 'v1', kind: 'Pod', name: 'db-0', namespace });
  });

  test.each(['Immediate', 'WaitForFirstConsumer'])('a claim gets its volume, binding %s', async (volumeBindingMode) => {
    const namespace = await cluster.freshNamespace();
    const storageClassName = `fast-${namespace}`;
    const labels = { app: 'db' };
    const volumes = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName };
    const [, { ref }] = await cluster.apply([
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: storageClassName },
        provisioner: 'csi.example.com',
        volumeBindingMode,
      },
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db', namespace },
        spec: {
          replicas: 2,
          serviceName: 'db',
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podSpec({}, volumes) },
          volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
        },
      },
    ]);

    await cluster.waitFor(ref, ({ status }) => status?.readyReplicas === 2);
    const [bound] = await cluster.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' }, { namespace });
    expect(bound.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });

    await cluster.delete(ref);
    await cluster.waitForGone({ apiVersion: 'v1', kind: 'Pod', name: 'db-0', namespace });
    await cluster.delete(referenceTo(bound));
    await cluster.waitForGone({ apiVersion: 'v1', kind: 'PersistentVolume', name: String(bound.spec?.volumeName) });
  });

  test('a Pod that asks for a GPU waits until a node has one', async () => {
    const namespace = await cluster.freshNamespace();
    const pool = { 'harness.example.com/pool': namespace };
    const taints = [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' as const }];
    const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists' }];
    const resources = { limits: { 'nvidia.com/gpu': '1' } };
    await cluster.addNodes([{ name: `cpu-${namespace}`, labels: pool }]);

    const [result] = await cluster.apply([
      pod(namespace, 'trainer', podSpec({ nodeSelector: pool, tolerations }, { resources })),
    ]);

    const pending = await cluster.waitFor(
      result.ref,
      (object) => conditionOf(object, 'PodScheduled')?.status === 'False',
    );
    expect(pending.status?.phase).toBe('Pending');
    expect(conditionOf(pending, 'PodScheduled')?.message).toContain('Insufficient nvidia.com/gpu');

    await cluster.addNodes([{ name: `gpu-${namespace}`, labels: pool, taints, capacity: { 'nvidia.com/gpu': '4' } }]);
    const running = await cluster.waitFor(result.ref, isRunning);
    expect(running.spec?.nodeName).toBe(`gpu-${namespace}`);
    for (const name of [`cpu-${namespace}`, `gpu-${namespace}`]) {
      await cluster.delete({ apiVersion: 'v1', kind: 'Node', name });
    }
  });

  test('waiting without success says what was seen', async () => {
    const namespace = await cluster.freshNamespace();
    const [result] = await cluster.apply([pod(namespace, 'nowhere', podSpec({ nodeSelector: { no: 'such' } }))]);
    await cluster.waitFor(result.ref, (object) => conditionOf(object, 'PodScheduled') !== undefined);

    const failure = cluster.waitFor(result.ref, isRunning, 500);

    await expect(failure).rejects.toThrow(
      /Pod test-\w+\/nowhere: not so after 500 ms[^]*"phase": "Pending"[^]*FailedScheduling/,
    );
  });

  test('kubectl works on it', async () => {
    const namespace = await cluster.freshNamespace();
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(pod(namespace, 'by-hand')));

    await cluster.waitFor({ apiVersion: 'v1', kind: 'Pod', name: 'by-hand', namespace }, isRunning);
    await expect(cluster.get({ apiVersion: 'v1', kind: 'Pod', name: 'none', namespace })).rejects.toThrow(ApiError);
  });
});
