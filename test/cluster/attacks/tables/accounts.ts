import type { Identity, KubernetesObject, ObjectReference } from '../../types';
import { type Attack, DORA, MALIK, refused, VISION } from '../attack';
import type { AttackBench } from '../bench';
import { answerTo, DAVE, pod, type PodParts, refusedUnlike, tokenOf } from '../pods';

const SPARK = tokenOf('spark');
const FLINK = tokenOf('flink');

function object(kind: string, name: string, spec: Record<string, unknown>, apiVersion = 'nstarx.io/v1alpha1') {
  return { apiVersion, kind, metadata: { name, namespace: VISION }, spec };
}

function workflow(serviceAccountName: string): KubernetesObject {
  const stages = [{ name: 'train', type: 'container', config: { image: 'registry.example.com/train:1.0' } }];
  return object('MLWorkflow', 'train', { type: 'training', stages, serviceAccountName });
}

function pipeline(serviceAccountName?: string): KubernetesObject {
  return object('DataPipeline', 'orders', {
    type: 'batch',
    source: { type: 'datalake', config: { path: 's3://lake/raw/orders/', format: 'parquet' } },
    sink: { type: 'datalake', config: { path: 's3://lake/clean/orders/', format: 'parquet' } },
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
  });
}

function model(serviceAccountName: string): KubernetesObject {
  return object('AIModel', 'churn', {
    type: 'sklearn',
    version: '1.0',
    storage: { location: 's3://models/churn/1.0' },
    serving: { resources: { requests: { memory: '1Gi' } }, serviceAccountName },
  });
}

function executor({ labels, ...parts }: PodParts = {}): KubernetesObject {
  return pod({ labels: { 'spark-role': 'executor', ...labels }, serviceAccountName: 'spark', ...parts });
}

function taskManager(parts: PodParts = {}): KubernetesObject {
  const labels = { app: 'orders', component: 'taskmanager', type: 'flink-native-kubernetes' };
  return pod({ labels, serviceAccountName: 'flink', automountServiceAccountToken: true, ...parts });
}

function service(spec: Record<string, unknown>): KubernetesObject {
  return object('Service', 'mirror', { ports: [{ port: 443 }], ...spec }, 'v1');
}

function configMap(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: VISION }, data: { a: 'b' } };
}

const reference = (kind: string, name: string, apiVersion = 'v1'): ObjectReference => ({
  apiVersion,
  kind,
  name,
  namespace: VISION,
});

const ENGINE = /must not be the account of an engine/;

/** What is not there cannot be refused for what it is: the object is made first, and is still there afterwards. */
function keeps(made: KubernetesObject, by: Identity, message: RegExp): Attack['attempt'] {
  return async ({ cluster }: AttackBench) => {
    const stored = await cluster.create(made);
    const ref = { ...reference(made.kind, stored.metadata.name ?? '', made.apiVersion) };
    try {
      await expect(cluster.delete(ref, { asUser: by })).rejects.toThrow(message);
      expect(await cluster.find(ref)).toBeDefined();
    } finally {
      await cluster.delete(ref);
    }
  };
}

const IN_A_DRIVER = { who: 'program in a Spark driver of vision' };
const IN_A_JOB_MANAGER = { who: 'program in a Flink job manager of vision' };
const BY_A_SPEC = {
  gain: 'a program that runs with what the engine may do: other pods, Workflows, Deployments',
  defence: 'schema: no account of an engine',
};

/** Attacks by the ServiceAccounts of engines. */
export const ACCOUNTS: readonly Attack[] = [
  ...['argo-workflow-resources', 'spark', 'flink', 'trainer'].map((account) => ({
    ...BY_A_SPEC,
    who: 'data scientist of vision',
    request: `an MLWorkflow whose stages run as ${account}`,
    attempt: refused(workflow(account), DORA, ENGINE),
  })),
  {
    ...BY_A_SPEC,
    who: 'data scientist of vision',
    request: 'a DataPipeline that runs as argo-workflow-resources',
    attempt: refusedUnlike(pipeline('argo-workflow-resources'), pipeline(), DORA, ENGINE),
  },
  {
    ...BY_A_SPEC,
    who: 'ML engineer of vision',
    request: 'an AIModel that is served as spark',
    attempt: refusedUnlike(model('spark'), model('default'), MALIK, ENGINE),
  },
  {
    ...BY_A_SPEC,
    who: 'data scientist of vision',
    request: 'a FeatureStore whose jobs run as flink',
    attempt: refused(object('FeatureStore', 'shop', { features: [], serviceAccountName: 'flink' }), DORA, ENGINE),
  },
  ...[workflow('payments'), pipeline('payments'), model('payments')].map((one) => ({
    who: 'data scientist of vision',
    request: `${one.kind === 'AIModel' ? 'an' : 'a'} ${one.kind} that runs as payments, an account of another program in the namespace`,
    gain: 'what that program may do in the cluster and in the cloud',
    defence: 'policy account-use',
    attempt: refused(one, DORA, /dora may not use payments: leave it out/),
  })),
  ...[
    ['sparkoperator.k8s.io/v1beta2', 'SparkApplication'],
    ['flink.apache.org/v1beta1', 'FlinkDeployment'],
    ['argoproj.io/v1alpha1', 'Workflow'],
    ['trainer.kubeflow.org/v1alpha1', 'TrainJob'],
  ].map(([apiVersion, kind]) => ({
    who: 'data scientist of vision',
    request: `a ${kind}, past the platform's kinds`,
    gain: 'pods of any shape and account',
    defence: 'roles: personas write the kinds of the platform and no others',
    attempt: refused(object(kind, 'own', {}, apiVersion), DORA, /is forbidden: User "dora" cannot create/),
  })),
  {
    ...IN_A_DRIVER,
    request: 'a pod that is no executor',
    gain: 'a program that outlives the run and that no operator knows of',
    defence: 'policy spark-pods',
    attempt: refusedUnlike(pod({ serviceAccountName: 'spark' }), executor(), SPARK, /make executors only/),
  },
  {
    ...IN_A_DRIVER,
    request: 'an executor that runs as argo-workflow-resources',
    gain: 'what that account may do',
    defence: 'policy spark-pods',
    attempt: refused(executor({ serviceAccountName: 'argo-workflow-resources' }), SPARK, /run as it and as no other/),
  },
  {
    ...IN_A_DRIVER,
    request: 'an executor with the token of its account',
    gain: 'the rights of a driver for a program that runs on after it',
    defence: 'policy spark-pods',
    attempt: refused(executor({ automountServiceAccountToken: true }), SPARK, /executors call no API server/),
  },
  {
    ...IN_A_DRIVER,
    request: 'an executor that mounts a token as a projected volume',
    gain: 'the rights of a driver for a program that runs on after it',
    defence: 'policy spark-pods',
    attempt: async (bench) => {
      const mounting = (audience?: string): KubernetesObject =>
        executor({
          volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', audience } }] } }],
        });
      expect(await answerTo(bench, mounting(), SPARK)).toMatch(/executors call no API server/);
      expect(await answerTo(bench, mounting('https://kubernetes.default.svc'), SPARK)).toMatch(/call no API server/);
      // as EKS adds it
      expect(await answerTo(bench, mounting('pods.eks.amazonaws.com'), SPARK)).toBe('accepted');
    },
  },
  {
    ...IN_A_DRIVER,
    request: 'an executor with a Secret of the namespace in its environment',
    gain: 'what is in any Secret of the namespace',
    defence: 'policy spark-pods',
    attempt: refused(
      executor({
        container: {
          env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'payments', key: 'password' } } }],
        },
      }),
      SPARK,
      /executors have the Secrets that the platform gives them and no others/,
    ),
  },
  {
    ...IN_A_DRIVER,
    request: 'an executor that mounts a Secret of the namespace',
    gain: 'what is in any Secret of the namespace',
    defence: 'policy spark-pods',
    attempt: refused(
      executor({ volumes: [{ name: 'secret', secret: { secretName: 'payments' } }] }),
      SPARK,
      /executors have the Secrets that the platform gives them and no others/,
    ),
  },
  {
    ...IN_A_DRIVER,
    request: 'a Service with the address of another server as externalIPs',
    gain: 'the traffic of the whole cluster to that address (CVE-2020-8554)',
    defence: 'roles: the account of Spark makes no Services',
    attempt: refused(
      service({ externalIPs: ['203.0.113.7'] }),
      SPARK,
      /cannot create resource "services"|may leave externalIPs/,
    ),
  },
  {
    ...IN_A_DRIVER,
    request: 'the deletion of a claim with the data of another program',
    gain: 'data that is lost',
    defence: 'roles: the account of Spark has no right to claims',
    attempt: keeps(
      object(
        'PersistentVolumeClaim',
        'ledger',
        { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        'v1',
      ),
      SPARK,
      /cannot delete resource "persistentvolumeclaims"/,
    ),
  },
  {
    ...IN_A_DRIVER,
    request: 'the deletion of a ConfigMap of another program',
    gain: 'a program that no longer starts',
    defence: 'policy spark-configmaps',
    attempt: keeps(configMap('ledger'), SPARK, /make the configuration of executors only/),
  },
  {
    ...IN_A_DRIVER,
    request: 'the deletion of a pod of another program',
    gain: 'a program that is ended',
    defence: 'policy spark-pods',
    attempt: keeps(pod({ labels: { app: 'ledger' } }), SPARK, /make executors only/),
  },
  {
    ...IN_A_DRIVER,
    request: 'a ConfigMap with a name that a model will want',
    gain: 'the content of an object that an operator takes for its own',
    defence: 'policy spark-configmaps',
    attempt: refusedUnlike(
      configMap('churn-monitoring'),
      configMap('spark-exec-5f2d9e9a1c3b7f01-conf-map'),
      SPARK,
      /make the configuration of executors only/,
    ),
  },
  {
    ...IN_A_JOB_MANAGER,
    request: 'a Deployment whose pods run as any account',
    gain: 'pods of any shape, made by a controller and not by the account',
    defence: 'roles: the account of Flink reads Deployments and writes none',
    attempt: refused(object('Deployment', 'own', {}, 'apps/v1'), FLINK, /cannot create resource "deployments"/),
  },
  {
    ...IN_A_JOB_MANAGER,
    request: 'a task manager that runs as argo-workflow-resources',
    gain: 'what that account may do',
    defence: 'policy flink-pods',
    attempt: refusedUnlike(
      taskManager({ serviceAccountName: 'argo-workflow-resources' }),
      taskManager(),
      FLINK,
      /run as it and as no other/,
    ),
  },
  {
    ...IN_A_JOB_MANAGER,
    request: 'a change of a ConfigMap of another program',
    gain: 'what that program does',
    defence: 'policy flink-configmaps',
    attempt: async (bench) => {
      const { cluster } = bench;
      await cluster.create(configMap('ledger'));
      const ref = reference('ConfigMap', 'ledger');
      try {
        await expect(cluster.patch(ref, { data: { a: 'c' } }, { asUser: FLINK })).rejects.toThrow(
          /make ConfigMaps of leaders and checkpoints only/,
        );
        expect(await answerTo(bench, configMap('orders-cluster-config-map'), FLINK)).toBe('accepted');
      } finally {
        await cluster.delete(ref);
      }
    },
  },
  {
    who: 'developer of the team of vision',
    request: 'a Service with the address of another server as externalIPs',
    gain: 'the traffic of the whole cluster to that address (CVE-2020-8554)',
    defence: 'policy tenant-services',
    attempt: refusedUnlike(
      service({ externalIPs: ['203.0.113.7'] }),
      service({}),
      DAVE,
      /spec.externalIPs: leave it out/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a stage that reads the token of its account',
    gain: 'results of other runs, which it could write in their name',
    defence: "Argo's own containers have the token, the program has none",
    attempt: async ({ cluster }) => {
      const spec = { ...workflow('default').spec };
      delete spec.serviceAccountName;
      await cluster.create(object('MLWorkflow', 'tokens', spec), { asUser: DORA });
      const ref = reference('MLWorkflow', 'tokens', 'nstarx.io/v1alpha1');
      const template = reference('WorkflowTemplate', 'tokens', 'argoproj.io/v1alpha1');
      try {
        const made = await cluster.waitFor(template, () => true, 60_000);
        const templates = made.spec?.templates as { name: string; podSpecPatch?: string }[];
        const stage = templates.find(({ name }) => name === 'stage-train');
        const patch = JSON.parse(stage?.podSpecPatch ?? '{}') as Record<string, unknown>;
        expect(patch.automountServiceAccountToken).toBe(false);
        const containers = patch.containers as { name: string; volumeMounts?: { name: string }[] }[];
        const withToken = containers.filter((one) => one.volumeMounts?.some(({ name }) => name === 'executor-token'));
        expect(withToken.map(({ name }) => name)).toEqual(['wait']);
      } finally {
        await cluster.delete(ref);
        await cluster.waitForGone(ref, 60_000);
      }
    },
  },
];
