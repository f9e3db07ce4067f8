import { until } from '../../../support/waiting';
import type { Cluster } from '../../cluster';
import { ownersOf } from '../../metacontroller/children';
import { type Identity, type KubernetesObject, type ObjectReference, referenceTo } from '../../types';
import { type Attack, DORA, FIONA, FRAUD, FRED, MALIK, notAccepted, refused, VISION } from '../attack';

const API = 'nstarx.io/v1alpha1';
/** The platform's bucket for models and data. */
const BUCKET = 's3://local-artifacts';
const POLICY =
  'policy lake-folders, and behind it the permissions of the account, which has the folders of its namespace only';
const OUTSIDE = (field: string) => new RegExp(`${field}: the pods of namespace vision do not reach that place`);

function model(location: string, spec: object = {}): KubernetesObject {
  const serving = { resources: { requests: { cpu: '1', memory: '1Gi' } } };
  return object('AIModel', { type: 'sklearn', version: '1.0', storage: { location }, serving, ...spec });
}

function deployed(uri: string): KubernetesObject {
  return {
    apiVersion: 'mlifecycle.io/v1',
    kind: 'ModelDeployment',
    metadata: { name: 'churn', namespace: VISION },
    spec: {
      model: { name: 'churn', version: '1.0', framework: 'onnx', artifact: { uri } },
      metrics: { accuracy: 0.9, f1_score: 0.9 },
    },
  };
}

function pipeline(
  source: object,
  sink: object = { path: `${BUCKET}/lake/vision/out/` },
  rest: object = {},
): KubernetesObject {
  return object('DataPipeline', {
    source: { type: 'datalake', config: source },
    sink: { type: 'datalake', config: sink },
    ...rest,
  });
}

function workflow(config: object, rest: object = {}, namespace = VISION, type = 'container'): KubernetesObject {
  const stages = [{ name: 'train', type, config: { image: 'ghcr.io/acme/train:1.0.0', ...config } }];
  return object('MLWorkflow', { type: 'training', stages, ...rest }, namespace);
}

function store(offline: object): KubernetesObject {
  const source = { type: 'batch', query: 'SELECT * FROM orders' };
  return object('FeatureStore', { features: [{ name: 'age', type: 'float', source }], serving: { offline } });
}

function object(kind: string, spec: object, namespace = VISION): KubernetesObject {
  return { apiVersion: API, kind, metadata: { name: 'churn', namespace }, spec: { ...spec } };
}

/** Creates objects as users, looks at what operators make of them, and removes them. */
function looking(
  given: readonly (readonly [KubernetesObject, Identity])[],
  look: (cluster: Cluster) => Promise<void>,
): Attack['attempt'] {
  return async ({ cluster }) => {
    const made: ObjectReference[] = [];
    try {
      for (const [one, asUser] of given) made.push(referenceTo(await cluster.create(one, { asUser })));
      await look(cluster);
    } finally {
      for (const ref of made) await cluster.delete(ref);
      for (const ref of made) await cluster.waitForGone(ref, 60_000);
    }
  };
}

/** The object that an operator makes of the one that is there now: what it made of the one before may not be collected yet. */
async function child(
  cluster: Cluster,
  apiVersion: string,
  kind: string,
  name: string,
  namespace = VISION,
): Promise<KubernetesObject> {
  let found: KubernetesObject | undefined;
  await until(`${kind} ${name} of an object that is there`, 60_000, async () => {
    found = await cluster.waitFor({ apiVersion, kind, name, namespace }, () => true, 60_000);
    const owner = ownersOf(found).find(({ controller }) => controller);
    if (owner === undefined) return false;
    const parents = await cluster.list({ apiVersion: owner.apiVersion, kind: owner.kind }, { namespace });
    return parents.some(({ metadata }) => metadata.uid === owner.uid);
  });
  if (found === undefined) throw new Error('not found');
  return found;
}

interface Template {
  readonly name: string;
  readonly container?: { readonly env: readonly { readonly name: string; readonly value?: string }[] };
}

/** The variables of a stage, as Argo fills them in for a run. */
async function variablesOf(cluster: Cluster, stage: string, namespace: string): Promise<Record<string, string>> {
  const { spec } = await child(cluster, 'argoproj.io/v1alpha1', 'WorkflowTemplate', 'churn', namespace);
  const { templates } = spec as unknown as { readonly templates: readonly Template[] };
  const env = templates.find(({ name }) => name === `stage-${stage}`)?.container?.env ?? [];
  return Object.fromEntries(
    env.map(({ name, value = '' }) => [name, value.replaceAll('{{workflow.name}}', 'churn-1')]),
  );
}

interface Rule {
  readonly to?: readonly { readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] } }[];
  readonly ports?: readonly { readonly port: number }[];
}

/** Expects that a policy lets nobody out to a port, and to no address that is not public. */
async function expectEgress(cluster: Cluster, policy: string, closed: readonly number[]): Promise<void> {
  const { spec } = await child(cluster, 'networking.k8s.io/v1', 'NetworkPolicy', policy);
  const { egress } = spec as unknown as { readonly egress: readonly Rule[] };
  const open = egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port));
  expect(open.filter((port) => closed.includes(port))).toEqual([]);
  for (const { to = [] } of egress) {
    for (const { ipBlock } of to) {
      if (ipBlock?.cidr !== '0.0.0.0/0') continue;
      expect(ipBlock.except).toEqual(expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16', '192.168.0.0/16']));
    }
  }
}

const registration = (name: string) => ({
  stages: [
    { name: 'train', type: 'container', config: { image: 'ghcr.io/acme/train:1.0.0' } },
    { name: 'register', type: 'model-registry', config: { name } },
  ],
});

/** Attacks on the data, models and runs of others. */
export const DATA: readonly Attack[] = [
  {
    who: 'ML engineer of vision',
    request: 'an AIModel whose location is in the folder of fraud',
    gain: "fraud's model, served under an address of vision",
    defence: POLICY,
    attempt: async (bench) => {
      await refused(model(`${BUCKET}/models/fraud/scoring/1.0`), MALIK, OUTSIDE('spec.storage.location'))(bench);
      // the honest use
      await refused(model(`${BUCKET}/models/vision/churn/1.0`), MALIK, /^accepted$/)(bench);
    },
  },
  {
    who: 'ML engineer of vision',
    request: 'a ModelDeployment whose artifact is in the folder of fraud',
    gain: "fraud's model, served under an address of vision",
    defence: POLICY,
    attempt: async (bench) => {
      await refused(deployed(`${BUCKET}/models/fraud/scoring/1.0/`), MALIK, OUTSIDE('spec.model.artifact.uri'))(bench);
      await refused(
        deployed(`s3a${BUCKET.slice(2)}/models/fraud/scoring/`),
        MALIK,
        OUTSIDE('spec.model.artifact.uri'),
      )(bench);
      // the honest use
      await refused(deployed(`${BUCKET}/models/vision/churn/1.0/`), MALIK, /^accepted$/)(bench);
    },
  },
  {
    who: 'ML engineer of vision',
    request: 'the same by another scheme of the same store, s3a',
    gain: "fraud's model, which a comparison of texts would let through",
    defence: POLICY,
    attempt: refused(model('s3a://local-artifacts/models/fraud/scoring/1.0'), MALIK, OUTSIDE('spec.storage.location')),
  },
  {
    who: 'ML engineer of vision',
    request: 'an AIModel whose location is the bucket itself',
    gain: 'everything that the platform has, in the file system of a server of theirs',
    defence: POLICY,
    attempt: refused(model(BUCKET), MALIK, OUTSIDE('spec.storage.location')),
  },
  {
    who: 'ML engineer of vision',
    request: 'a location that begins in the own folder and leaves it by ..',
    gain: "fraud's model, where a file system resolves the path after the check",
    defence: 'grammar of locations: they stay in their folder',
    attempt: refused(
      model(`${BUCKET}/models/vision/../fraud/scoring`),
      MALIK,
      /storage\.location.*must stay in its folder/,
    ),
  },
  {
    who: 'ML engineer of vision',
    request: 'a location in a folder whose name begins like the own one',
    gain: 'the folder of a namespace vision-of-fraud, by a prefix without its slash',
    defence: POLICY,
    attempt: refused(model(`${BUCKET}/models/vision-of-fraud/scoring`), MALIK, OUTSIDE('spec.storage.location')),
  },
  {
    who: 'ML engineer of vision',
    request: 'a baseline of drift in the folder of fraud',
    gain: "the distribution of fraud's training data, in metrics of vision",
    defence: POLICY,
    attempt: refused(
      model(`${BUCKET}/models/vision/churn/1.0`, {
        monitoring: { drift: { enabled: true, baseline: `${BUCKET}/lake/fraud/payments/` } },
      }),
      MALIK,
      OUTSIDE('spec.monitoring.drift.baseline'),
    ),
  },
  {
    who: 'ML engineer of vision',
    request: 'a change of an AIModel that was accepted, to a location of fraud',
    gain: 'what creation refuses, by an update',
    defence: POLICY,
    attempt: looking([[model(`${BUCKET}/models/vision/churn/1.0`), MALIK]], async (cluster) => {
      const ref = { apiVersion: API, kind: 'AIModel', name: 'churn', namespace: VISION };
      const change = { spec: { storage: { location: `${BUCKET}/models/fraud/scoring/1.0` } } };
      await expect(cluster.patch(ref, change, { asUser: MALIK })).rejects.toThrow(OUTSIDE('spec.storage.location'));
    }),
  },
  {
    who: 'data scientist of vision',
    request: 'a DataPipeline that reads the tables of fraud',
    gain: "fraud's payments, in a folder of vision",
    defence: POLICY,
    attempt: async (bench) => {
      await refused(
        pipeline({ path: `${BUCKET}/lake/fraud/payments/` }),
        DORA,
        OUTSIDE('spec.source.config.path'),
      )(bench);
      await refused(pipeline({ path: `${BUCKET}/lake/vision/in/` }), DORA, /^accepted$/)(bench);
    },
  },
  {
    who: 'data scientist of vision',
    request: "a DataPipeline that overwrites a table of the platform's pipelines",
    gain: 'figures of everybody who reads that table',
    defence: POLICY,
    attempt: refused(
      pipeline(
        { path: `${BUCKET}/lake/vision/in/` },
        { path: `${BUCKET}/lake/data-processing/orders/`, mode: 'overwrite' },
      ),
      DORA,
      OUTSIDE('spec.sink.config.path'),
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a DataPipeline that looks tables of fraud up, by an option',
    gain: "fraud's tables, joined row by row",
    defence: POLICY,
    attempt: refused(
      pipeline({ path: `${BUCKET}/lake/vision/in/`, options: { lookupLocation: `${BUCKET}/lake/fraud/` } }),
      DORA,
      /spec[.]source[.]config[.]options[.][*]: the pods of namespace vision do not reach that place/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an MLWorkflow whose data set is the data of fraud',
    gain: "a model of vision that was trained on fraud's data",
    defence: POLICY,
    attempt: refused(
      workflow({ dataset: `${BUCKET}/lake/fraud/payments/` }, {}, VISION, 'ml-training'),
      DORA,
      /spec[.]stages\[\][.]config[.]dataset/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an MLWorkflow that keeps its state among the checkpoints of fraud',
    gain: "the state of fraud's trainings, to read and to replace",
    defence: POLICY,
    attempt: refused(
      workflow({}, { checkpoints: { path: `${BUCKET}/workflows/fraud/` } }),
      DORA,
      OUTSIDE('spec.checkpoints.path'),
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a place of fraud in a variable and in an argument of a stage',
    gain: 'the same, by a program that reads its place there',
    defence: POLICY,
    attempt: async (bench) => {
      const place = `${BUCKET}/models/fraud/scoring/1.0`;
      await refused(
        workflow({ environment: { MODEL: place } }),
        DORA,
        /spec[.]stages\[\][.]config[.]environment/,
      )(bench);
      await refused(workflow({ arguments: [place] }), DORA, /spec[.]stages\[\][.]config[.]arguments\[\]/)(bench);
    },
  },
  {
    who: 'data scientist of vision',
    request: 'a FeatureStore that keeps its values in the folder of fraud',
    gain: "the registry and the values of fraud's features, to read and to replace",
    defence: POLICY,
    attempt: refused(
      store({ storage: 'parquet', path: `${BUCKET}/features/fraud/scoring/` }),
      DORA,
      OUTSIDE('spec.serving.offline.path'),
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a DataPipeline in the consumer group of fraud',
    gain: "a share of fraud's messages, which fraud then misses",
    defence: 'the group is <namespace>.<name>, and options that name another are refused',
    attempt: notAccepted(
      object('DataPipeline', {
        schedule: '@daily',
        source: {
          type: 'kafka',
          config: { topic: 'payments', options: { 'kafka.group.id': 'fraud.payments' } },
        },
        sink: { type: 'datalake', config: { path: `${BUCKET}/lake/vision/out/` } },
      }),
      DORA,
      /must not have kafka[.]group[.]id: the group is vision[.]churn/,
    ),
  },
  {
    who: 'data scientist of vision',
    request: "an MLWorkflow of the name of fraud's",
    gain: "fraud's experiment and runs, from which the newest model would be registered as vision's",
    defence: 'the namespace is in the experiment, in the tags of runs and in the keys of artifacts',
    attempt: looking(
      [
        [workflow({}, registration('scoring')), DORA],
        [workflow({}, registration('scoring'), FRAUD), FRED],
      ],
      async (cluster) => {
        const [vision, fraud] = [
          await variablesOf(cluster, 'register', VISION),
          await variablesOf(cluster, 'register', FRAUD),
        ];
        for (const variable of ['MLFLOW_EXPERIMENT_NAME', 'MLFLOW_RUN_CONTEXT', 'MODEL_NAME', 'WORKFLOW_NAMESPACE']) {
          expect(vision[variable]).toContain(VISION);
          expect(fraud[variable]).toContain(FRAUD);
          expect(vision[variable]).not.toBe(fraud[variable]);
        }
        expect(vision.WORKFLOW_RUN).toBe(fraud.WORKFLOW_RUN);
      },
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'an experiment and a model that are named like those of fraud',
    gain: "runs among fraud's, and versions of fraud's model that fraud did not make",
    defence: 'the namespace stands before whatever name a spec gives',
    attempt: looking(
      [[workflow({}, { ...registration('fraud-scoring'), tracking: { experiment: 'fraud/churn' } }), DORA]],
      async (cluster) => {
        expect(await variablesOf(cluster, 'register', VISION)).toMatchObject({
          MLFLOW_EXPERIMENT_NAME: 'vision/fraud/churn',
          MODEL_NAME: 'vision.fraud-scoring',
        });
      },
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a stage that sets the variables of its run to those of fraud',
    gain: "fraud's tags on a run of vision, which the registration of fraud takes for its own",
    defence: 'the names of a run win over the variables of a stage',
    attempt: looking(
      [
        [
          workflow({
            environment: {
              MLFLOW_EXPERIMENT_NAME: 'fraud/churn',
              MLFLOW_RUN_CONTEXT: '{"nstarx.io/workflow-run":"fraud/churn-1"}',
              WORKFLOW_NAMESPACE: FRAUD,
            },
          }),
          DORA,
        ],
      ],
      async (cluster) => {
        const variables = await variablesOf(cluster, 'train', VISION);
        expect(variables).toMatchObject({ MLFLOW_EXPERIMENT_NAME: 'vision/churn', WORKFLOW_NAMESPACE: VISION });
        expect(variables.MLFLOW_RUN_CONTEXT).toContain('"vision/churn-1"');
      },
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'brokers at the ports of SSH, of the kubelet and of the metadata of nodes',
    gain: 'a network policy that opens these ports to all addresses, for a program of theirs',
    defence: 'ports of egress come from the list of known services; private and link-local addresses are left out',
    attempt: looking(
      [
        [
          object('DataPipeline', {
            schedule: '@daily',
            source: { type: 'kafka', config: { topic: 'a', bootstrapServers: 'a:22,a:10250,169.254.169.254:1338' } },
            sink: { type: 'datalake', config: { path: `${BUCKET}/lake/vision/out/` } },
          }),
          DORA,
        ],
      ],
      (cluster) => expectEgress(cluster, 'churn-pipeline', [22, 1338, 10_250]),
    ),
  },
  {
    who: 'data scientist of vision',
    request: 'a FeatureStore, whose pods ran with egress to all addresses',
    gain: 'the kubelets, the metadata of nodes and the pods of others, from code of theirs',
    defence: 'ports of egress come from the list of known services; private and link-local addresses are left out',
    attempt: looking([[store({ storage: 'parquet', path: `${BUCKET}/features/vision/churn/` }), DORA]], (cluster) =>
      expectEgress(cluster, 'churn-features', [22, 10_250]),
    ),
  },
  {
    who: 'ML engineer of fraud',
    request: 'an AIModel whose location is in the folder of ml-models',
    gain: "the platform team's models, without their having shared them",
    defence: POLICY,
    attempt: refused(
      { ...model(`${BUCKET}/models/ml-models/scoring/1.0`), metadata: { name: 'churn', namespace: FRAUD } },
      FIONA,
      /spec[.]storage[.]location: the pods of namespace fraud do not reach that place/,
    ),
  },
];
