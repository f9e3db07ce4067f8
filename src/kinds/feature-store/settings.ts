import { FLINK_ACCOUNT, SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { SecretEnv } from '../../contracts/backing-service';
import { NetworkPeer } from '../../contracts/network';
import { RUNNER_IMAGE } from '../../constructs/engines/engine-pods';
import { MessageBusSettings } from '../message-bus';

/** What runs the feature servers. */
export enum FeatureServerRuntime {
  /** A Deployment of our own: Pod Security `restricted`, read-only root. */
  DEPLOYMENT = 'deployment',
  /**
   * A `FeatureStore` of feast.dev, from which Feast's operator makes the Deployment. Operator 0.66 gives its containers no
   * security context, so a namespace that enforces `restricted` refuses their pods: for namespaces that enforce `baseline`.
   */
  FEAST_OPERATOR = 'feast-operator',
}

/** What the platform gives to every feature store. A spec that says otherwise wins where both can. */
export interface FeatureStoreSettings {
  /**
   * What runs the feature servers.
   *
   * @default FeatureServerRuntime.DEPLOYMENT
   */
  readonly runtime?: FeatureServerRuntime;
  /**
   * Image with Feast 0.66, its extra `minimal`, and bash.
   *
   * @default 'quay.io/feastdev/feature-server:0.66.0'
   */
  readonly feastImage?: string;
  /**
   * Whether the cluster has Spark's operator. Without it, batch features that are kept in files are refused.
   *
   * @default true
   */
  readonly spark?: boolean;
  /**
   * Whether the cluster has Flink's operator. Without it, streaming features are refused.
   *
   * @default true
   */
  readonly flink?: boolean;
  /**
   * Whether each store has alerts. The cluster must have the Prometheus operator.
   *
   * @default true
   */
  readonly alerts?: boolean;
  /**
   * Image with Spark and PySpark, for batch features.
   *
   * @default - that of the pipelines
   */
  readonly sparkImage?: string;
  /**
   * Image with Flink, PyFlink, the Kafka connector and the plugin for the file system of the folder, for streaming features.
   *
   * @default - none: each streaming source must name its image
   */
  readonly streamImage?: string;
  /**
   * Version of Flink in that image, as Flink's operator spells it.
   *
   * @default 'v2_1'
   */
  readonly flinkVersion?: string;
  /**
   * URL of flink-python in that image.
   *
   * @default 'local:///opt/flink/opt/flink-python.jar'
   */
  readonly flinkPythonJar?: string;
  /**
   * Folder for the values of stores whose spec names none; each store gets `<namespace>/<name>/` in it.
   *
   * @default - none: the spec must name one
   */
  readonly folder?: string;
  /**
   * Folder of the lake, in which each namespace has one with its tables: a table `orders` of a query is the folder
   * `<namespace>/orders` in it, unless Spark's catalog has one.
   *
   * @default - only tables of Spark's catalogs
   */
  readonly lake?: string;
  /**
   * The folder with the tables, by namespace, where it is another than that of the namespace in `lake`.
   *
   * @default - that of the namespace
   */
  readonly lakeOf?: { readonly [namespace: string]: string };
  /**
   * How the tables of the lake are written: parquet, delta, orc, json or csv.
   *
   * @default 'parquet'
   */
  readonly lakeFormat?: string;
  /**
   * Settings of Spark for batch features, such as those of a catalog.
   *
   * @default - none
   */
  readonly sparkConf?: { readonly [key: string]: string };
  /**
   * Where Feast keeps its registry: a URL of a file. All stores with the same one see each other's projects.
   *
   * @default - `.feast/registry.db` in the folder of the values, or for databases a file in `folder`
   */
  readonly registryPath?: string;
  /**
   * URL of an S3 service that is not AWS.
   *
   * @default - AWS
   */
  readonly s3Endpoint?: string;
  /**
   * Region of the buckets.
   *
   * @default - what the libraries find
   */
  readonly s3Region?: string;
  /**
   * Variables with the keys of S3, such as `AWS_ACCESS_KEY_ID`, from Secrets of the store's namespace.
   *
   * @default - the identity of the ServiceAccounts
   */
  readonly s3SecretEnv?: SecretEnv[];
  /**
   * Address `host:port` of the platform's Redis or Valkey, for specs without `secretRef`.
   *
   * @default - none: the spec must name a Secret
   */
  readonly onlineAddress?: string;
  /**
   * Variables with the user of that Redis or Valkey, from Secrets of the store's namespace; their names end in `_USERNAME` and
   * `_PASSWORD`.
   *
   * @default - it asks for none
   */
  readonly onlineSecretEnv?: SecretEnv[];
  /**
   * Whether that Redis or Valkey speaks TLS.
   *
   * @default false
   */
  readonly onlineTls?: boolean;
  /**
   * Secret in the store's namespace for an offline store that is a database.
   *
   * @default - none
   */
  readonly offlineSecretName?: string;
  /**
   * Address of Kafka, for streaming features.
   *
   * @default - none
   */
  readonly bootstrapServers?: string;
  /**
   * The platform's message bus, for streaming features. An address above wins over it.
   *
   * @default - none
   */
  readonly messageBus?: MessageBusSettings;
  /**
   * Where a model is asked by the Open Inference Protocol: by default at the Service that its AIModel has, on the port that it
   * has unless \`spec.serving.port\` is another. `{model}` is its name, `{version}` the version that the
   * feature names, `{namespace}` that of the store.
   *
   * @default 'http://{model}-model.{namespace}.svc:8080/v2/models/{model}/infer'
   */
  readonly modelUrl?: string;
  /**
   * ServiceAccount of the Spark drivers; it may make pods.
   *
   * @default 'spark'
   */
  readonly sparkServiceAccountName?: string;
  /**
   * ServiceAccount of the Flink job managers; it may make pods.
   *
   * @default 'flink'
   */
  readonly flinkServiceAccountName?: string;
  /**
   * When new values go to the online store.
   *
   * @default '*\/15 * * * *'
   */
  readonly materializationSchedule?: string;
  /**
   * Number of feature servers.
   *
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Who may call the feature servers besides the pods of their namespace.
   *
   * @default - none
   */
  readonly clients?: NetworkPeer[];
  /**
   * Where the stores and models of specs are that the pods of Feast reach.
   *
   * @default - public addresses and the pods of the namespace, on ports 80 and 443 and the usual ones of the online and offline stores
   */
  readonly destinations?: NetworkPeer[];
  /**
   * Where the platform's bucket and online store are, which they reach too.
   *
   * @default - where `s3Endpoint` and `onlineAddress` say
   */
  readonly services?: NetworkPeer[];
  /**
   * Namespace of Prometheus, which may scrape.
   *
   * @default - whatever the namespace's own policies let in
   */
  readonly prometheusNamespace?: string;
  /**
   * Share of the entities that must have a value.
   *
   * @default 0.9
   */
  readonly minimumCoverage?: number;
  /**
   * Population stability index from which a feature counts as drifted.
   *
   * @default 0.2
   */
  readonly maximumDrift?: number;
}

/** The settings with their defaults. */
export interface ResolvedSettings extends FeatureStoreSettings {
  readonly runtime: FeatureServerRuntime;
  readonly feastImage: string;
  readonly sparkImage: string;
  readonly flinkVersion: string;
  readonly flinkPythonJar: string;
  readonly modelUrl: string;
  readonly sparkServiceAccountName: string;
  readonly flinkServiceAccountName: string;
  readonly materializationSchedule: string;
  readonly replicas: number;
  readonly minimumCoverage: number;
  readonly maximumDrift: number;
}

/** Fills in the defaults. */
export function resolved(settings: FeatureStoreSettings): ResolvedSettings {
  return {
    ...settings,
    runtime: settings.runtime ?? FeatureServerRuntime.DEPLOYMENT,
    feastImage: settings.feastImage ?? 'quay.io/feastdev/feature-server:0.66.0',
    sparkImage: settings.sparkImage ?? RUNNER_IMAGE,
    flinkVersion: settings.flinkVersion ?? 'v2_1',
    flinkPythonJar: settings.flinkPythonJar ?? 'local:///opt/flink/opt/flink-python.jar',
    modelUrl: settings.modelUrl ?? 'http://{model}-model.{namespace}.svc:8080/v2/models/{model}/infer',
    sparkServiceAccountName: settings.sparkServiceAccountName ?? SPARK_ACCOUNT,
    flinkServiceAccountName: settings.flinkServiceAccountName ?? FLINK_ACCOUNT,
    materializationSchedule: settings.materializationSchedule ?? '*/15 * * * *',
    replicas: settings.replicas ?? 2,
    minimumCoverage: settings.minimumCoverage ?? 0.9,
    maximumDrift: settings.maximumDrift ?? 0.2,
  };
}
