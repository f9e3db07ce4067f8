import { DeployedFramework, ModelDeploymentProps } from '../../../src/api';
import { Tier } from '../../../src/contracts';
import { PlatformTemplate } from '../../../src/testing';
import { Json } from '../../kinds/model-deployment/support';
import { add, childrenOf, Cloud, settingsOf, SIGNER, ZeroTouchPlatform, zeroTouchOn } from './support';

/*
 * The security model of the zero-touch document, looked for in what is synthesized. What the gate, the workflow and the verification of images say of a
 * model is tested beside them; here, that they are in the way of every model.
 */

const IMAGE = `registry.example.com/fraud@sha256:${'a'.repeat(64)}`;

/** What production asks of a manifest beside figures. */
const MODEL: Partial<ModelDeploymentProps> = {
  model: {
    name: 'fraud-detector',
    version: '2.1.0',
    framework: DeployedFramework.ONNX,
    owner: 'payments-ml',
    card: 'MODEL_CARD.md',
  },
  drift: { score: 0.05, measuredAt: new Date().toISOString() },
  dependencies: [{ name: 'onnxruntime', version: '1.23.2' }],
  serving: { image: IMAGE },
};

interface Synthesized {
  readonly of: ZeroTouchPlatform;
  readonly template: PlatformTemplate;
  /** What the operator makes of a model in the bucket. */
  readonly children: readonly Json[];
}

function synthesized(cloud: Cloud): Synthesized {
  const of = zeroTouchOn(cloud, Tier.PRODUCTION);
  const { zeroTouch } = of;
  add(of.chart, 'fraud', zeroTouch, MODEL);
  const template = PlatformTemplate.fromApp(of.app, 'test');
  const uri = `s3://${zeroTouch.dataPlatform.artifactBucket.bucketName}/models/ml-inference/fraud/`;
  const model = { name: 'fraud', version: '1', framework: 'onnx', artifact: { uri } };
  return { of, template, children: childrenOf(of, { model, serving: { image: IMAGE } }) };
}

const ON: { readonly [cloud in Cloud]: Synthesized } = { kind: synthesized('kind'), aws: synthesized('aws') };

const inNamespace = ({ template }: Synthesized, kind: string): Json[] =>
  (Object.values(template.findObjects(kind)) as Json[]).filter(({ metadata }) => metadata.namespace === 'ml-inference');
const child = ({ children }: Synthesized, kind: string): Json => children.find((one) => one.kind === kind)!;
const podOf = (of: Synthesized): Json => child(of, 'Deployment').spec.template.spec;
const containersOf = (of: Synthesized): Json[] => {
  const { containers, initContainers = [] } = podOf(of);
  return [...containers, ...initContainers];
};
const resources = ({ template }: Synthesized, type: string): Json[] => Object.values(template.findResources(type));
const found = (list: readonly unknown[]): readonly unknown[] => {
  // what is said of all of none would hold
  expect(list.length).toBeGreaterThan(0);
  return list;
};

/** Layer and measure of the document, and what holds of what is synthesized. */
type Row = readonly [measure: string, holds: (of: Synthesized) => void];

const ON_BOTH: readonly Row[] = [
  [
    '1 · model quality, dependencies and fairness: the gate is asked at admission and by the operator',
    (of) => {
      const constraints = found(Object.values(of.template.findObjects('ModelPolicies'))) as Json[];
      const judged = settingsOf(of.of).modelDeployment?.policies;
      for (const { spec } of constraints) {
        expect(spec.enforcementAction).toBe('deny');
        expect(spec.match).toEqual({ kinds: [{ apiGroups: ['mlifecycle.io'], kinds: ['ModelDeployment'] }] });
        for (const bound of ['least', 'dependencies', 'fairness', 'drift'] as const) {
          found(Object.values([spec.parameters[bound]].flat()));
          expect(spec.parameters[bound]).toEqual(judged?.[bound]);
        }
      }
    },
  ],
  [
    '2 · vulnerability scanning: nothing runs but what the workflow has signed after the scan, and the jobs of the platform',
    (of) => {
      const policies = Object.values(of.template.findObjects('ImageValidatingPolicy')) as Json[];
      expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual(['model-deployments', 'model-pods']);
      for (const { spec } of policies) {
        expect([spec.validationActions, spec.failurePolicy]).toEqual([['Deny'], 'Fail']);
        expect(JSON.stringify(spec.attestors)).toContain(SIGNER.subject);
        found(spec.attestations);
        const { key, value } = { key: 'mlifecycle.io/verified-images', value: 'required' };
        expect(spec.matchConstraints.namespaceSelector).toEqual({ matchLabels: { [key]: value } });
        const namespace: Json = of.template.findObjects('Namespace')['ml-inference'];
        expect(namespace.metadata.labels[key]).toBe(value);
      }
      expect(settingsOf(of.of).modelDeployment).toMatchObject({
        signers: [SIGNER],
        policies: { severity: 'critical', imageDigest: true },
      });
    },
  ],
  [
    '2 · non-root user',
    (of) => {
      expect(podOf(of).securityContext.runAsNonRoot).toBe(true);
      // Pod Security refuses what would have it otherwise
      const [namespace] = (Object.values(of.template.findObjects('Namespace')) as Json[]).filter(
        ({ metadata }) => metadata.name === 'ml-inference',
      );
      expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    },
  ],
  [
    '2 · read-only filesystem',
    (of) => {
      for (const { securityContext } of containersOf(of)) expect(securityContext.readOnlyRootFilesystem).toBe(true);
      const writable = containersOf(of).flatMap(({ volumeMounts }) =>
        (volumeMounts as Json[]).filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath),
      );
      expect(writable).toEqual(['/tmp']);
    },
  ],
  [
    '3 · network policies',
    (of) => {
      const deny = inNamespace(of, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'default-deny')!;
      expect(deny.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      const { spec } = child(of, 'NetworkPolicy');
      expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
      expect(child(of, 'Deployment').spec.template.metadata.labels).toMatchObject(spec.podSelector.matchLabels);
      // no rule is for everybody, or for all ports
      for (const { from, to, ports } of [...spec.ingress, ...spec.egress] as Json[]) {
        found(from ?? to ?? []);
        found(ports ?? []);
      }
      const blocks = (spec.egress as Json[]).flatMap(({ to }) =>
        (to as Json[]).flatMap(({ ipBlock }) => ipBlock ?? []),
      );
      for (const { cidr, except = [] } of blocks) {
        if (cidr === '0.0.0.0/0') expect(except).toEqual(expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16']));
      }
    },
  ],
  [
    '3 · pod security context',
    (of) => {
      expect(podOf(of).securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
      expect(podOf(of).automountServiceAccountToken).toBe(false);
      for (const { securityContext } of containersOf(of)) {
        expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
        expect(securityContext.privileged ?? false).toBe(false);
      }
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(podOf(of)[field] ?? false).toBe(false);
      expect((podOf(of).volumes as Json[]).filter(({ hostPath }) => hostPath !== undefined)).toEqual([]);
    },
  ],
  [
    '3 · resource limits',
    (of) => {
      for (const { resources: amounts } of containersOf(of)) {
        expect(amounts).toMatchObject({ requests: { cpu: '2', memory: '4Gi' }, limits: { memory: '4Gi' } });
      }
      const [quota] = inNamespace(of, 'ResourceQuota');
      for (const key of ['requests.cpu', 'requests.memory', 'limits.memory', 'pods']) {
        expect(quota.spec.hard).toHaveProperty([key]);
      }
      expect(inNamespace(of, 'LimitRange')).toHaveLength(1);
    },
  ],
  [
    '3 · access to the bucket of one account, without a token of the API server',
    (of) => {
      const accounts = inNamespace(of, 'ServiceAccount');
      found(accounts);
      for (const { automountServiceAccountToken: token } of accounts) expect(token).toBe(false);
      const bindings = [
        ...inNamespace(of, 'RoleBinding'),
        ...Object.values(of.template.findObjects('ClusterRoleBinding')),
      ];
      const subjects = bindings.flatMap(({ subjects: all = [] }) => all as Json[]);
      expect(subjects.filter(({ namespace }) => namespace === 'ml-inference')).toEqual([]);
    },
  ],
];

const ON_AWS: readonly Row[] = [
  [
    '3 · IRSA for AWS access: by Pod Identity, which needs no annotation',
    (of) => {
      const own = resources(of, 'aws_eks_pod_identity_association').filter(
        ({ namespace }) => namespace === 'ml-inference',
      );
      expect(own.map(({ service_account: account }) => account)).toEqual([podOf(of).serviceAccountName]);
      const variables = containersOf(of).flatMap(({ env = [] }) => (env as Json[]).map(({ name }) => name));
      expect(variables.filter((name) => /SECRET|ACCESS_KEY/.test(name as string))).toEqual([]);
    },
  ],
  [
    '4 · private subnets',
    (of) => {
      for (const group of found(resources(of, 'aws_eks_node_group')) as Json[]) {
        found(group.subnet_ids);
        for (const subnet of group.subnet_ids) expect(subnet).toContain('private');
      }
      for (const subnet of found(resources(of, 'aws_subnet')) as Json[]) {
        expect(subnet.map_public_ip_on_launch ?? false).toBe(false);
      }
    },
  ],
  [
    '4 · encrypted storage: S3',
    (of) => {
      const buckets = resources(of, 'aws_s3_bucket');
      const encryption = found(resources(of, 'aws_s3_bucket_server_side_encryption_configuration')) as Json[];
      expect(encryption).toHaveLength(buckets.length);
      for (const { rule } of encryption) {
        expect(rule[0].apply_server_side_encryption_by_default.sse_algorithm).toBe('aws:kms');
      }
      expect(resources(of, 'aws_s3_bucket_public_access_block')).toHaveLength(buckets.length);
      for (const { policy } of found(resources(of, 'aws_s3_bucket_policy')) as Json[]) {
        expect(policy).toContain('aws:SecureTransport');
      }
    },
  ],
  [
    '4 · encrypted storage: EBS, of nodes and of volumes',
    (of) => {
      for (const template of found(resources(of, 'aws_launch_template')) as Json[]) {
        for (const { ebs } of found(template.block_device_mappings) as Json[]) {
          expect(ebs.encrypted).toBe('true');
          expect(ebs.kms_key_id).toContain('aws_kms_key.');
        }
        expect(template.metadata_options).toMatchObject({ http_tokens: 'required', http_put_response_hop_limit: 1 });
      }
      const classes = resources(of, 'kubernetes_storage_class_v1').concat(
        Object.values(of.template.findObjects('StorageClass')),
      );
      for (const { parameters } of found(classes) as Json[]) expect(parameters.encrypted).toBe('true');
    },
  ],
  [
    '4 · VPC endpoints',
    (of) => {
      const services = (found(resources(of, 'aws_vpc_endpoint')) as Json[]).map(({ service_name: name }) => name);
      for (const service of ['s3', 'sts', 'ecr.api', 'ecr.dkr', 'kms']) {
        expect(services).toContainEqual(expect.stringMatching(new RegExp(`\\.${service.replace('.', '\\.')}$`)));
      }
    },
  ],
  [
    '4 · IAM least privilege',
    (of) => {
      const [association] = resources(of, 'aws_eks_pod_identity_association').filter(
        ({ namespace }) => namespace === 'ml-inference',
      );
      const [, role] = /aws_iam_role\.([^.]+)\./.exec(association.role_arn as string) ?? [];
      const policies = resources(of, 'aws_iam_role_policy').filter(({ role: name }) =>
        (name as string).includes(`aws_iam_role.${role}.`),
      );
      const statements = policies.flatMap(({ policy }) => JSON.parse(policy as string).Statement as Json[]);
      found(statements);
      for (const { Action, Resource } of statements) {
        for (const action of [Action].flat()) expect(action).not.toContain('*');
        for (const resource of [Resource].flat()) expect(resource).not.toBe('*');
        expect([Action].flat().filter((action) => /Put|Delete|Create|Encrypt$/.test(action as string))).toEqual([]);
      }
      // all that the role has
      const attached = resources(of, 'aws_iam_role_policy_attachment').filter(({ role: name }) =>
        (name as string).includes(`aws_iam_role.${role}.`),
      );
      expect(attached).toEqual([]);
    },
  ],
];

test.each(ON_BOTH)('on Kind: %s', (_measure, holds) => holds(ON.kind));
test.each([...ON_BOTH, ...ON_AWS])('on EKS: %s', (_measure, holds) => holds(ON.aws));

test('on Kind: keys of the bucket are made in the cluster, and read the folder of the namespace alone', () => {
  const variables = containersOf(ON.kind).flatMap(({ env = [] }) => env as Json[]);
  const keys = variables.filter(({ name }) => (name as string).startsWith('AWS_') && /KEY/.test(name as string));
  expect(keys).toHaveLength(2);
  for (const { value, valueFrom } of keys) {
    expect(value).toBeUndefined();
    expect(valueFrom.secretKeyRef.name).toBe('s3-credentials');
  }
  const all = JSON.stringify(Object.values(ON.kind.template.findObjects('ExternalSecret')));
  expect(all).toContain('models/ml-inference/');
  expect(all).not.toMatch(/Write:[^"]*models\/ml-inference\//);
});
