import { Mistake, programOf } from './mistake';

const CDK8S = `const { ApiObject } = require('cdk8s');
const namespace = 'app-ml-team';
const metadata = { name: 'api', namespace };
`;

const RESOURCES = `resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } }`;

const SECURITY = `securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } }`;

const CONTAINER = `name: 'main', image: 'ghcr.io/acme/api:1.0.0', ${RESOURCES}, ${SECURITY}`;

const DEPLOYMENT = `apiVersion: 'apps/v1', kind: 'Deployment', metadata`;

const SPEC = `selector: { matchLabels: { app: 'api' } }, template: { metadata: { labels: { app: 'api' } }, spec: { containers: [{ ${CONTAINER} }] } }`;

/** Objects of Kubernetes' own kinds that its API server would refuse, or that land elsewhere than meant. */
export const SCHEMA_MISTAKES: Mistake[] = [
  {
    what: 'a misspelled kind',
    given: `new ApiObject(chart, 'api', { apiVersion: 'apps/v1', kind: 'Deploymnet', metadata, spec: { ${SPEC} } });`,
    finding: 'Deploymnet api: Kubernetes 1.35 has no kind Deploymnet in apps/v1; did you mean Deployment',
  },
  {
    what: 'a version that Kubernetes no longer serves',
    given: `new ApiObject(chart, 'api', { apiVersion: 'apps/v1beta1', kind: 'Deployment', metadata, spec: { ${SPEC} } });`,
    finding:
      'Deployment api: Kubernetes 1.35 does not serve Deployment in apps/v1beta1, which was removed in 1.16; use apps/v1',
  },
  {
    what: 'a misspelled field',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'Service', metadata, spec: { prots: [{ port: 80 }] } });`,
    finding: 'Service api: spec.prots is no field of ServiceSpec in Kubernetes 1.35; did you mean spec.ports',
  },
  {
    what: 'a field of the pod in the Deployment',
    given: `new ApiObject(chart, 'api', { ${DEPLOYMENT}, spec: { nodeSelector: { disk: 'ssd' }, ${SPEC} } });`,
    finding:
      'Deployment api: spec.nodeSelector is no field of DeploymentSpec in Kubernetes 1.35; did you mean spec.template.spec.nodeSelector',
  },
  {
    what: 'a text for a number',
    given: `new ApiObject(chart, 'api', { ${DEPLOYMENT}, spec: { replicas: '3', ${SPEC} } });`,
    finding: 'Deployment api: spec.replicas must be a whole number of 32 bits, got "3"; write 3 without quotes',
  },
  {
    what: 'a number in a ConfigMap',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { port: 8080 } });`,
    finding: "ConfigMap api: data.port must be a string, got 8080; write '8080'",
  },
  {
    what: 'a number as a label',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, labels: { version: 2 } } });`,
    finding: "ConfigMap api: metadata.labels.version must be a string, got 2; write '2'",
  },
  {
    what: 'a truth value as an environment variable',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ ${CONTAINER}, env: [{ name: 'DEBUG', value: true }] }] } });`,
    finding: "Pod api: spec.containers[0].env[0].value must be a string, got true; write 'true'",
  },
  {
    what: 'a value that is none of an enumeration',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'Pod', metadata, spec: { restartPolicy: 'never', containers: [{ ${CONTAINER} }] } });`,
    finding: 'Pod api: spec.restartPolicy must be one of Always, Never, OnFailure, got "never"; did you mean Never',
  },
  {
    what: 'a Deployment without a selector',
    given: `new ApiObject(chart, 'api', { ${DEPLOYMENT}, spec: { template: { metadata: { labels: { app: 'api' } }, spec: { containers: [{ ${CONTAINER} }] } } } });`,
    finding: 'Deployment api: spec.selector is missing, which Kubernetes 1.35 requires in DeploymentSpec; add it',
  },
  {
    what: 'a text that is no base64',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData: { user: 'admin@acme' } });`,
    finding: `ConfigMap api: binaryData.user must be base64, got "admin@acme"; encode it with Buffer.from(text).toString('base64'), or use stringData where a Secret takes text`,
  },
  {
    what: 'an object without a namespace',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'api' }, data: { port: '8080' } });`,
    finding:
      'ConfigMap api: has no namespace, and would get the one that is current when it is applied; set metadata.namespace, or make it with a construct that takes a namespace',
  },
  {
    what: 'a custom resource without a namespace',
    given: `new ApiObject(chart, 'api', { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name: 'api' }, spec: {} });`,
    finding:
      'Certificate api: has no namespace, and would get the one that is current when it is applied; set metadata.namespace, or make it with a construct that takes a namespace; if Certificate is cluster-scoped, name it in clusterScopedResources of its component',
  },
  {
    what: 'a cluster-scoped object with a namespace',
    given: `new ApiObject(chart, 'api', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules: [] });`,
    finding:
      'ClusterRole api: has the namespace app-ml-team, but ClusterRole is cluster-scoped; remove metadata.namespace',
  },
  {
    what: 'a name in capitals',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Settings', namespace } });`,
    finding:
      'ConfigMap Settings: metadata.name must be a DNS subdomain of at most 253 characters, got "Settings"; use lower-case letters, digits, hyphens and dots, starting and ending with a letter or digit',
  },
  {
    what: 'a label that is a sentence',
    given: `new ApiObject(chart, 'api', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, labels: { note: 'for the team' } } });`,
    finding:
      'ConfigMap api: metadata.labels["note"] must be at most 63 letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit, got "for the team"; shorten it, or make it an annotation',
  },
  {
    what: 'a misspelled field of the metadata of a custom resource',
    given: `new ApiObject(chart, 'api', { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { ...metadata, lables: { a: 'b' } }, spec: {} });`,
    finding:
      'Certificate api: metadata.lables is no field of ObjectMeta in Kubernetes 1.35; did you mean metadata.labels',
  },
].map(({ what, given, finding }) => ({
  what,
  program: CDK8S + programOf(given),
  stderr: `1 problem found, nothing was written:\n  [local/team/api] ${finding}`,
}));
