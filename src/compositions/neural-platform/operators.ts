import { Chart } from 'cdk8s';
import { argoRollouts, ARGO_ROLLOUTS_NAMESPACE, ARGO_ROLLOUTS_POD_LABELS } from '../../components/argo-rollouts';
import { METACONTROLLER_NAMESPACE } from '../../components/metacontroller';
import { ComponentRegistry } from '../../contracts/component-registry';
import { Tier } from '../../contracts/tier';
import { EngineAccount, EngineSelection, ModelServerAccount } from '../../constructs/engines';
import { ModelDeploymentSettings } from '../../kinds/model-deployment/settings';
import { Monitoring } from '../../constructs/monitoring';
import { OperatorSettings } from '../../kinds/operators/operator-settings';
import { PlatformOperators } from '../../kinds/operators/platform-operators';
import { NetworkFlow } from '../../constructs/tenancy';
import { DataPlatform } from '../data-platform';
import { NeuralNamespaces } from './neural-namespaces';
import { NeuralOperatorsProps } from './neural-operators-props';

/** The image of the hook server that belongs to this version of the library. */
export const OPERATORS_IMAGE = 'ghcr.io/ml-platform-constructs/operators:0.1.0';

/** What the operators of a neural platform are made from. */
export interface NeuralOperatorsInput {
  readonly tier: Tier;
  readonly platform: DataPlatform;
  readonly namespaces: NeuralNamespaces;
  readonly engines: EngineSelection;
  readonly engineAccounts: readonly EngineAccount[];
  readonly modelServerAccounts: readonly ModelServerAccount[];
  readonly trainingPriorityClassName: string;
  readonly inferencePriorityClassName: string;
  readonly serviceMesh: boolean;
  readonly selfServiceGroups: readonly string[];
  readonly options: NeuralOperatorsProps;
}

/** Adds the operators, with what they have to know of the platform derived from the platform itself. */
export function neuralOperators(chart: Chart, input: NeuralOperatorsInput): PlatformOperators {
  const { tier, platform, namespaces, options } = input;
  const twice = tier === Tier.STAGING || tier === Tier.PRODUCTION;
  const registry = ComponentRegistry.of(chart);
  registry.require(argoRollouts({ replicas: twice ? 2 : 1 }));
  new NetworkFlow(chart, 'analysis-queries', {
    from: { namespace: ARGO_ROLLOUTS_NAMESPACE, podLabels: { ...ARGO_ROLLOUTS_POD_LABELS } },
    to: platform.monitoring.prometheus,
  });
  return new PlatformOperators(chart, 'operators', {
    namespace: namespaces.system,
    image: options.image ?? OPERATORS_IMAGE,
    replicas: twice ? 2 : 1,
    separateDeployments: options.separateDeployments,
    apiGroups: servedGroups(registry),
    settings: settings(input, registry),
  });
}

/** The API groups of everything that is installed. */
function servedGroups(registry: ComponentRegistry): string[] {
  const kinds = registry.sorted().flatMap(({ customResources }) => customResources);
  return [...new Set(kinds.map((kind) => kind.slice(kind.indexOf('.') + 1)))].sort();
}

function settings(input: NeuralOperatorsInput, registry: ComponentRegistry): OperatorSettings {
  const { tier, platform, namespaces, options, engines } = input;
  const { gateway, monitoring, security, artifacts, cache } = platform;
  const { name, namespace } = gateway._parentRef();
  const { namespace: scraperNamespace = '', podLabels: scraperLabels = {} } = Monitoring.SCRAPER;
  const scraper = { namespace: scraperNamespace, podLabels: scraperLabels };
  const spark = input.engineAccounts.find((account) => account.identity.serviceAccountName === 'spark');
  const [modelServer] = input.modelServerAccounts;
  const lake = `s3://${artifacts.bucketName}`;
  const variables = spark?.variables ?? {};
  const secretVariables = (spark?.secretVariables ?? []).filter((variable) => variable.name.startsWith('AWS_'));
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
    modelDeployment: { ...SIZES[tier], priorityClassName: input.inferencePriorityClassName },
    aiModel: {
      kserve: engines.serving ?? true,
      serviceAccountName: modelServer?.identity.serviceAccountName,
      accountNamespaces: input.modelServerAccounts.map(({ identity }) => identity.namespace),
      priorityClassName: input.inferencePriorityClassName,
      storage: {
        variables: modelServer?.binding.variables,
        secretVariables: modelServer?.binding.secretVariables,
        egress: modelServer?.binding.egress,
      },
    },
    dataPipeline: {
      sparkImage: options.sparkImage,
      flinkImage: options.flinkImage,
      variables,
      secretVariables,
      folder: `${lake}/pipelines/`,
      bootstrapServers: options.kafkaBootstrapServers,
      scraper,
      ...(options.openLineageUrl === undefined ? {} : { lineage: { url: options.openLineageUrl } }),
    },
    mlWorkflow: {
      trackingUri: options.mlflowUrl,
      variables,
      secretVariables,
      priorityClassName: input.trainingPriorityClassName,
    },
    featureStore: {
      folder: `${lake}/features/`,
      lake: `${lake}/lake/`,
      sparkImage: options.sparkImage,
      streamImage: options.flinkImage,
      onlineAddress: `${cache.host}:${cache.port}`,
      bootstrapServers: options.kafkaBootstrapServers,
      s3Endpoint: variables.AWS_ENDPOINT_URL_S3,
      s3Region: artifacts.region,
      s3SecretVariables: secretVariables,
      prometheusNamespace: scraper.namespace,
    },
    aiZone: {
      platformNamespaces: platformNamespaces(namespaces, registry),
      modelNamespaces: [namespaces.models.namespaceName],
      egress: modelServer?.binding.egress,
      certificateIssuer: security.publicIssuerName,
      mesh: input.serviceMesh,
      selfServiceGroups: [...input.selfServiceGroups],
    },
  };
}

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
