import { DOMAIN_PATTERN, PLATFORM_GROUP, RESERVED_LABELS } from '../../contracts/names';
import { choice, flag, integer, list, map, quantity, rule, struct, text } from '../schema/builders';
import {
  autoscaling,
  column,
  duration,
  labelSelector,
  name,
  objectName,
  phase,
  readyColumn,
  resourceBounds,
  status,
  version,
} from '../schema/fragments';
import { labels } from '../schema/texts';
import { KindDefinition } from '../schema/schema';

const resources = struct('ZoneResources', 'What the zone may use.', {
  compute: struct('ZoneCompute', 'Nodes and amounts.', {
    nodeSelector: labels('Labels of the nodes on which the workloads of the zone run.', {
      maxProperties: 16,
      absent: 'any node',
    }),
    limits: resourceBounds('What all workloads of the zone may request together.'),
  }),
  storage: struct(
    'ZoneStorage',
    'Volumes of the zone.',
    {
      class: objectName('StorageClass of volumes that name none.', { absent: "the cluster's default" }),
      size: quantity('What all volumes of the zone may have together.'),
    },
    { required: ['size'], absent: 'no bound' },
  ),
});

const networking = struct('ZoneNetworking', 'How the zone is reached.', {
  ingress: struct(
    'ZoneIngress',
    'Ingress from outside the cluster.',
    {
      enabled: flag('Whether there is one.', { default: true }),
      class: objectName(
        "GatewayClass of the platform's Gateway, or `nginx`, which the documents say and which means the same since ingress-nginx ended. Any other is refused.",
        { absent: "the platform's Gateway" },
      ),
      domain: text('Domain below which the models of the zone are served.', {
        maxLength: 200,
        pattern: [DOMAIN_PATTERN, 'must be a domain, such as "inference.example.com"'],
        absent: 'the name of the zone below the domain of the platform',
      }),
      tls: struct(
        'ZoneTls',
        'Encryption of requests from outside.',
        {
          enabled: flag('Whether the way is encrypted.', { default: true }),
          secretName: objectName('Secret with the certificate, in the namespace of the zone.', { absent: 'none' }),
        },
        {
          absent: 'the certificate of the Gateway',
          rules: [
            rule(
              '!self.enabled || has(self.secretName)',
              'must have a certificate: set secretName, or leave tls out for that of the Gateway',
            ),
          ],
        },
      ),
    },
    { absent: 'none' },
  ),
  serviceMesh: struct(
    'ZoneServiceMesh',
    'Whether the Pods of the zone join the mesh.',
    {
      enabled: flag('Whether they do.', { default: true }),
      mtls: flag('Whether connections without mutual TLS are refused.', { default: true }),
    },
    {
      absent: 'no mesh',
      rules: [
        rule('self.enabled || !self.mtls', 'must be in the mesh to have mtls: set enabled to true or mtls to false'),
      ],
    },
  ),
});

const security = struct(
  'ZoneSecurity',
  'What the zone keeps out and holds in.',
  {
    networkPolicies: struct(
      'ZoneNetworkPolicies',
      'Traffic that the zone lets in. Whatever is not named is refused; its own Pods, name lookup and metrics are let through.',
      {
        enabled: flag('Whether traffic is restricted.', { default: true }),
        allowFrom: list(
          'Who may connect.',
          struct(
            'ZonePeer',
            'Pods that fulfil every selector that is given.',
            {
              namespaceSelector: labelSelector('Namespaces of the Pods.'),
              podSelector: labelSelector('Pods.'),
            },
            { minProperties: 1 },
          ),
          { maxItems: 32, absent: 'none' },
        ),
      },
      { default: {} },
    ),
    podSecurityPolicy: struct(
      'ZonePodSecurity',
      'What every Pod of the zone must keep. It becomes the Pod Security level and an admission policy.',
      {
        enabled: flag('Whether it is enforced.', { default: true }),
        runAsNonRoot: flag('Refuse containers that run as root.', { default: true }),
        readOnlyRootFilesystem: flag('Refuse containers that can write to their root file system.', { default: true }),
      },
      { default: {} },
    ),
  },
  { default: {} },
);

const monitoring = struct(
  'ZoneMonitoring',
  'What is watched.',
  {
    prometheus: struct(
      'ZonePrometheus',
      'Metrics.',
      {
        enabled: flag('Whether the zone is scraped.', { default: true }),
        retention: duration('How long metrics are kept.', { absent: 'as long as the platform keeps them' }),
      },
      { default: {} },
    ),
    grafana: struct(
      'ZoneGrafana',
      'Dashboards.',
      {
        enabled: flag('Whether there are any.', { default: true }),
        dashboards: list('Dashboards by name.', name('A dashboard.'), {
          maxItems: 32,
          set: true,
          absent: 'those of the platform',
        }),
      },
      { default: {} },
    ),
  },
  { default: {} },
);

const model = struct(
  'ZoneModel',
  'A model that the zone keeps running.',
  {
    name: name('AIModel in the namespace of the zone.'),
    version: version('Version that is served.', { absent: 'that of the AIModel' }),
    replicas: integer('Replicas; with autoscaling only the start.', { default: 1, min: 1, max: 1000 }),
    autoscaling: autoscaling('Follow the load instead of a fixed number of replicas.'),
  },
  {
    required: ['name'],
    rules: [
      rule(
        '!has(self.autoscaling) || !self.autoscaling.enabled || self.replicas <= self.autoscaling.maxReplicas',
        'must not start with more replicas than autoscaling allows: raise autoscaling.maxReplicas or lower replicas',
        { fieldPath: '.replicas' },
      ),
    ],
  },
);

/** An isolated place for models or training. */
export const AI_ZONE: KindDefinition = {
  group: PLATFORM_GROUP,
  version: 'v1alpha1',
  kind: 'AIZone',
  plural: 'aizones',
  shortNames: ['aiz'],
  scope: 'Cluster',
  description:
    'An isolated place for models or training: a namespace with its quota, network, security and monitoring. A user who places a workload in it needs the verb `use`.',
  rules: [
    rule(
      "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
      'the name must be a DNS label, since workloads and labels have it: use at most 63 characters and no dots',
    ),
    // its quota, network policies and Pod Security level would hold for the cluster's own Pods
    rule(
      "has(self.spec.targetNamespace) || (self.metadata.name != 'default' && !self.metadata.name.startsWith('kube-'))",
      'the name must not be that of a namespace of Kubernetes: use another than default and kube-*, or set spec.targetNamespace',
    ),
  ],
  spec: struct(
    'AIZoneSpec',
    'Desired state.',
    {
      type: choice(
        'AIZoneType',
        'What the zone is for: a label of its namespaces, and what its models wait for. Only those of inference take the place of training.',
        ['inference', 'training', 'development', 'batch'],
      ),
      isolation: choice(
        'ZoneIsolation',
        'What the zone shares with others: nodes but no namespace, or no nodes either.',
        ['namespace', 'node'],
        {
          default: 'namespace',
        },
      ),
      targetNamespace: name('Namespace that the zone owns. It cannot change.', {
        absent: 'the name of the zone',
        rules: [
          rule('self == oldSelf', 'cannot change, because what lives there cannot move: make another zone'),
          rule(
            "self != 'default' && !self.startsWith('kube-')",
            'must not be a namespace of Kubernetes: use another than default and kube-*',
          ),
        ],
      }),
      parent: objectName('AIZone whose labels, roles and network peers this one inherits.', { absent: 'none' }),
      namespaceLabels: labels('Labels of the namespace, which zones below this one inherit.', {
        maxProperties: 32,
        rules: [
          rule(
            `self.all(key, !key.matches(r'${RESERVED_LABELS}'))`,
            'must not set labels of the platform, of Kubernetes or of what is installed: use a domain of your own, such as "example.com/team"',
          ),
        ],
      }),
      allowCascadingDeletion: flag('Delete the zone together with what still lives in it.', { default: false }),
      resources,
      networking,
      security,
      monitoring,
      models: list('Models that the zone keeps running.', model, { maxItems: 64, keys: ['name'] }),
    },
    {
      required: ['type'],
      rules: [
        rule(
          "self.isolation != 'node' || (has(self.resources) && has(self.resources.compute) && has(self.resources.compute.nodeSelector))",
          'must say which nodes are its own: set resources.compute.nodeSelector for isolation node',
        ),
        rule(
          'has(self.targetNamespace) == has(oldSelf.targetNamespace)',
          'targetNamespace cannot be added or removed: make another zone',
        ),
      ],
    },
  ),
  status: status({
    phase: phase(['Pending', 'Provisioning', 'Active', 'Degraded', 'Failed', 'Terminating']),
    namespace: text('Namespace of the zone.', { maxLength: 63 }),
    allocatedResources: map(
      'What the workloads of the zone request together; gpu counts all kinds of GPUs.',
      quantity('Amount.'),
      { maxProperties: 32 },
    ),
    models: list(
      'Models by name.',
      struct(
        '',
        'A model in the zone.',
        {
          name: text('Name of the model.', { maxLength: 63 }),
          ready: integer('Replicas that are ready.', { min: 0 }),
          available: integer('Replicas that have been ready for long enough.', { min: 0 }),
          endpoints: list('URLs under which the model answers.', text('A URL.', { maxLength: 1024 }), {
            maxItems: 64,
            set: true,
          }),
        },
        { required: ['name'] },
      ),
      { maxItems: 64, keys: ['name'] },
    ),
  }),
  columns: [
    column('Type', 'string', '.spec.type', 'What the zone is for.'),
    column('Isolation', 'string', '.spec.isolation', 'What the zone shares with others.'),
    column('Phase', 'string', '.status.phase', 'The state as one word.'),
    readyColumn(),
    column('GPUs', 'string', '.spec.resources.compute.limits.nvidia\\.com/gpu', 'GPUs of the zone.'),
    column('Namespace', 'string', '.status.namespace', 'Namespace of the zone.', 1),
  ],
  example: `\
type: training
isolation: node
resources:
  compute:
    nodeSelector: { nstarx.io/zone: training }
    limits: { cpu: "64", memory: 512Gi, nvidia.com/gpu: "8" }
  storage: { size: 2Ti }
`,
};
