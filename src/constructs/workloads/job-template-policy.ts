import { Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { findEnvironment } from '../../contracts/environment-scope';
import { IWorkloadIdentity } from '../../contracts/identity';
import { keep } from '../../contracts/kept';
import { PLATFORM_GROUP } from '../../contracts/names';
import { binding, EVERY_PARAM, policy } from '../security/admission-policies';

/** Annotation of a Job's pods with the request that they work on. */
export const REQUEST_ANNOTATION = `${PLATFORM_GROUP}/request`;

/**
 * Labels that the API server gives the pods of a Job, and checks where they are given.
 *
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/registry/batch/job/strategy.go, generateSelector
 */
const GENERATED_LABELS = [
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'controller-uid',
  'job-name',
];

/** What `kubectl create job --from` notes in a Job. */
const MANUAL_ANNOTATION = 'cronjob.kubernetes.io/instantiate';

/** Who may start Jobs of a template, and of which other ones of the namespace. */
export interface Starter {
  readonly identity: IWorkloadIdentity;
  readonly otherTemplates: readonly string[];
}

/** What the policy of a template is made from. */
export interface JobTemplatePolicyInput {
  /** Namespace and name of the CronJob. */
  readonly namespace: string;
  readonly name: string;
  readonly maxRequestBytes: number;
  /** Known at synthesis. */
  readonly starters: () => readonly Starter[];
}

/**
 * Holds the Jobs of some accounts to a suspended CronJob. The API server reads it at each request, and fills in the same defaults for the pods of a Job
 * and those of a CronJob, so that equal is equal.
 */
export function addJobTemplatePolicy(scope: Construct, input: JobTemplatePolicyInput): void {
  keepCronJobsWatched(scope);
  const policyName = `job-template-${input.name}.${input.namespace}.${PLATFORM_GROUP}`;
  policy(scope, policyName, {
    failurePolicy: 'Fail',
    paramKind: PARAM_KIND,
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['batch'],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          resources: ['jobs', 'jobs/status'],
        },
      ],
    },
    matchConditions: Lazy.any({ produce: () => matchConditions(input.starters()) }),
    variables: VARIABLES,
    validations: rules(input).map(({ holds, message }) => ({ expression: holds, message, reason: 'Forbidden' })),
  });
  binding(scope, policyName, {
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': input.namespace } } },
    // without the template nothing can be started
    paramRef: { name: input.name, namespace: input.namespace, parameterNotFoundAction: 'Deny' },
  });
}

/**
 * Has the API server watch CronJobs for good. Up to Kubernetes 1.36 it stops when no binding has them as parameters any more, and does not begin
 * again before it is restarted: the Jobs of a template that came after the last one went would all be refused. This binding is of a policy that
 * nothing asks, and stays when the templates go.
 *
 * Source: https://github.com/kubernetes/kubernetes/issues/130887
 */
function keepCronJobsWatched(scope: Construct): void {
  const environment = findEnvironment(scope);
  const owner = environment ?? Chart.of(scope);
  if (owner.node.tryFindChild(WATCHED) !== undefined) return;
  // a chart of its own, so that it has one place whichever templates there are
  const within = environment
    ? new Chart(environment, WATCHED, { disableResourceNameHashes: true })
    : new Construct(owner, WATCHED);
  const name = `${WATCHED}.${PLATFORM_GROUP}`;
  const watching = policy(within, name, {
    failurePolicy: 'Ignore',
    paramKind: PARAM_KIND,
    matchConstraints: {
      // Jobs have no connections
      resourceRules: [{ apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['jobs'] }],
    },
    validations: [{ expression: 'true' }],
  });
  [watching, binding(within, name, { paramRef: EVERY_PARAM })].forEach(keep);
}

const WATCHED = 'job-template-params';

const PARAM_KIND = { apiVersion: 'batch/v1', kind: 'CronJob' };

/** The owners of the Job that is asked for, or of the one that is deleted. */
const OWNERS = `(object == null ? oldObject : object).metadata.?ownerReferences.orValue([])`;

function matchConditions(starters: readonly Starter[]): { readonly name: string; readonly expression: string }[] {
  const user = ({ identity }: Starter): string =>
    `system:serviceaccount:${identity.namespace}:${identity.serviceAccountName}`;
  const others = starters.filter(({ otherTemplates }) => otherTemplates.length > 0);
  const ofOthers = others.map((one) => `${text(user(one))}: ${list(one.otherTemplates)}`).join(', ');
  return [
    { name: 'by-a-starter', expression: `request.userInfo.username in ${list(starters.map(user))}` },
    ...(others.length === 0
      ? []
      : [
          {
            // that one has a policy of its own, which finds every Job with two owners, or one of another kind
            name: 'of-no-other-template',
            expression: `!(size(${OWNERS}) == 1 && ${OWNERS}[0].name in {${ofOthers}}[?request.userInfo.username].orValue([]))`,
          },
        ]),
  ];
}

const VARIABLES = [
  { name: 'owners', expression: OWNERS },
  { name: 'starts', expression: `request.operation == 'CREATE'` },
  // two types for the checker of the API server
  { name: 'template', expression: 'dyn(params).spec.jobTemplate' },
  { name: 'labels', expression: 'variables.template.?metadata.?labels.orValue({})' },
  { name: 'annotations', expression: 'variables.template.?metadata.?annotations.orValue({})' },
  { name: 'pod', expression: 'variables.template.spec.template' },
  { name: 'podLabels', expression: 'variables.pod.?metadata.?labels.orValue({})' },
  { name: 'podAnnotations', expression: 'variables.pod.?metadata.?annotations.orValue({})' },
  { name: 'job', expression: 'dyn(object)' },
  { name: 'jobPodLabels', expression: 'variables.job.spec.template.?metadata.?labels.orValue({})' },
  { name: 'jobPodAnnotations', expression: 'variables.job.spec.template.?metadata.?annotations.orValue({})' },
];

interface Rule {
  readonly holds: string;
  readonly message: string;
}

function rules({ name, maxRequestBytes }: JobTemplatePolicyInput): Rule[] {
  const from = `as \`kubectl create job --from=cronjob/${name}\` does`;
  return [
    {
      holds: `request.operation != 'UPDATE'`,
      message: 'a Job cannot be changed by what has started it: delete it, and start another',
    },
    {
      holds:
        `size(variables.owners) == 1 && variables.owners[0].apiVersion == 'batch/v1' && variables.owners[0].kind == 'CronJob' && ` +
        `variables.owners[0].name == params.metadata.name && variables.owners[0].uid == params.metadata.uid && variables.owners[0].?controller.orValue(false)`,
      message: `metadata.ownerReferences: the CronJob ${name} with its uid, as controller, must be the owner and the only one, ${from}`,
    },
    {
      holds: `request.operation != 'DELETE' || request.options.?propagationPolicy.orValue('') in ['Background', 'Foreground']`,
      message: 'propagationPolicy: must be Background or Foreground, or the pods of the Job would be left',
    },
    ofNew(
      `variables.job.metadata.name.startsWith(params.metadata.name + '-')`,
      `metadata.name: must begin with ${name}-`,
    ),
    ofNew(
      `!has(variables.job.metadata.finalizers)`,
      'metadata.finalizers: must be left out, or the Job could not be deleted',
    ),
    ofNew(
      `variables.job.metadata.?labels.orValue({}) == variables.labels`,
      `metadata.labels: must be those of spec.jobTemplate of the CronJob ${name}`,
    ),
    ofNew(
      same('variables.job.metadata.?annotations.orValue({})', 'variables.annotations', [MANUAL_ANNOTATION]),
      `metadata.annotations: must be those of spec.jobTemplate of the CronJob ${name}; only ${MANUAL_ANNOTATION} may be added`,
    ),
    ofNew(
      same('variables.job.spec', 'variables.template.spec', ['selector', 'template'], ['template']),
      `spec: must have the fields of spec.jobTemplate.spec of the CronJob ${name}, with their values, and no others`,
    ),
    ofNew(
      // older servers say that it has no time of creation
      `variables.job.spec.template.metadata.all(key, key in ['labels', 'annotations', 'creationTimestamp'])`,
      'spec.template.metadata: must have labels and annotations only',
    ),
    ofNew(
      same('variables.jobPodLabels', 'variables.podLabels', GENERATED_LABELS),
      `spec.template.metadata.labels: must be those of the pods of the CronJob ${name}, since policies select pods by them`,
    ),
    ofNew(
      same('variables.jobPodAnnotations', 'variables.podAnnotations', [REQUEST_ANNOTATION]),
      `spec.template.metadata.annotations: must be those of the pods of the CronJob ${name}; only ${REQUEST_ANNOTATION} may be added`,
    ),
    ofNew(
      `size(bytes(variables.jobPodAnnotations[?'${REQUEST_ANNOTATION}'].orValue(''))) <= ${maxRequestBytes}`,
      `spec.template.metadata.annotations: ${REQUEST_ANNOTATION} must have at most ${maxRequestBytes} bytes; put more into a bucket, and its place into the request`,
    ),
    ofNew(
      `!variables.jobPodAnnotations[?'${REQUEST_ANNOTATION}'].orValue('').contains('\\u0000')`,
      `spec.template.metadata.annotations: ${REQUEST_ANNOTATION} must not have the character U+0000, which no environment variable can have`,
    ),
    ofNew(
      `variables.job.spec.template.spec == variables.pod.spec`,
      `spec.template.spec: must be that of the CronJob ${name} as it is now: read it again, and change nothing`,
    ),
  ];
}

function ofNew(holds: string, message: string): Rule {
  return { holds: `!variables.starts || (${holds})`, message };
}

/** Whether a map has the entries of a template and no others, but for some keys. */
function same(given: string, template: string, free: readonly string[], lacking: readonly string[] = []): string {
  const known = `key in ${template} && ${given}[key] == ${template}[key]`;
  const there = lacking.length === 0 ? '' : `key in ${list(lacking)} || `;
  return `${given}.all(key, key in ${list(free)} || (${known})) && ${template}.all(key, ${there}key in ${given})`;
}

/** A text of CEL; names have neither quotes nor backslashes. */
function text(given: string): string {
  return `'${given}'`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map(text).join(', ')}]`;
}
