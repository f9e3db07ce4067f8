import { Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { PlatformCrds } from '../../api';
import { Environment } from '../../app/environment';
import { istioAmbient } from '../../components/istio-ambient';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { PodSecurityLevel } from '../../contracts/component';
import { ComponentRegistry } from '../../contracts/component-registry';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { IMessageBus, MessageBusProps } from '../../contracts/message-bus';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { dnsLabel } from '../../contracts/names';
import { BackupMinimum } from '../../constructs/backup/backup';
import { Engines, EngineSelection } from '../../constructs/engines';
import { MODEL_SERVER_ACCOUNT } from '../../constructs/engines/accounts';
import { ModelScaler } from '../../kinds/ai-model/settings';
import { Personas, TenantPersonas } from '../../kinds/governance/personas';
import { PlatformPolicies } from '../../kinds/governance/platform-policies';
import { ENGINES_LABEL } from '../../kinds/governance/tenant-pods';
import { CustomMetrics } from '../../kinds/metrics/custom-metrics';
import { PlatformDashboards } from '../../kinds/metrics/dashboards';
import { PlatformAlerts, PlatformMonitors, PlatformObjectives } from '../../kinds/metrics/monitoring';
import { NeuralPriorityClasses } from '../../constructs/scheduling';
import { NamespaceQuota } from '../../constructs/tenancy';
import { TenantHierarchy } from '../../constructs/tenant-hierarchy';
import { AIZoneServices } from '../../kinds/ai-zone/settings';
import { DataPlatform } from '../data-platform';
import { foundationOf, PlatformFoundationProps } from '../data-platform/foundation';
import {
  dataServicesOfZones,
  engineAccounts,
  featureServerBinding,
  modelServerAccounts,
  secretsOfSpark,
} from './accounts';
import { keepDefinitions, oneModelOperator } from '../operators/operators';
import { addEventBuses } from './event-buses';
import { Lake } from './lake';
import { addBus, PlatformBus } from './message-bus';
import { NeuralNamespaces } from './neural-namespaces';
import { neuralOperators, NeuralOperatorsProps } from './neural-operators';
import { Tracking } from './tracking';

/** Options of a neural platform. */
export interface NeuralPlatformProps extends PlatformFoundationProps {
  /**
   * The engines that are installed.
   *
   * @default - all of them
   */
  readonly engines?: EngineSelection;
  /**
   * Namespaces of yours in which objects of the platform's kinds live too, such as that of a team: the pods of engines and model
   * servers get the accounts and connections there that they have in the platform's own namespaces, with the namespace's own folders of
   * the bucket and its own schema of the database.
   *
   * @default - the platform's own namespaces only
   */
  readonly engineNamespaces?: INamespace[];
  /**
   * Folders of the bucket for models and data, each with a slash at its end, that the pods of engines and model servers read in a
   * namespace, by the name of the namespace, such as `{ vision: ['lake/data-processing/orders/'] }`. Without it, a namespace
   * reaches its own folders only: `lake/<namespace>/`, `features/<namespace>/`, `models/<namespace>/`, `pipelines/<namespace>/`
   * and `workflows/<namespace>/`. An object of the platform's kinds that names another place in the bucket is refused.
   *
   * @default - folders are shared between the platform's own namespaces only
   */
  readonly sharedFolders?: { [namespaceName: string]: string[] };
  /**
   * Whether there is a message bus, with the service name `bus`: Kafka, for pipelines and streaming features. Topics belong to namespaces by
   * the first part of their names. A DataPipeline or FeatureStore that names a topic without a dot has that of its own namespace:
   * `orders` in `vision` is `vision.orders`.
   *
   * @default - true, unless neither Spark nor Flink is installed, or `operators.kafkaBootstrapServers` names another Kafka
   */
  readonly createMessageBus?: boolean;
  /**
   * Settings of the message bus.
   *
   * @default - by tier
   */
  readonly messageBus?: MessageBusProps;
  /**
   * Beginnings of names of topics that pipelines and features of a namespace read beside its own, by the name of the namespace, such as
   * `{ vision: ['data-processing.orders'] }`. Without it, a namespace reaches its own topics only.
   *
   * @default - features of `feature-stores` read the topics of `data-processing`
   */
  readonly sharedTopics?: { [namespaceName: string]: string[] };
  /**
   * What the alerts hold the platform to.
   *
   * @default - the defaults of `PlatformAlerts`
   */
  readonly objectives?: PlatformObjectives;
  /**
   * Price of a requested CPU for an hour, in your currency, for the dashboard about cost. A reader can write another into it.
   *
   * @default 0
   */
  readonly cpuHourPrice?: number;
  /**
   * Price of a requested GiB of memory for an hour.
   *
   * @default 0
   */
  readonly memoryGiBHourPrice?: number;
  /**
   * Price of a requested GPU for an hour.
   *
   * @default 0
   */
  readonly gpuHourPrice?: number;
  /**
   * Quotas that differ from those of `NeuralNamespaces`, by namespace.
   *
   * @default - by tier
   */
  readonly quotas?: { [namespaceName: string]: NamespaceQuota };
  /**
   * Groups of the identity provider whose members may own tenants, and make their namespaces by themselves, with Capsule.
   *
   * @default - no Capsule: tenants' namespaces are made by the program only
   */
  readonly selfServiceGroups?: string[];
  /**
   * Whether Istio is installed, in ambient mode. A namespace joins the mesh by a label, as zones with `serviceMesh` do.
   *
   * @default false
   */
  readonly serviceMesh?: boolean;
  /**
   * What changes the number of replicas of models. With KEDA, which is then installed, custom metrics are asked of Prometheus.
   *
   * @default ModelScaler.HPA
   */
  readonly modelScaler?: ModelScaler;
  /**
   * Whether stages of workflows hand on files, which are kept in `workflows/<namespace>/` of the bucket for models and data.
   *
   * @default true
   */
  readonly workflowArtifacts?: boolean;
  /**
   * Whether images in the specs of the platform's kinds must have a digest, or a tag other than `latest`.
   *
   * @default true
   */
  readonly requirePinnedImages?: boolean;
  /**
   * Whether the policies for the platform's kinds accept what they would refuse, with a warning and an audit annotation, to see
   * what a cluster has before anything is refused. Synthesis refuses in any case.
   *
   * @default false
   */
  readonly policiesWarnOnly?: boolean;
  /**
   * Group of the identity provider whose members administer the platform's kinds, zones among them.
   *
   * @default 'platform-admins'
   */
  readonly platformAdminGroup?: string;
  /**
   * AIZones that the data scientists and ML engineers of `neural-platform` may use in the platform's own namespaces. Others
   * get theirs with `TenantPersonas`.
   *
   * @default - none
   */
  readonly zones?: string[];
  /**
   * Namespaces of AIZones whose pods reach the platform's database and cache; the namespace of a zone has its name, unless
   * `targetNamespace` says another. The Secrets `database-credentials.default` and `cache-credentials.default` there have a user for the
   * pods, with a schema and keys that start with `<namespace>:` for itself.
   *
   * @default - none: zones reach the bucket for models and data only
   */
  readonly dataZones?: string[];
  /**
   * How the operators run, which turn the platform's objects into running programs.
   *
   * @default - the defaults of each option
   */
  readonly operators?: NeuralOperatorsProps;
}

/** The label of namespaces whose pods are in Istio's ambient mesh. */
const AMBIENT_LABEL = ['istio.io/dataplane-mode', 'ambient'] as const;

/** The objects are the platform's database. */
const BACKUP: BackupMinimum = { everyHours: 6, retentionDays: 30 };

/**
 * The data lake and neural platform: the kinds AIModel, DataPipeline, MLWorkflow, AIZone, FeatureStore, ABTest and
 * ModelDeployment, the operators that turn objects of these kinds into running programs, the namespaces that they live in, the
 * engines that do their work, metrics, dashboards and alerts, tenants, priorities, and a backup of all of it every six hours, kept
 * for 30 days.
 *
 * It stands on the environment's DataPlatform, which must come before it; where there is none, it makes one. That DataPlatform must
 * have its bucket for models and data, its monitoring, unless `engines.feast` is false its cache, and for its MLflow its database. With
 * an MLflow elsewhere (`operators.mlflowUrl`) or none (`engines.mlflow: false`) it may do without the database, which Spark pipelines then
 * cannot read. It may do without backups, and without the other standard teams.
 *
 * The kinds are in the API group `nstarx.io`, which names the design that they come from; it is part of the API, the same in every
 * installation (docs/which-construct.md).
 *
 * It runs unchanged on every provider. One per environment.
 *
 * @example
 * const neural = new NeuralPlatform(environment, 'neural', { domain: 'ml.acme.example', engines: { flink: false } });
 * new AIModel(environment.addChart('models'), 'fraud-detector', {
 *   namespace: neural.namespaces.models,
 *   type: AIModelType.SKLEARN,
 *   version: '3.0',
 *   storage: { location: `s3://${neural.dataPlatform.artifactBucket.bucketName}/models/ml-models/fraud-detector/3.0` },
 *   serving: { resources: { requests: { cpu: '1', memory: '2Gi' } } },
 * });
 */
@checked('NeuralPlatform')
export class NeuralPlatform extends Construct {
  /**
   * Name of the ServiceAccount in `ml-models` and `model-serving` that may read the bucket of models, for an InferenceService
   * that is no AIModel.
   */
  public static readonly MODEL_SERVER_ACCOUNT: string = MODEL_SERVER_ACCOUNT;

  /** The platform that it stands on: cluster, database, cache, bucket, gateway, monitoring, security. */
  public readonly dataPlatform: DataPlatform;
  /** The namespaces in which the platform's objects live. */
  public readonly namespaces: NeuralNamespaces;
  /** Which pods go first. */
  public readonly priorities: NeuralPriorityClasses;
  /** The tenants. */
  public readonly tenants: TenantHierarchy;
  /** What data scientists, ML engineers, model reviewers and administrators may do with the platform's kinds. */
  public readonly personas: Personas;
  /** The operators: Metacontroller's controllers, the hook servers, their certificates, roles and alerts, as objects of Kubernetes. */
  public readonly operators: IConstruct;
  /**
   * What can be left out.
   *
   * @internal
   */
  public readonly _bus?: PlatformBus;

  /**
   * @throws InvalidInputError when the environment has a NeuralPlatform or a ZeroTouch already, or a cluster but no DataPlatform, the DataPlatform
   * lacks what this needs or says fewer backups than every six hours for 30 days, or a prop is wrong
   */
  public constructor(scope: Environment, id: string, props: NeuralPlatformProps = {}) {
    onePerEnvironment(scope, id, 'NeuralPlatform');
    oneModelOperator(scope, id);
    super(scope, id);
    const selection = props.engines ?? {};
    this.dataPlatform = this.foundation(scope, props);
    const { gateway } = this.dataPlatform;

    keepDefinitions(new PlatformCrds(this.chart('crds'), 'crds'));
    this.priorities = new NeuralPriorityClasses(this.chart('priorities'), 'priorities');
    this.namespaces = new NeuralNamespaces(this.chart('namespaces'), 'namespaces', { quotas: props.quotas });
    const { data, features, models, system, workflows } = this.namespaces;

    const engines = this.chart('engines');
    const others = props.engineNamespaces ?? [];
    others.forEach((namespace, at) => {
      namespaceNameOf(this, namespace, `engineNamespaces[${at}]`);
      this.namespaces._permitScraping(namespace);
      namespace.addLabel(ENGINES_LABEL, 'true');
    });
    const lake = new Lake(
      this,
      this.dataPlatform.artifactBucket,
      this.namespaces,
      others.map(({ namespaceName }) => namespaceName),
      props.sharedFolders,
    );
    const servers = modelServerAccounts(engines, selection, this.dataPlatform, lake, this.namespaces, others);
    const tracking = Tracking.of(this.chart('tracking'), this.dataPlatform, this.namespaces, others, {
      url: props.operators?.mlflowUrl,
      wanted: selection.mlflow ?? true,
    });
    const accounts = engineAccounts(engines, selection, this.dataPlatform, lake, this.namespaces, others, tracking);
    const pushNamespaces = addEventBuses(engines, selection, gateway, [workflows, ...others]);
    this._bus = addBus(this, scope, accounts, this.namespaces, {
      ...props,
      engines: selection,
      kafkaBootstrapServers: props.operators?.kafkaBootstrapServers,
    });
    new Engines(engines, 'engines', {
      gateway,
      modelStorage: servers.map(({ s3 }) => s3).find((s3) => s3 !== undefined),
      trainingPriorityClassName: this.priorities.batchTraining,
      ...selection,
    });
    if (props.serviceMesh ?? false) this.joinMesh(scope);

    const observability = this.chart('observability');
    new CustomMetrics(observability, 'metrics', { namespace: system });
    new PlatformMonitors(observability, 'monitors', { namespace: system });
    new PlatformAlerts(observability, 'alerts', { namespace: system, objectives: props.objectives });
    const { cpuHourPrice, memoryGiBHourPrice, gpuHourPrice } = props;
    new PlatformDashboards(observability, 'dashboards', { cpuHourPrice, memoryGiBHourPrice, gpuHourPrice });

    this.tenants = new TenantHierarchy(this.chart('tenants'), 'tenants', {
      selfServiceGroups: props.selfServiceGroups,
      // a model of a tenant is fetched from the same bucket
      serviceLabels: servers[0]?.binding.namespaceLabels,
    });

    const governance = this.chart('governance');
    new PlatformPolicies(governance, 'policies', {
      gateway,
      requirePinnedImages: props.requirePinnedImages,
      warnOnly: props.policiesWarnOnly,
      lake: lake.folders,
      engineSecretNames: secretsOfSpark(accounts),
    });
    this.personas = new Personas(governance, 'personas', { platformAdminGroup: props.platformAdminGroup });
    new TenantPersonas(governance, 'neural-platform', {
      personas: this.personas,
      namespaces: [models, data, workflows, features],
      dataScientistZones: props.zones,
      mlEngineerZones: props.zones,
    });

    this.operators = neuralOperators(this.chart('operators'), {
      environment: scope,
      platform: this.dataPlatform,
      lake,
      namespaces: this.namespaces,
      engines: selection,
      engineAccounts: accounts,
      pushNamespaces,
      messageBus: this._bus?.settings,
      modelServerAccounts: servers,
      tracking,
      featureServerBinding: featureServerBinding(this.dataPlatform, this.namespaces, others),
      trainingPriorityClassName: this.priorities.batchTraining,
      inferencePriorityClassName: this.priorities.productionInference,
      zoneServices: this.zoneServices(props.dataZones ?? []),
      serviceMesh: props.serviceMesh ?? false,
      modelScaler: props.modelScaler ?? ModelScaler.HPA,
      workflowArtifacts: props.workflowArtifacts ?? true,
      selfServiceGroups: props.selfServiceGroups ?? [],
      options: props.operators ?? {},
    });
  }

  /** The environment's cluster. */
  public get cluster(): ICluster {
    return this.dataPlatform.cluster;
  }

  /**
   * The message bus.
   *
   * @throws InvalidInputError when there is none
   */
  public get messageBus(): IMessageBus {
    return (
      this._bus?.bus ??
      fail(this, 'messageBus', 'must be part of the platform', undefined, 'set createMessageBus, or do without it')
    );
  }

  /** Zones with mutual TLS refuse clients outside the mesh: what forwards requests and what scrapes must be in it. */
  private joinMesh(environment: Environment): void {
    ComponentRegistry.of(this).require(istioAmbient());
    const [key, value] = AMBIENT_LABEL;
    const gateway = this.dataPlatform.gateway.peer.namespace ?? '';
    environment.requireNamespace(gateway, PodSecurityLevel.RESTRICTED, { [key]: value });
    this.dataPlatform.teams.monitoring.addLabel(key, value);
  }

  private zoneServices(zones: readonly string[]): { [namespace: string]: AIZoneServices } {
    if (zones.length > 0) this.dataPlatform._require(this, ['database']);
    const own = this.namespaces.all.map(({ namespaceName }) => namespaceName);
    for (const zone of zones) {
      dnsLabel(this, 'dataZones', zone);
      if (own.includes(zone)) {
        fail(this, 'dataZones', 'must be namespaces of AIZones', zone, 'name one that is not of the platform itself');
      }
    }
    return dataServicesOfZones(this.dataPlatform, [...new Set(zones)]);
  }

  private foundation(scope: Environment, props: NeuralPlatformProps): DataPlatform {
    const cache = (props.engines?.feast ?? true) ? (['cache'] as const) : [];
    const tracked = (props.engines?.mlflow ?? true) && props.operators?.mlflowUrl === undefined;
    const database = tracked ? (['database'] as const) : [];
    const platform = foundationOf(this, scope, props, ['artifactBucket', 'monitoring', ...cache, ...database]);
    platform._pieces.backup?._requireAtLeast(this, BACKUP);
    return platform;
  }

  private chart(id: string): Chart {
    return new Chart(this, id, { disableResourceNameHashes: true });
  }
}
