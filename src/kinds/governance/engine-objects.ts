import { Construct } from 'constructs';
import { policy } from '../../constructs/security/admission-policies';
import { FLINK_ACCOUNT, SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { PLATFORM_GROUP } from '../../contracts/names';
import { ObjectRule } from './rules';
import { bindToTenants } from './tenant-pods';

/** What an engine's account makes in its namespace, and nothing else. Programs of tenants run with its token. */
interface EngineObjects {
  readonly account: string;
  /** Condition for a pod of the engine, with its labels as `labels`. */
  readonly pod: (labels: string) => string;
  readonly podFix: string;
  /** Condition for a ConfigMap of the engine, by its name. */
  readonly configMap: (name: string) => string;
  readonly configMapFix: string;
  /** Whether the pods that it makes have the token as well. */
  readonly token: boolean;
  /** Whether its pods get Secrets that a spec names, beside those of the platform. */
  readonly mounts: boolean;
}

/**
 * Sources: https://github.com/apache/spark/tree/master/resource-managers/kubernetes/core (ExecutorPodsAllocator,
 * KubernetesClusterSchedulerBackend), https://github.com/apache/flink/tree/master/flink-kubernetes (Fabric8FlinkKubeClient)
 */
const ENGINES: readonly EngineObjects[] = [
  {
    account: SPARK_ACCOUNT,
    pod: (labels) => `${labels}[?'spark-role'].orValue('') == 'executor'`,
    podFix: 'make executors only, with the label spark-role: executor',
    configMap: (name) => `${name}.matches('^spark-exec-[0-9a-f]+-conf-map$')`,
    configMapFix: 'make the configuration of executors only, spark-exec-<number>-conf-map',
    token: false,
    mounts: false,
  },
  {
    account: FLINK_ACCOUNT,
    pod: (labels) =>
      `${labels}[?'type'].orValue('') == 'flink-native-kubernetes' && ${labels}[?'component'].orValue('') == 'taskmanager'`,
    podFix: 'make task managers only, with the labels type: flink-native-kubernetes and component: taskmanager',
    configMap: (name) => `${name}.endsWith('-config-map')`,
    configMapFix: 'make ConfigMaps of leaders and checkpoints only, <cluster>-config-map',
    // task managers find their leader in a ConfigMap
    token: true,
    mounts: true,
  },
];

/**
 * What the accounts of Spark's drivers and Flink's job managers make, change and delete: RBAC gives them pods and ConfigMaps, and these
 * policies say which. The program of a tenant runs in such a pod and can do all that the account may.
 *
 * @param secrets names of the Secrets that the platform gives to pods of engines
 */
export function engineObjects(scope: Construct, actions: readonly string[], secrets: readonly string[]): void {
  for (const engine of ENGINES) {
    const pods = [itsPods(engine), ...(engine.token ? [sameAccount(engine)] : [sameAccount(engine), noToken()])];
    add(scope, actions, engine, 'pods', [...pods, ...(engine.mounts ? [] : [onlySecrets(secrets)])]);
    add(scope, actions, engine, 'configmaps', [itsConfigMaps(engine)]);
  }
}

function add(
  scope: Construct,
  actions: readonly string[],
  { account }: EngineObjects,
  resource: string,
  rules: readonly ObjectRule[],
): void {
  const name = `${account}-${resource}.${PLATFORM_GROUP}`;
  policy(scope, name, {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: [resource] },
      ],
    },
    matchConditions: [
      {
        name: 'by-the-engine',
        expression: `request.userInfo.username == 'system:serviceaccount:' + request.namespace + ':${account}'`,
      },
    ],
    validations: rules.map(({ expression, message }) => ({
      expression,
      messageExpression: message,
      reason: 'Forbidden',
    })),
  });
  bindToTenants(scope, name, actions);
}

/** Both the object as it was and as it will be, whichever there is. */
function both(holds: (object: string) => string): string {
  return `(object == null || (${holds('object')})) && (oldObject == null || (${holds('oldObject')}))`;
}

function itsPods({ account, pod, podFix }: EngineObjects): ObjectRule {
  return {
    expression: both((object) => pod(`${object}.metadata.?labels.orValue({})`)),
    message: `'pods of ServiceAccount ${account}: ${podFix}'`,
  };
}

function itsConfigMaps({ account, configMap, configMapFix }: EngineObjects): ObjectRule {
  return {
    expression: both((object) => configMap(`${object}.metadata.name`)),
    message: `'ConfigMaps of ServiceAccount ${account}: ${configMapFix}'`,
  };
}

function sameAccount({ account }: EngineObjects): ObjectRule {
  return {
    expression: `object == null || object.spec.?serviceAccountName.orValue('') == '${account}'`,
    message: `'spec.serviceAccountName: pods that ServiceAccount ${account} makes run as it and as no other: set ${account}'`,
  };
}

/** Audiences of tokens that a cloud takes; those of the API server are others. */
const CLOUD_AUDIENCES = `['pods.eks.amazonaws.com', 'sts.amazonaws.com']`;

function noToken(): ObjectRule {
  const projected =
    `object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken) || ` +
    `s.serviceAccountToken.?audience.orValue('') in ${CLOUD_AUDIENCES}))`;
  return {
    expression: `object == null || (object.spec.?automountServiceAccountToken.orValue(true) == false && ${projected})`,
    message: `'spec: executors call no API server: set automountServiceAccountToken to false, and mount no token'`,
  };
}

/** Executors get the Secrets of the platform and no others: what a driver has is not for pods that its program describes. */
function onlySecrets(secrets: readonly string[]): ObjectRule {
  const known = `[${secrets.map((name) => `'${name}'`).join(', ')}]`;
  const containers = 'object.spec.containers + object.spec.?initContainers.orValue([])';
  const inEnv =
    `(${containers}).all(c, c.?env.orValue([]).all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef) || ` +
    `e.valueFrom.secretKeyRef.?name.orValue('') in ${known}) && ` +
    `c.?envFrom.orValue([]).all(e, !has(e.secretRef) || e.secretRef.?name.orValue('') in ${known}))`;
  const inVolumes =
    `object.spec.?volumes.orValue([]).all(v, (!has(v.secret) || v.secret.?secretName.orValue('') in ${known}) && ` +
    `!has(v.csi) && v.?projected.?sources.orValue([]).all(s, !has(s.secret) || s.secret.?name.orValue('') in ${known}))`;
  return {
    expression: `object == null || (${inEnv} && ${inVolumes})`,
    message: `'spec: executors have the Secrets that the platform gives them and no others${secrets.length === 0 ? '' : `: ${secrets.join(', ')}`}'`,
  };
}
