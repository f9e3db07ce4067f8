import { ApiObject, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { OperatorDefinition } from '../../api/operator-definition';
import { certManager } from '../../components/cert-manager';
import { metacontroller } from '../../components/metacontroller';
import { ComponentRegistry } from '../../contracts/component-registry';
import { contentHash } from '../../contracts/content-hash';
import { fail } from '../../contracts/errors';
import { dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { GRANTED, PRIORITY_GRANT } from '../../contracts/placement';
import { AlertRules } from '../../constructs/monitoring/alert-rules';
import { ServiceWorkload } from '../../constructs/workloads/service-workload';
import { AB_TEST_OPERATOR } from '../ab-test/operator';
import { AI_MODEL_OPERATOR } from '../ai-model/operator';
import { AI_ZONE_OPERATOR } from '../ai-zone/operator';
import { DATA_PIPELINE_OPERATOR } from '../data-pipeline/operator';
import { FEATURE_STORE_OPERATOR } from '../feature-store/operator';
import { ML_WORKFLOW_OPERATOR } from '../ml-workflow/operator';
import { MODEL_DEPLOYMENT_OPERATOR } from '../model-deployment/operator';
import { childOwnership } from './child-ownership';
import { HOOK_PORT, HookCertificates, hookServerWorkload } from './hook-server';
import {
  compositeController,
  CONTROLLER_LABELS,
  HookEndpoint,
  leaseRole,
  operatorRole,
  ownRole,
} from './metacontroller';
import { hookServerMonitor, metacontrollerMonitor, operatorAlerts } from './monitoring';
import { OperatorSettings } from './operator-settings';

/** All operators. */
export const OPERATOR_DEFINITIONS: readonly OperatorDefinition[] = [
  AB_TEST_OPERATOR,
  FEATURE_STORE_OPERATOR,
  AI_MODEL_OPERATOR,
  MODEL_DEPLOYMENT_OPERATOR,
  DATA_PIPELINE_OPERATOR,
  ML_WORKFLOW_OPERATOR,
  AI_ZONE_OPERATOR,
];

/** Annotation of the hook servers' pods with a hash of their settings. */
const SETTINGS_ANNOTATION = `${PLATFORM_GROUP}/settings-hash`;

const LOG_LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error'];

/** Options of the operators. */
export interface PlatformOperatorsProps {
  /** Namespace of the hook servers. */
  readonly namespace: INamespace;
  /** Image of the hook server, with a digest or a tag other than `latest`; operators/Dockerfile builds it. */
  readonly image: string;
  /** What the operators have to know of the platform. */
  readonly settings: OperatorSettings;
  /** API groups of third parties that the cluster serves, such as `serving.kserve.io`. Kinds of others are not made. */
  readonly apiGroups: string[];
  /**
   * Kinds of these groups that the cluster serves, as `Kind.group`. Metacontroller starts no controller that names a kind which is not
   * there, and its objects would be accepted and never looked at.
   *
   * @default - every kind of the groups
   */
  readonly customResources?: string[];
  /**
   * Names of the operators: `ai-model`, `data-pipeline`, `ml-workflow`, `ai-zone`, `feature-store`, `ab-test`, `model-deployment`.
   *
   * @default - all
   */
  readonly operators?: string[];
  /**
   * Whether each operator has a Deployment of its own, so that a fault in one cannot hold up the others.
   *
   * @default false
   */
  readonly separateDeployments?: boolean;
  /**
   * Pods of each hook server, and of Metacontroller.
   *
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Name of a Secret in the namespace whose key `token` has a bearer token that Metacontroller proves itself with, beside its
   * certificate.
   *
   * @default - the certificate suffices
   */
  readonly tokenSecretName?: string;
  /**
   * How much the hook servers log: `debug`, `info`, `warn` or `error`.
   *
   * @default 'info'
   */
  readonly logLevel?: string;
  /**
   * Name of the PriorityClass of Metacontroller and the hook servers.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
}

/**
 * The operators: Metacontroller, which watches the platform's objects, and the hook servers, which say what each object means.
 *
 * Between them goes mutual TLS. The hook servers have no permission in the cluster; Metacontroller has those that the operators' child
 * kinds ask for, and an admission policy lets it change and delete only what an object of the platform made. One per environment.
 */
export class PlatformOperators extends Construct {
  /** The hook servers, by name of the workload. */
  public readonly hookServers: { readonly [name: string]: ServiceWorkload };
  /** The CompositeControllers, by name of the operator. */
  public readonly controllers: { readonly [operator: string]: ApiObject };
  /** The ClusterRoles that together are what Metacontroller may do. */
  public readonly roles: ApiObject[];
  /** The alerts. */
  public readonly alerts: AlertRules;

  /** @throws InvalidInputError when an operator is unknown, or a prop is out of bounds */
  public constructor(scope: Construct, id: string, props: PlatformOperatorsProps) {
    super(scope, id);
    const definitions = this.chosen(props.operators);
    const replicas = props.replicas ?? 2;
    if (!Number.isInteger(replicas) || replicas < 1) {
      fail(this, 'replicas', 'must be a whole number of at least 1', replicas, 'give the pods of each hook server');
    }
    if (props.tokenSecretName !== undefined) dnsLabel(this, 'tokenSecretName', props.tokenSecretName);
    const logLevel = props.logLevel ?? 'info';
    if (!LOG_LEVELS.includes(logLevel)) {
      fail(this, 'logLevel', `must be one of ${LOG_LEVELS.join(', ')}`, logLevel, 'choose one of them');
    }
    if (props.priorityClassName !== undefined) {
      // it may be above those of the tenants, to which the namespace of a team is held
      props.namespace.addLabel(`${PRIORITY_GRANT}${props.priorityClassName}`, GRANTED);
    }
    const [[key, value]] = Object.entries(CONTROLLER_LABELS);
    const registry = ComponentRegistry.of(this);
    registry.require(certManager());
    registry.require(
      metacontroller({
        controllerSelector: `${key}=${value}`,
        replicas,
        priorityClassName: props.priorityClassName,
      }),
    );
    // one with its version would be taken for a group that is not served, and its kinds left out in silence
    const groups = [...props.apiGroups].sort();
    const odd = groups.find((group) => !/^[a-z0-9.-]+$/.test(group));
    if (odd !== undefined) {
      fail(
        this,
        'apiGroups',
        'must be names of groups without a version',
        odd,
        `write it like '${odd.split('/')[0].toLowerCase()}'`,
      );
    }
    const customResources = props.customResources && [...new Set(props.customResources)].sort();
    const strange = customResources?.find((kind) => !groups.some((group) => kind.endsWith(`.${group}`)));
    if (strange !== undefined) {
      const fix = 'write it like InferenceService.serving.kserve.io, and name its group in apiGroups';
      fail(this, 'customResources', 'must be kinds of the groups in apiGroups', strange, fix);
    }
    const empty =
      customResources && groups.find((group) => !customResources.some((kind) => kind.endsWith(`.${group}`)));
    if (empty !== undefined) {
      const fix = 'require the component that has its CRDs, or leave the group out';
      fail(this, 'apiGroups', 'must have kinds that a component of the environment defines', empty, fix);
    }
    this.roles = [
      ownRole(this, 'role'),
      ...definitions.map((definition) =>
        operatorRole(this, `role-${definition.name}`, definition, groups, customResources),
      ),
    ];
    leaseRole(this, 'role-leases');
    childOwnership(this, definitions, groups, customResources);

    const namespace = props.namespace.namespaceName;
    const servers = props.separateDeployments
      ? definitions.map((definition) => ({ name: `operator-${definition.name}`, members: [definition] }))
      : [{ name: 'operators', members: definitions }];
    const hostOf = (name: string): string => `${name}.${namespace}.svc`;
    const certificates = new HookCertificates(this, 'certificates', {
      namespace: props.namespace,
      dnsNames: servers.map(({ name }) => hostOf(name)),
    });
    const settings = JSON.stringify({ ...props.settings, apiGroups: groups, customResources }, undefined, 2);
    const settingsName = this.settingsConfigMap(namespace, settings);
    this.hookServers = Object.fromEntries(
      servers.map(({ name, members }) => [
        name,
        hookServerWorkload(this, name, {
          namespace: props.namespace,
          name,
          image: props.image,
          replicas,
          operators: members.map((definition) => definition.name),
          settingsName,
          tlsSecretName: certificates.serverSecretName,
          tokenSecretName: props.tokenSecretName,
          logLevel,
          priorityClassName: props.priorityClassName,
        }),
      ]),
    );
    const annotations = { [SETTINGS_ANNOTATION]: contentHash(settings) };
    Object.values(this.hookServers).forEach(({ deployment }) => {
      // the hook server reads its settings when it starts
      deployment.addJsonPatch(JsonPatch.add('/spec/template/metadata/annotations', annotations));
    });
    const reference = (name: string) => ({ name, namespace });
    this.controllers = Object.fromEntries(
      servers.flatMap(({ name, members }) =>
        members.map((definition) => [
          definition.name,
          this.controller(definition, groups, customResources, {
            url: `https://${hostOf(name)}:${HOOK_PORT}`,
            caSecret: reference(certificates.clientSecretName),
            clientSecret: reference(certificates.clientSecretName),
            ...(props.tokenSecretName === undefined ? {} : { tokenSecret: reference(props.tokenSecretName) }),
          }),
        ]),
      ),
    );
    hookServerMonitor(this, 'Monitor', namespace, certificates.serverSecretName, hostOf(servers[0].name));
    metacontrollerMonitor(this, 'MetacontrollerMonitor');
    this.alerts = operatorAlerts(
      this,
      'Alerts',
      props.namespace,
      definitions.map(({ name }) => name),
    );
  }

  private chosen(names: string[] | undefined): readonly OperatorDefinition[] {
    if (names === undefined) return OPERATOR_DEFINITIONS;
    const known = OPERATOR_DEFINITIONS.map(({ name }) => name);
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0 || names.length === 0) {
      fail(
        this,
        'operators',
        `must name some of ${known.join(', ')}`,
        names,
        'name one of them, or leave it out for all',
      );
    }
    return OPERATOR_DEFINITIONS.filter(({ name }) => names.includes(name));
  }

  private controller(
    definition: OperatorDefinition,
    groups: string[],
    kinds: string[] | undefined,
    endpoint: HookEndpoint,
  ): ApiObject {
    const manifest = compositeController(definition, endpoint, groups, kinds);
    return new ApiObject(this, `controller-${definition.name}`, { ...manifest });
  }

  /** Its name stays, so that former settings are not left behind. The pods are replaced since they name the settings' hash. */
  private settingsConfigMap(namespace: string, text: string): string {
    const name = 'operators-settings';
    new ApiObject(this, 'Settings', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'ml-platform' } },
      data: { 'settings.json': text },
    });
    return name;
  }
}
