import { Construct } from 'constructs';
import {
  binding,
  NOT_BEING_DELETED,
  policy,
  resourceRule,
  SPEC_CHANGES,
} from '../../constructs/security/admission-policies';
import { DEVICES, NVIDIA_TAINT } from '../../contracts/devices';
import { PLATFORM_GROUP } from '../../contracts/names';
import { HIGHEST_TENANT_PRIORITY, KEPT_NODE_LABELS, PRIORITY_GRANT, ZONE_GRANT } from '../../contracts/placement';
import { ZONE_LABEL } from '../ai-zone/plan';
import { ObjectRule } from './rules';

/** Label of a namespace that engines run in, whoever its team is. */
export const ENGINES_LABEL = `${PLATFORM_GROUP}/engines`;

/** The labels by which the namespaces of tenants are found. A selector has no "or", so a policy has a binding for each. */
const TENANT_LABELS = { team: `${PLATFORM_GROUP}/team`, zone: ZONE_LABEL, engines: ENGINES_LABEL } as const;

/**
 * What pods may not have in the namespaces of tenants, whoever makes them: a person, an operator, or one of the engines. Only here do the
 * pods of Spark, Flink, Argo Workflows, Kubeflow Trainer and KServe pass as they will run, so the rules are not about what makes them.
 * What Pod Security refuses is not repeated.
 *
 * DaemonSets of the platform are in other namespaces; those of tenants may have what their controller adds.
 */
export function tenantPods(scope: Construct, actions: readonly string[]): void {
  const name = `tenant-pods.${PLATFORM_GROUP}`;
  policy(scope, name, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [resourceRule('', 'v1', ['pods'])] },
    matchConditions: [NOT_BEING_DELETED, SPEC_CHANGES],
    variables: VARIABLES,
    validations: [tolerations(), nodes(), ownNodes(), priority()].map(({ expression, message }) => ({
      expression,
      messageExpression: message,
      reason: 'Forbidden',
    })),
  });
  bindToTenants(scope, name, actions);
}

/** Refuses what gives a Service an address that is another's: traffic to that address would be the tenant's, in the whole cluster. */
export function tenantServices(scope: Construct, actions: readonly string[]): void {
  const name = `tenant-services.${PLATFORM_GROUP}`;
  policy(scope, name, {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [resourceRule('', 'v1', ['services'])] },
    matchConditions: [NOT_BEING_DELETED],
    validations: [
      {
        expression: '!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0',
        message: 'spec.externalIPs: leave it out: an address outside the cluster is reached through the Gateway',
        reason: 'Forbidden',
      },
    ],
  });
  bindToTenants(scope, name, actions);
}

/**
 * Where Pod Security is not enforced, a pod may take over its node: such a namespace, of monitoring or of a scanner, is the platform's own, and
 * what runs on every node tolerates every taint.
 */
const NOT_PRIVILEGED = { key: 'pod-security.kubernetes.io/enforce', operator: 'NotIn', values: ['privileged'] };

/** Bindings of a policy to all namespaces of tenants. */
export function bindToTenants(scope: Construct, name: string, actions: readonly string[]): void {
  for (const [what, key] of Object.entries(TENANT_LABELS)) {
    binding(
      scope,
      name,
      {
        validationActions: actions,
        matchResources: { namespaceSelector: { matchExpressions: [{ key, operator: 'Exists' }, NOT_PRIVILEGED] } },
      },
      `${what}.${name}`,
    );
  }
}

const VARIABLES = [
  { name: 'labels', expression: 'namespaceObject.metadata.?labels.orValue({})' },
  {
    name: 'byDaemonSets',
    expression: `request.userInfo.username == 'system:serviceaccount:kube-system:daemon-set-controller'`,
  },
  {
    name: 'containers',
    // two types for the checker of the API server
    expression: 'dyn(object.spec).containers + dyn(object.spec).?initContainers.orValue([])',
  },
  {
    name: 'terms',
    expression:
      'dyn(object.spec).?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution.?nodeSelectorTerms.orValue([]) + ' +
      'dyn(object.spec).?affinity.?nodeAffinity.?preferredDuringSchedulingIgnoredDuringExecution.orValue([]).map(one, one.preference)',
  },
  {
    name: 'selector',
    expression: 'object.spec.?nodeSelector.orValue({})',
  },
];

/** Whether the namespace may place pods into some zone. */
const IN_ZONES = `('${ZONE_LABEL}' in variables.labels || variables.labels.exists(label, label.startsWith('${ZONE_GRANT}')))`;

/** Whether the namespace may place pods into the zone of this name. */
function zoneGranted(zone: string): string {
  return `(variables.labels[?'${ZONE_LABEL}'].orValue('') == ${zone} || ('${ZONE_GRANT}' + ${zone}) in variables.labels)`;
}

/** Taints of every node at times: Kubernetes has pods tolerate them. */
export const NODE_CONDITIONS: readonly string[] = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/memory-pressure',
];

/** Tolerations that say nothing about a place. The DaemonSet controller adds more of them. */
const OF_NODE_CONDITIONS =
  `(t.?key.orValue('') in ['${NODE_CONDITIONS.join("', '")}'] || ` +
  `(variables.byDaemonSets && t.?key.orValue('').startsWith('node.kubernetes.io/')))`;

/** Whether a container asks for a device with this taint. */
function asksFor(taint: string): string {
  const amounts = 'c.?resources.?limits.orValue({})';
  const tainted = `(device == ${taint} || (${taint} == '${NVIDIA_TAINT}' && device.startsWith('nvidia.com/')))`;
  return (
    `variables.containers.exists(c, ${amounts}.exists(device, device.matches('${DEVICES}') && ${tainted} && ` +
    `quantity(string(c.resources.limits[device])).isGreaterThan(quantity('0'))))`
  );
}

/** A pod that a zone places on its GPU nodes tolerates their taint without asking for a GPU. */
const ON_GPU_NODES_OF_ZONE = `(t.?key.orValue('') == '${NVIDIA_TAINT}' && ${IN_ZONES} && variables.selector.exists(label, label.startsWith('${NVIDIA_TAINT}')))`;

function tolerations(): ObjectRule {
  // without a value it would be every zone's
  const ofZone = `(t.?key.orValue('') == '${ZONE_LABEL}' && t.?value.orValue('') != '' && ${zoneGranted(`t.?value.orValue('')`)})`;
  const allowed = [
    OF_NODE_CONDITIONS,
    `(t.?key.orValue('') != '' && ${asksFor('t.key')})`,
    ON_GPU_NODES_OF_ZONE,
    ofZone,
  ].join(' || ');
  const all = 'object.spec.?tolerations.orValue([])';
  return {
    expression: `${all}.all(t, ${allowed})`,
    message:
      `'spec.tolerations: tolerate only the devices that the pod asks for, and zones that the namespace is granted: ' + ` +
      `${all}.filter(t, !(${allowed})).map(t, t.?key.orValue('every taint') + (has(t.value) ? '=' + t.value : '')).join(', ')`,
  };
}

/** Keys of the labels by which the pod selects nodes. */
const SELECTED = `variables.selector.map(label, label)`;

function nodes(): ObjectRule {
  const kept = `matches('${KEPT_NODE_LABELS}')`;
  return {
    expression: [
      // whoever binds a pod is no user; a pod that is made with a node passes the scheduler by
      `(request.operation != 'CREATE' || object.spec.?nodeName.orValue('') == '')`,
      `variables.selector.all(label, !label.${kept})`,
      `variables.terms.all(term, term.?matchExpressions.orValue([]).all(one, !one.key.${kept}))`,
      `(variables.byDaemonSets || variables.terms.all(term, size(term.?matchFields.orValue([])) == 0))`,
    ].join(' && '),
    message:
      `'spec: leave out nodeName, matchFields, and labels of single nodes or of the control plane: ' + ` +
      `${SELECTED}.filter(label, label.${kept}).join(', ')`,
  };
}

/** The nodes of a zone are for those who may use it. */
function ownNodes(): ObjectRule {
  const label = `'${ZONE_LABEL}'`;
  return {
    expression:
      `(!(${label} in variables.selector) || ${zoneGranted(`variables.selector[${label}]`)}) && ` +
      `variables.terms.all(term, term.?matchExpressions.orValue([]).all(one, one.key != ${label} || ` +
      `(one.operator == 'In' && one.?values.orValue([]).all(zone, ${zoneGranted('zone')}))))`,
    message:
      `'spec: select only nodes of zones that the namespace is granted; ask for the label ${ZONE_GRANT}' + ` +
      `variables.selector[?${label}].orValue('<zone>') + '=use on the namespace'`,
  };
}

function priority(): ObjectRule {
  const name = `object.spec.?priorityClassName.orValue('')`;
  return {
    expression:
      `object.spec.?priority.orValue(0) <= ${HIGHEST_TENANT_PRIORITY} || ` +
      `(!${name}.startsWith('system-') && ('${PRIORITY_GRANT}' + ${name}) in variables.labels)`,
    message:
      `'spec.priorityClassName: use a class with a value of at most ${HIGHEST_TENANT_PRIORITY}, not ' + ${name} + ` +
      `'; what the platform and Kubernetes run on is above'`,
  };
}
