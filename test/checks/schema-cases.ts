import { Json, object } from './graph';

/** An object with a mistake, or with what looks like one. */
export interface SchemaCase {
  readonly what: string;
  readonly object: Json;
  /** What the check finds after `Kind name: `; nothing where the object is as it should be. */
  readonly finds: readonly string[];
}

const container = (content: Json): Json => ({ name: 'main', image: 'registry.example/api:1.2.3', ...content });

function pod(content: Json, spec: Json = {}): Json {
  return object('v1', 'Pod', 'api', { spec: { containers: [container(content)], ...spec } });
}

function workload(spec: Json, podSpec: Json = {}): Json {
  return object('apps/v1', 'Deployment', 'api', {
    spec: {
      selector: { matchLabels: { app: 'api' } },
      template: {
        metadata: { labels: { app: 'api' } },
        spec: { containers: [container({})], ...podSpec },
      },
      ...spec,
    },
  });
}

function service(port: Json, spec: Json = {}): Json {
  return object('v1', 'Service', 'api', {
    spec: { selector: { app: 'api' }, ports: [{ port: 80, ...port }], ...spec },
  });
}

const bad = (what: string, one: Json, ...finds: string[]): SchemaCase => ({ what, object: one, finds });
const good = (what: string, one: Json): SchemaCase => ({ what, object: one, finds: [] });

/** Kinds and apiVersions that an API server of Kubernetes 1.35 does not serve. */
export const NOT_SERVED: readonly SchemaCase[] = [
  bad(
    'a misspelled kind',
    object('apps/v1', 'Deploymnet', 'api'),
    'Kubernetes 1.35 has no kind Deploymnet in apps/v1; did you mean Deployment',
  ),
  bad(
    'a kind in lower case',
    object('v1', 'configmap', 'api'),
    'Kubernetes 1.35 has no kind configmap in v1; did you mean ConfigMap',
  ),
  bad(
    'a kind that is nothing like one',
    object('apps/v1', 'Microfrontend', 'api'),
    'Kubernetes 1.35 has no kind Microfrontend in apps/v1; use one that `kubectl api-resources` lists',
  ),
  bad(
    'a misspelled kind of another group',
    object('v1', 'Deploymnt', 'api'),
    'Kubernetes 1.35 has no kind Deploymnt in v1; did you mean Deployment in apps/v1',
  ),
  bad(
    'a removed version',
    object('apps/v1beta1', 'Deployment', 'api'),
    'Kubernetes 1.35 does not serve Deployment in apps/v1beta1, which was removed in 1.16; use apps/v1',
  ),
  bad(
    'a removed group',
    object('extensions/v1beta1', 'Ingress', 'api'),
    'Kubernetes 1.35 does not serve Ingress in extensions/v1beta1, which was removed in 1.22; use networking.k8s.io/v1',
  ),
  bad(
    'a removed version of which the replacement was removed too',
    object('autoscaling/v2beta2', 'HorizontalPodAutoscaler', 'api'),
    'Kubernetes 1.35 does not serve HorizontalPodAutoscaler in autoscaling/v2beta2, which was removed in 1.26; use autoscaling/v2',
  ),
  bad(
    'the wrong group',
    object('v1', 'Deployment', 'api'),
    'Kubernetes 1.35 does not serve Deployment in v1; use apps/v1',
  ),
  bad(
    'a version that never was',
    object('batch/v2', 'Job', 'api'),
    'Kubernetes 1.35 does not serve Job in batch/v2; use batch/v1',
  ),
  bad(
    'a version that is off by default, of a kind that has a stable one',
    object('resource.k8s.io/v1beta1', 'ResourceClaim', 'gpu'),
    'Kubernetes 1.35 serves ResourceClaim in resource.k8s.io/v1beta1 only when told to; use resource.k8s.io/v1',
  ),
  bad(
    'a version that is off by default, of a kind that has no other',
    object('scheduling.k8s.io/v1alpha1', 'Workload', 'gang'),
    "Kubernetes 1.35 serves Workload in scheduling.k8s.io/v1alpha1 only when told to; where its API server was told to serve it, say so with environment.addExistingObject({ kind: 'APIService', name: 'v1alpha1.scheduling.k8s.io' })",
  ),
];

/** Fields, as an API server of Kubernetes 1.35 judges them. */
export const FIELD_CASES: readonly SchemaCase[] = [
  bad(
    'a misspelled field',
    object('v1', 'Service', 'api', { spec: { selector: { app: 'api' }, prots: [{ port: 80 }] } }),
    'spec.prots is no field of ServiceSpec in Kubernetes 1.35; did you mean spec.ports',
  ),
  bad(
    'a field in the wrong case',
    workload({ Replicas: 2 }),
    'spec.Replicas is no field of DeploymentSpec in Kubernetes 1.35; did you mean spec.replicas',
  ),
  bad(
    'a misspelled field of a container',
    pod({ imagePullPolice: 'Always' }),
    'spec.containers[0].imagePullPolice is no field of Container in Kubernetes 1.35; did you mean spec.containers[0].imagePullPolicy',
  ),
  bad(
    'a field of the pod in the spec of the Deployment',
    workload({ serviceAccountName: 'api' }),
    'spec.serviceAccountName is no field of DeploymentSpec in Kubernetes 1.35; did you mean spec.template.spec.serviceAccountName',
  ),
  bad(
    'a field of the container in the spec of the pod',
    workload({}, { livenessProbe: { tcpSocket: { port: 80 } } }),
    'spec.template.spec.livenessProbe is no field of PodSpec in Kubernetes 1.35; did you mean spec.template.spec.containers[].livenessProbe',
  ),
  bad(
    'a field that is nothing like one',
    object('v1', 'ServiceAccount', 'api', { annotations: { a: 'b' } }),
    'annotations is no field of ServiceAccount in Kubernetes 1.35; did you mean metadata.annotations',
  ),
  bad(
    'a field that is nowhere in the object',
    object('v1', 'ConfigMap', 'api', { config: { a: 'b' } }),
    'config is no field of ConfigMap in Kubernetes 1.35; its fields are apiVersion, binaryData, data, immutable, kind, metadata',
  ),
  bad(
    'a misspelled field of the metadata',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'api', namespace: 'team', lables: { a: 'b' } } },
    'metadata.lables is no field of ObjectMeta in Kubernetes 1.35; did you mean metadata.labels',
  ),
  bad(
    'a number as a label',
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'api', namespace: 'team', labels: { version: 2 } } },
    "metadata.labels.version must be a string, got 2; write '2'",
  ),
  bad(
    'a truth value as an annotation',
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'api', namespace: 'team', annotations: { 'example.com/scrape': true } },
    },
    `metadata.annotations["example.com/scrape"] must be a string, got true; write 'true'`,
  ),
  bad(
    'a number in a ConfigMap',
    object('v1', 'ConfigMap', 'api', { data: { port: 8080 } }),
    "data.port must be a string, got 8080; write '8080'",
  ),
  bad(
    'an object in a ConfigMap',
    object('v1', 'ConfigMap', 'api', { data: { settings: { port: 8080 } } }),
    'data.settings must be a string, got {"port":8080}; write a string',
  ),
  bad(
    'a Secret in clear text',
    object('v1', 'Secret', 'api', { data: { token: 'not base64!' } }),
    'data.token must be base64, got another string; correct it',
  ),
  bad(
    'a number as an environment variable',
    pod({ env: [{ name: 'PORT', value: 8080 }] }),
    "spec.containers[0].env[0].value must be a string, got 8080; write '8080'",
  ),
  bad(
    'a map of environment variables',
    pod({ env: { PORT: '8080' } }),
    'spec.containers[0].env must be a list, got {"PORT":"8080"}; put it into a list',
  ),
  bad(
    'a text as a number',
    workload({ replicas: '2' }),
    'spec.replicas must be a whole number of 32 bits, got "2"; write 2 without quotes',
  ),
  bad(
    'a fraction',
    workload({ replicas: 1.5 }),
    'spec.replicas must be a whole number of 32 bits, got 1.5; write a whole number in these bounds',
  ),
  bad(
    'a text as a truth value',
    workload({ paused: 'true' }),
    'spec.paused must be true or false, got "true"; write true without quotes',
  ),
  bad(
    'a text as a list',
    pod({ command: 'run' }),
    'spec.containers[0].command must be a list, got "run"; write a list',
  ),
  bad(
    'a number in a list of strings',
    pod({ args: ['--port', 8080] }),
    "spec.containers[0].args[1] must be a string, got 8080; write '8080'",
  ),
  bad(
    'a list as an object',
    object('v1', 'Service', 'api', { spec: [{ port: 80 }] }),
    'spec must be an object of type ServiceSpec, got [{"port":80}]; write an object: `kubectl explain service.spec` lists its fields',
  ),
  bad(
    'a quantity with an unknown suffix',
    pod({ resources: { limits: { memory: '2GB' } } }),
    `spec.containers[0].resources.limits.memory must be a quantity, got "2GB"; write it like '500m', '2' or '4Gi'`,
  ),
  bad(
    'a fraction as a port',
    service({ targetPort: 80.5 }),
    "spec.ports[0].targetPort must be a whole number or a string, got 80.5; write it like 8080, '25%' or the name of a port",
  ),
  bad(
    'a time that is none',
    object('coordination.k8s.io/v1', 'Lease', 'api', { spec: { renewTime: 'yesterday' } }),
    `spec.renewTime must be a time, got "yesterday"; write it like '2026-01-31T12:00:00Z'`,
  ),
  bad(
    'a value of an enumeration in the wrong case',
    pod({ imagePullPolicy: 'always' }),
    'spec.containers[0].imagePullPolicy must be one of Always, IfNotPresent, Never, got "always"; did you mean Always',
  ),
  bad(
    'a value that is none of an enumeration',
    service({}, { type: 'Public' }),
    'spec.type must be one of ClusterIP, ExternalName, LoadBalancer, NodePort, got "Public"; use one of them',
  ),
  bad(
    'no selector',
    object('apps/v1', 'Deployment', 'api', {
      spec: { template: { metadata: { labels: { app: 'api' } }, spec: { containers: [container({})] } } },
    }),
    'spec.selector is missing, which Kubernetes 1.35 requires in DeploymentSpec; add it',
  ),
  bad(
    'no name of a container',
    object('v1', 'Pod', 'api', { spec: { containers: [{ image: 'registry.example/api:1.2.3' }] } }),
    'spec.containers[0].name is missing, which Kubernetes 1.35 requires in Container; add it',
  ),
  bad(
    'a property of a CustomResourceDefinition deep inside it',
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.schema.example' },
      spec: {
        group: 'schema.example',
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', properties: { a: { type: 'array', items: { typ: 'string' } } } },
            },
          },
        ],
      },
    },
    'spec.versions[0].schema.openAPIV3Schema.properties.a.items.typ is no field of JSONSchemaProps in Kubernetes 1.35; did you mean spec.versions[0].schema.openAPIV3Schema.properties.a.items.type',
  ),
  bad(
    'two mistakes',
    service({ prot: 80 }, { typ: 'ClusterIP' }),
    'spec.ports[0].prot is no field of ServicePort in Kubernetes 1.35; did you mean spec.ports[0].port',
    'spec.typ is no field of ServiceSpec in Kubernetes 1.35; did you mean spec.type',
  ),
  good('a status, which apply ignores', { ...workload({ replicas: 2 }), status: { replicas: 2 } }),
  good('a quantity as a number', pod({ resources: { limits: { cpu: 1, memory: 1e9 } } })),
  good('a port by number and by name', service({ targetPort: 'http' })),
  good('a null, which is like nothing', workload({ replicas: null })),
  good('an empty object', pod({ resources: {} })),
  good('a Secret in base64', object('v1', 'Secret', 'api', { data: { token: 'c2VjcmV0' } })),
];

/** Names and labels, as an API server of Kubernetes 1.35 judges them. */
export const NAME_CASES: readonly SchemaCase[] = [
  named(
    'ConfigMap',
    'Api',
    'metadata.name must be a DNS subdomain of at most 253 characters, got "Api"; use lower-case letters, digits, hyphens and dots, starting and ending with a letter or digit',
  ),
  named('ConfigMap', 'a.b'),
  named('ConfigMap', '1-a'),
  named(
    'ConfigMap',
    'a_b',
    'metadata.name must be a DNS subdomain of at most 253 characters, got "a_b"; use lower-case letters, digits, hyphens and dots, starting and ending with a letter or digit',
  ),
  named(
    'Service',
    '1-a',
    'metadata.name must be a DNS label of at most 63 characters, got "1-a"; use lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit',
  ),
  named(
    'Service',
    'a.b',
    'metadata.name must be a DNS label of at most 63 characters, got "a.b"; use lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit',
  ),
  named('Role', 'team:reader'),
  named('Role', 'a/b', 'metadata.name must be a segment of a path, got "a/b"; leave out / and %'),
  named(
    'StatefulSet',
    'a.b',
    'metadata.name must be a DNS label of at most 63 characters, got "a.b"; use lower-case letters, digits and hyphens, starting and ending with a letter or digit',
  ),
  named('CronJob', 'a'.repeat(52)),
  named(
    'CronJob',
    'a'.repeat(53),
    `metadata.name must be a DNS subdomain of at most 52 characters, got "${'a'.repeat(53)}"; use lower-case letters, digits, hyphens and dots, starting and ending with a letter or digit`,
  ),
  labelled({
    labels: { 'app.kubernetes.io/name': 'a', team: '' },
    annotations: { 'Example.com/Note': '', Note: 'a b' },
  }),
  labelled(
    { labels: { 'a b': 'c' } },
    `metadata.labels must have keys like 'team' or 'example.com/team', got "a b"; write it so, with at most 63 characters after the slash`,
  ),
  labelled(
    { labels: { 'a/b/c': 'd' } },
    `metadata.labels must have keys like 'team' or 'example.com/team', got "a/b/c"; write it so, with at most 63 characters after the slash`,
  ),
  labelled(
    { annotations: { '-a': 'd' } },
    `metadata.annotations must have keys like 'team' or 'example.com/team', got "-a"; write it so, with at most 63 characters after the slash`,
  ),
  labelled(
    { labels: { owner: 'a b' } },
    'metadata.labels["owner"] must be at most 63 letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit, got "a b"; shorten it, or make it an annotation',
  ),
  labelled(
    { labels: { owner: 'x'.repeat(64) } },
    `metadata.labels["owner"] must be at most 63 letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit, got "${'x'.repeat(64)}"; shorten it, or make it an annotation`,
  ),
];

function named(kind: string, name: string, ...finds: string[]): SchemaCase {
  const { spec } = workload({}) as { spec: Json };
  const job = { template: { spec: { restartPolicy: 'Never', containers: [container({})] } } };
  const [apiVersion, content]: [string, Json] =
    kind === 'Role'
      ? ['rbac.authorization.k8s.io/v1', {}]
      : kind === 'StatefulSet'
        ? ['apps/v1', { spec }]
        : kind === 'CronJob'
          ? ['batch/v1', { spec: { schedule: '0 3 * * *', jobTemplate: { spec: job } } }]
          : ['v1', kind === 'Service' ? { spec: { ports: [{ port: 80 }] } } : {}];
  return { what: `${kind} ${name}`, object: object(apiVersion, kind, name, content), finds };
}

function labelled(metadata: Json, ...finds: string[]): SchemaCase {
  return {
    what: JSON.stringify(metadata),
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'api', namespace: 'team', ...metadata } },
    finds,
  };
}
