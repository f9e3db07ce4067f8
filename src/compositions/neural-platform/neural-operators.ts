import { Chart } from 'cdk8s';
import { Environment } from '../../app/environment';
import { argoRollouts, ARGO_ROLLOUTS_NAMESPACE, ARGO_ROLLOUTS_POD_LABELS } from '../../components/argo-rollouts';
import { METACONTROLLER_NAMESPACE } from '../../components/metacontroller';
import { ICache, ServiceBinding } from '../../contracts/backing-service';
import { ComponentRegistry } from '../../contracts/component-registry';
import { SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { environmentOf } from '../../contracts/environment-scope';
import { upperSnakeCase } from '../../contracts/names';
import { isHighlyAvailable, Tier } from '../../contracts/tier';
import { EngineAccount, EngineSelection, ModelServerAccount } from '../../constructs/engines';
import { FeatureStoreSettings } from '../../kinds/feature-store/settings';
import { LakeArea } from '../../kinds/lake-folders';
import { ModelDeploymentSettings, ModelPolicies } from '../../kinds/model-deployment/settings';
import { OperatorSettings } from '../../kinds/operators/operator-settings';
import { PlatformOperators } from '../../kinds/operators/platform-operators';
import { NetworkFlow } from '../../constructs/tenancy';
import { DataPlatform } from '../data-platform';
import { KindChildren } from './kind-children';
import { KindsCheck } from './kinds-check';
import { Lake } from './lake';
import { NeuralNamespaces } from './neural-namespaces';
import { OPERATORS_IMAGE } from './operators-image';

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
   * URL of MLflow, for workflows and model registration.
   *
   * @default - none: workflows that register models must name a server
   */
  readonly mlflowUrl?: string;
  /**
   * Addresses of Kafka, for pipelines and features that name none.
   *
   * @default - none
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
   * @default - none: streams must name an image, and pipelines of engine flink are refused
   */
  readonly flinkImage?: string;
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
   * What the policy gate asks of a ModelDeployment before it is served.
   *
   * @default - the bounds of the zero-touch document: accuracy 0.85, F1 score 0.8, an evaluation of fairness, drift below 0.3
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
  readonly modelServerAccounts: readonly ModelServerAccount[];
  readonly featureServerBinding?: ServiceBinding;
  readonly trainingPriorityClassName: string;
  readonly inferencePriorityClassName: string;
  readonly serviceMesh: boolean;
  readonly selfServiceGroups: readonly string[];
  readonly options: NeuralOperatorsProps;
}

/**
 * Adds the operators, with what they have to know of the platform derived from the platform itself, and a check of the objects that they
 * will be given.
 */
export function neuralOperators(chart: Chart, input: NeuralOperatorsInput): PlatformOperators {
  const { platform, namespaces, options } = input;
  const { tier } = environmentOf(chart);
  const registry = ComponentRegistry.of(chart);
  registry.require(argoRollouts());
  new NetworkFlow(chart, 'analysis-queries', {
    from: { namespace: ARGO_ROLLOUTS_NAMESPACE, podLabels: { ...ARGO_ROLLOUTS_POD_LABELS } },
    to: platform.monitoring.prometheus,
    // nothing denies that namespace anything: a policy for its egress would leave the pods Prometheus alone
    ingressOnly: true,
  });
  const customResources = servedKinds(registry);
  const apiGroups = groupsOf(customResources);
  const known = settings(input, tier, registry);
  const children = new KindChildren({ ...known, apiGroups, customResources });
  input.environment.addCheck(new KindsCheck(children, input.lake.folders));
  input.environment._useOperators(children);
  return new PlatformOperators(chart, 'operators', {
    namespace: namespaces.system,
    image: options.image ?? OPERATORS_IMAGE,
    replicas: isHighlyAvailable(tier) ? 2 : 1,
    separateDeployments: options.separateDeployments,
    logLevel: options.logLevel,
    tokenSecretName: options.tokenSecretName,
    apiGroups,
    customResources,
    settings: known,
  });
}

/** The kinds of everything that is installed, as `Kind.group`. */
function servedKinds(registry: ComponentRegistry): string[] {
  const kinds = registry.sorted().flatMap(({ customResources }) => customResources);
  return [...new Set(kinds)].sort();
}

function groupsOf(kinds: readonly string[]): string[] {
  return [...new Set(kinds.map((kind) => kind.slice(kind.indexOf('.') + 1)))].sort();
}

function settings(input: NeuralOperatorsInput, tier: Tier, registry: ComponentRegistry): OperatorSettings {
  const { platform, namespaces, options, engines } = input;
  const { gateway, monitoring, security, artifactBucket, _pieces } = platform;
  const { name, namespace } = gateway._parentRef();
  const { namespace: scraperNamespace = '', podLabels: scraperLabels = {} } = namespaces.system.scraper ?? {};
  const scraper = { namespace: scraperNamespace, podLabels: scraperLabels };
  const spark = input.engineAccounts.find((account) => account.identity.serviceAccountName === SPARK_ACCOUNT);
  const [modelServer] = input.modelServerAccounts;
  const bucket = `s3://${input.lake.bucketName}`;
  const env = spark?.env ?? {};
  const secretEnv = (spark?.secretEnv ?? []).filter((variable) => variable.name.startsWith('AWS_'));
  return {
    gateway: {
      name,
      namespace,
      domain: gateway.domain,
      podNamespace: gateway.peer.namespace ?? '',
      podLabels: gateway.peer.podLabels ?? {},
    },
    scraper,
    prometheusUrl: monitoring.prometheusUrl,
    modelDeployment: {
      ...SIZES[tier],
      priorityClassName: input.inferencePriorityClassName,
      ...(options.modelPolicies === undefined ? {} : { policies: options.modelPolicies }),
    },
    aiModel: {
      kserve: engines.kserve ?? true,
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
      flinkImage: options.flinkImage,
      env,
      secretEnv,
      folder: `${bucket}/${LakeArea.PIPELINES}/`,
      bootstrapServers: options.kafkaBootstrapServers,
      scraper,
      ...(options.openLineageUrl === undefined ? {} : { lineage: { url: options.openLineageUrl } }),
    },
    mlWorkflow: {
      trackingUri: options.mlflowUrl,
      ...(options.trainingRuntimes === undefined ? {} : { trainingRuntimes: options.trainingRuntimes }),
      env,
      secretEnv,
      priorityClassName: input.trainingPriorityClassName,
    },
    featureStore: {
      folder: `${bucket}/${LakeArea.FEATURES}/`,
      lake: `${bucket}/${LakeArea.DATA}/`,
      lakeOf: { [namespaces.features.namespaceName]: `${bucket}/${input.lake.tablesOfFeatures}` },
      sparkImage: options.sparkImage,
      streamImage: options.flinkImage,
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
      platformNamespaces: platformNamespaces(namespaces, registry),
      modelNamespaces: [namespaces.models.namespaceName],
      egress: modelServer?.binding.egress,
      serviceLabels: modelServer?.binding.namespaceLabels,
      certificateIssuer: security.publicIssuerName,
      mesh: input.serviceMesh,
      selfServiceGroups: [...input.selfServiceGroups],
    },
  };
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

function platformNamespaces(namespaces: NeuralNamespaces, registry: ComponentRegistry): string[] {
  const own = namespaces.all.map(({ namespaceName }) => namespaceName);
  const components = [METACONTROLLER_NAMESPACE, ...registry.sorted().map(({ namespace }) => namespace)];
  return [...new Set(['platform-system', 'backing-services', ...own, ...components])].sort();
}

/** The sizes of the zero-touch document; a laptop has those of development. */
const DEVELOPMENT: ModelDeploymentSettings = { minReplicas: 1, maxReplicas: 2, cpu: '500m', memory: '512Mi' };
const SIZES: { readonly [tier in Tier]: ModelDeploymentSettings } = {
  local: DEVELOPMENT,
  development: DEVELOPMENT,
  staging: { minReplicas: 2, maxReplicas: 10, cpu: '1', memory: '1Gi' },
  production: { minReplicas: 3, maxReplicas: 50, cpu: '2', memory: '4Gi' },
};
