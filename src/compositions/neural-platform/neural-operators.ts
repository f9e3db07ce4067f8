import { Chart } from 'cdk8s';
import { Environment } from '../../app/environment';
import { keda, KEDA_NAMESPACE, KEDA_OPERATOR_LABELS } from '../../components/keda';
import { ICache, IObjectStore, SecretEnv, ServiceBinding } from '../../contracts/backing-service';
import { METACONTROLLER_NAMESPACE } from '../../contracts/metacontroller';
import { ComponentRegistry } from '../../contracts/component-registry';
import { SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { pinnedImage } from '../../contracts/image-reference';
import { PLATFORM_NAMESPACE, upperSnakeCase } from '../../contracts/names';
import { serverUrl } from '../../contracts/server-url';
import { Tier } from '../../contracts/tier';
import { EngineAccount, EngineSelection, ModelServerAccount } from '../../constructs/engines';
import { MODEL_SERVER_ACCOUNT } from '../../constructs/engines/accounts';
import { ModelServerNamespace, modelServerNamespaces } from '../../constructs/engines/model-server-namespaces';
import { AIZoneServices } from '../../kinds/ai-zone/settings';
import { ModelScaler } from '../../kinds/ai-model/settings';
import { FeatureStoreSettings } from '../../kinds/feature-store/settings';
import { LakeArea } from '../../kinds/lake-folders';
import { MessageBusSettings } from '../../kinds/message-bus';
import { MLWorkflowArtifactSettings, MLWorkflowSecretKey } from '../../kinds/ml-workflow/settings';
import { mergedPolicies, policiesOfTier } from '../../kinds/model-deployment/gate';
import { checkPolicies } from '../../kinds/model-deployment/policies';
import { ModelDeploymentSettings, ModelPolicies } from '../../kinds/model-deployment/settings';
import { MODEL_DEPLOYMENT_SIZES } from '../../kinds/model-deployment/sizes';
import { OperatorSettings } from '../../kinds/operators/operator-settings';
import { PlatformOperators } from '../../kinds/operators/platform-operators';
import { NetworkFlow } from '../../constructs/tenancy';
import { DataPlatform } from '../data-platform';
import { addOperators, platformSettings } from '../operators/operators';
import { FLINK_IMAGE } from './flink-image';
import { Lake } from './lake';
import { NeuralNamespaces } from './neural-namespaces';
import { Tracking } from './tracking';

/** Options of the operators of a neural platform. */
export interface NeuralOperatorsProps {
  /**
   * Image of the hook server; operators/Dockerfile builds it.
   *
   * @default - that of this version of the library
   */
  readonly image?: string;
  /**
   * How much the hook server logs: `debug`, `info`, `warn` or `error`.
   *
   * @default 'info'
   */
  readonly logLevel?: string;
  /**
   * Name of a Secret in `nstarx-system` whose key `token` has a bearer token that Metacontroller proves itself with, beside its
   * certificate.
   *
   * @default - the certificate suffices
   */
  readonly tokenSecretName?: string;
  /**
   * Whether each operator has a Deployment of its own, so that a fault in one cannot hold up the others.
   *
   * @default false
   */
  readonly separateDeployments?: boolean;
  /**
   * URL of an MLflow that is there already, for workflows and model registration. The platform then installs none.
   *
   * @default - the platform's own; none with `engines.mlflow: false`: workflows that register models must then name a server
   */
  readonly mlflowUrl?: string;
  /**
   * Addresses of a Kafka of yours that asks for no user, for pipelines and features that name none: in place of the platform's message bus.
   *
   * @default - the platform's message bus
   */
  readonly kafkaBootstrapServers?: string;
  /**
   * Image of Spark with the connectors that pipelines use.
   *
   * @default - Apache's image, which fetches connectors from a Maven repository when it starts
   */
  readonly sparkImage?: string;
  /**
   * Image of Flink with PyFlink and the connectors that streams use.
   *
   * @default - that of this version of the library, which programs/flink-runner/image builds
   */
  readonly flinkImage?: string;
  /**
   * Image of Feast with the drivers of the stores that features are kept in: Feast's own has none of Cassandra and no Delta Lake.
   *
   * @default - Feast's own
   */
  readonly feastImage?: string;
  /**
   * URL of the server that OpenLineage events go to.
   *
   * @default - none are sent
   */
  readonly openLineageUrl?: string;
  /**
   * ClusterTrainingRuntimes of Kubeflow Trainer by framework; the key `mpi` is for the backend of that name.
   *
   * @default - `torch-distributed` for pytorch and huggingface; other frameworks train in one container
   */
  readonly trainingRuntimes?: { readonly [framework: string]: string };
  /**
   * Name of the Secret, in each namespace with a FeatureStore, with the credentials of the database or warehouse that offline values are
   * kept in.
   *
   * @default - none: offline values are kept in files
   */
  readonly featureOfflineSecretName?: string;
  /**
   * What the policy gate asks of a ModelDeployment before it is served, in place of what the environment's tier has in policies/bounds.
   *
   * @default - the bounds of the tier: accuracy 0.85, F1 score 0.8, an evaluation of fairness, drift below 0.3; in staging and production
   * more
   */
  readonly modelPolicies?: ModelPolicies;
}

/** What the operators of a neural platform are made from. */
export interface NeuralOperatorsInput {
  readonly environment: Environment;
  readonly platform: DataPlatform;
  readonly lake: Lake;
  readonly namespaces: NeuralNamespaces;
  readonly engines: EngineSelection;
  readonly engineAccounts: readonly EngineAccount[];
  readonly pushNamespaces: readonly string[];
  readonly messageBus?: MessageBusSettings;
  readonly modelServerAccounts: readonly ModelServerAccount[];
  readonly tracking: Tracking;
  readonly featureServerBinding?: ServiceBinding;
  readonly trainingPriorityClassName: string;
  readonly inferencePriorityClassName: string;
  readonly zoneServices: { readonly [namespace: string]: AIZoneServices };
  readonly serviceMesh: boolean;
  readonly modelScaler: ModelScaler;
  readonly workflowArtifacts: boolean;
  readonly selfServiceGroups: readonly string[];
  readonly options: NeuralOperatorsProps;
}

/**
 * Adds the operators, with what they have to know of the platform derived from the platform itself, and a check of the objects that they
 * will be given.
 */
export function neuralOperators(chart: Chart, input: NeuralOperatorsInput): PlatformOperators {
  const { environment, platform, namespaces, lake, options } = input;
  checkOptions(chart, options);
  const registry = ComponentRegistry.of(chart);
  if (input.modelScaler === ModelScaler.KEDA) {
    registry.require(keda());
    new NetworkFlow(chart, 'scaling-queries', {
      from: { namespace: KEDA_NAMESPACE, podLabels: KEDA_OPERATOR_LABELS },
      to: platform.monitoring.prometheus,
      ingressOnly: true,
    });
  }
  return addOperators(chart, {
    environment,
    platform,
    namespace: namespaces.system,
    lake: lake.folders,
    settings: settings(input, environment.tier, registry, modelServerNamespaces(chart)),
    image: options.image,
    separateDeployments: options.separateDeployments,
    logLevel: options.logLevel,
    tokenSecretName: options.tokenSecretName,
  });
}

function checkOptions(chart: Chart, options: NeuralOperatorsProps): void {
  for (const prop of ['image', 'sparkImage', 'flinkImage', 'feastImage'] as const) {
    const image = options[prop];
    if (image !== undefined) pinnedImage(chart, `operators.${prop}`, image);
  }
  for (const prop of ['mlflowUrl', 'openLineageUrl'] as const) {
    const url = options[prop];
    if (url !== undefined) serverUrl(chart, `operators.${prop}`, url, 'http://mlflow.mlflow.svc:5000');
  }
  if (options.modelPolicies) checkPolicies(chart, 'operators.modelPolicies', options.modelPolicies);
}

function settings(
  input: NeuralOperatorsInput,
  tier: Tier,
  registry: ComponentRegistry,
  servers: readonly ModelServerNamespace[],
): OperatorSettings {
  const { platform, namespaces, options, engines } = input;
  const { monitoring, security, artifactBucket, _pieces } = platform;
  const shared = platformSettings(platform, namespaces.system);
  const { scraper } = shared;
  const spark = input.engineAccounts.find((account) => account.identity.serviceAccountName === SPARK_ACCOUNT);
  const [modelServer] = input.modelServerAccounts;
  const bucket = `s3://${input.lake.bucketName}`;
  // whatever engine there is has the connection to the bucket, but for the account of resources
  const engine = spark ?? input.engineAccounts.find((account) => Object.keys(account.env).length > 0);
  // what is of the message bus is for those that use it
  const env = withoutBus(engine?.env ?? {});
  const secretEnv = (engine?.secretEnv ?? []).filter((variable) => variable.name.startsWith('AWS_'));
  return {
    ...shared,
    messageBus: input.messageBus,
    modelDeployment: {
      ...MODEL_DEPLOYMENT_SIZES[tier],
      tier,
      ...modelDeploymentAccount(input, servers),
      priorityClassName: input.inferencePriorityClassName,
      policies: mergedPolicies(policiesOfTier(tier), options.modelPolicies),
    },
    aiModel: {
      kserve: engines.kserve ?? true,
      scaler: input.modelScaler,
      serviceAccountName: modelServer?.identity.serviceAccountName,
      accountNamespaces: input.modelServerAccounts.map(({ identity }) => identity.namespace),
      priorityClassName: input.inferencePriorityClassName,
      batchPriorityClassName: input.trainingPriorityClassName,
      storage: {
        env: modelServer?.binding.env,
        secretEnv: modelServer?.binding.secretEnv,
        egress: modelServer?.binding.egress,
      },
    },
    dataPipeline: {
      sparkImage: options.sparkImage,
      flinkImage: options.flinkImage ?? FLINK_IMAGE,
      flinkKinesis: options.flinkImage !== undefined,
      env,
      secretEnv,
      folder: `${bucket}/${LakeArea.PIPELINES}/`,
      lookupFolder: `${bucket}/${LakeArea.DATA}/`,
      bootstrapServers: options.kafkaBootstrapServers,
      scraper,
      ...(options.openLineageUrl === undefined ? {} : { lineage: { url: options.openLineageUrl } }),
    },
    mlWorkflow: {
      trackingUri: input.tracking.url,
      ...(input.pushNamespaces.length === 0 ? {} : { pushNamespaces: [...input.pushNamespaces] }),
      ...(options.trainingRuntimes === undefined ? {} : { trainingRuntimes: options.trainingRuntimes }),
      env,
      secretEnv,
      priorityClassName: input.trainingPriorityClassName,
      artifacts: input.workflowArtifacts ? artifactStore(artifactBucket, env, secretEnv) : undefined,
    },
    featureStore: {
      folder: `${bucket}/${LakeArea.FEATURES}/`,
      lake: `${bucket}/${LakeArea.DATA}/`,
      lakeOf: { [namespaces.features.namespaceName]: `${bucket}/${input.lake.tablesOfFeatures}` },
      sparkImage: options.sparkImage,
      streamImage: options.flinkImage ?? FLINK_IMAGE,
      feastImage: options.feastImage,
      ...(options.featureOfflineSecretName === undefined
        ? {}
        : { offlineSecretName: options.featureOfflineSecretName }),
      ...onlineStore(input, _pieces.cache),
      bootstrapServers: options.kafkaBootstrapServers,
      s3Endpoint: env.AWS_ENDPOINT_URL_S3,
      s3Region: artifactBucket.region,
      s3SecretEnv: secretEnv,
      services: [
        ...(input.featureServerBinding?.egress ?? []),
        ...(modelServer?.binding.egress ?? spark?.egress ?? []),
      ],
      prometheusNamespace: scraper.namespace,
    },
    aiZone: {
      platformNamespaces: platformNamespaces(input, registry),
      modelNamespaces: [namespaces.models.namespaceName],
      egress: modelServer?.binding.egress,
      serviceLabels: modelServer?.binding.namespaceLabels,
      dataServices: input.zoneServices,
      certificateIssuer: security.publicIssuerName,
      mesh: input.serviceMesh,
      metricsRetentionDays: monitoring.retentionDays,
      selfServiceGroups: [...input.selfServiceGroups],
    },
  };
}

/** The account of the services of models, in the platform's own namespaces and in those beside them that have it. */
function modelDeploymentAccount(
  { modelServerAccounts }: NeuralOperatorsInput,
  others: readonly ModelServerNamespace[],
): Pick<ModelDeploymentSettings, 'serviceAccountName' | 'accountNamespaces' | 'storage'> {
  const binding = modelServerAccounts.at(0)?.binding ?? others.at(0)?.binding;
  const own = modelServerAccounts.map(({ identity }) => identity.namespace);
  return {
    serviceAccountName: MODEL_SERVER_ACCOUNT,
    accountNamespaces: [...own, ...others.map(({ namespaceName }) => namespaceName)],
    storage: { env: binding?.env, secretEnv: binding?.secretEnv, egress: binding?.egress },
  };
}

/** The bucket as Argo Workflows reaches it: over HTTP inside the cluster, with the keys of the pods' account. */
function artifactStore(
  { bucketName, region }: IObjectStore,
  env: { readonly [name: string]: string },
  secretEnv: readonly SecretEnv[],
): MLWorkflowArtifactSettings {
  const url = env.AWS_ENDPOINT_URL_S3 === undefined ? undefined : new URL(env.AWS_ENDPOINT_URL_S3);
  const keyOf = (name: string): MLWorkflowSecretKey | undefined => {
    const found = secretEnv.find((one) => one.name === name);
    return found && { secretName: found.secretName, key: found.key };
  };
  return {
    bucket: bucketName,
    region,
    prefix: LakeArea.WORKFLOWS,
    ...(url && { endpoint: url.host, insecure: url.protocol === 'http:' }),
    accessKey: keyOf('AWS_ACCESS_KEY_ID'),
    secretKey: keyOf('AWS_SECRET_ACCESS_KEY'),
  };
}

function withoutBus(env: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('BUS_')));
}

/** The platform's cache as the pods of feature stores use it. */
function onlineStore({ featureServerBinding: binding }: NeuralOperatorsInput, cache: ICache | undefined): OnlineStore {
  if (cache === undefined || binding === undefined) return {};
  return {
    onlineAddress: `${cache.host}:${cache.port}`,
    onlineSecretEnv: binding.secretEnv,
    onlineTls: binding.env[`${upperSnakeCase(cache.serviceName)}_TLS`] === 'true',
  };
}

type OnlineStore = Pick<FeatureStoreSettings, 'onlineAddress' | 'onlineSecretEnv' | 'onlineTls'>;

function platformNamespaces({ environment, namespaces }: NeuralOperatorsInput, registry: ComponentRegistry): string[] {
  const own = namespaces.all.map(({ namespaceName }) => namespaceName);
  const components = [METACONTROLLER_NAMESPACE, ...registry.sorted().map(({ namespace }) => namespace)];
  return [...new Set([PLATFORM_NAMESPACE, environment.backingServicesNamespace, ...own, ...components])].sort();
}
