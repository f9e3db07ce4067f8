import { FLINK_ACCOUNT, SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { SecretEnv } from '../../contracts/backing-service';
import { NetworkPeer, ScraperSettings } from '../../contracts/network';
import { RUNNER_SPARK_VERSION } from '../../constructs/engines/engine-pods';
import { MessageBusSettings } from '../message-bus';

/** Where OpenLineage events go. */
interface DataPipelineLineageSettings {
  /** URL of the server, such as `http://marquez.lineage.svc:5000`. */
  readonly url: string;
  /**
   * Path of the API.
   *
   * @default 'api/v1/lineage'
   */
  readonly endpoint?: string;
  /**
   * The key of the API, in a Secret in the namespace of the pipeline; its `name` must be `OPENLINEAGE_API_KEY`.
   *
   * @default - none
   */
  readonly apiKey?: SecretEnv;
}

/** What a DataPipeline has to know of the platform that it runs on. The settings of the operators have it. */
export interface DataPipelineSettings {
  /**
   * Whether the cluster has Spark's operator. Without it, pipelines of engine spark are refused.
   *
   * @default true
   */
  readonly spark?: boolean;
  /**
   * Image of Spark 4.0 with Python and all connectors that pipelines use.
   *
   * @default - Apache's image, which has no connectors: Spark fetches those that a pipeline needs from a Maven repository, when it is
   * submitted and when it starts
   */
  readonly sparkImage?: string;
  /**
   * Version of Spark in the image.
   *
   * @default '4.0.1'
   */
  readonly sparkVersion?: string;
  /**
   * URLs of Maven repositories that are asked beside Maven Central.
   *
   * @default - none
   */
  readonly mavenRepositories?: string[];
  /**
   * Configuration of Spark, such as that of a catalog. It wins over what pipelines set themselves.
   *
   * @default - none
   */
  readonly sparkConf?: { readonly [key: string]: string };
  /**
   * Image of Flink with PyFlink, the SQL connectors that pipelines use, and the plugins of the file systems.
   *
   * @default - none: pipelines of engine flink are refused
   */
  readonly flinkImage?: string;
  /**
   * Whether the image has the connector for Kinesis, which this library's has not.
   *
   * @default true
   */
  readonly flinkKinesis?: boolean;
  /**
   * Version of Flink in the image, as Flink's operator spells it.
   *
   * @default 'v2_1'
   */
  readonly flinkVersion?: string;
  /**
   * ServiceAccount of Spark's drivers and executors, for pipelines that name none. It may make executors: see `EngineAccount`.
   *
   * @default 'spark'
   */
  readonly sparkServiceAccountName?: string;
  /**
   * ServiceAccount of Flink's job and task managers, for pipelines that name none. It may make pods.
   *
   * @default 'flink'
   */
  readonly flinkServiceAccountName?: string;
  /**
   * PriorityClass of the pods of pipelines.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
  /**
   * Environment variables of all pods: those of the binding of the bucket, such as `AWS_ENDPOINT_URL_S3` and `AWS_REGION`.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: string };
  /**
   * Environment variables of all pods from Secrets in the namespace of the pipeline, such as `AWS_ACCESS_KEY_ID`.
   *
   * @default - none: the permissions of the ServiceAccount are used
   */
  readonly secretEnv?: SecretEnv[];
  /**
   * Folder for what pipelines keep that their sink has no place for: the position in a stream, the time of the last run, rows that
   * break a check, checkpoints of Flink. Each namespace has a folder of its own in it.
   *
   * @default - none: pipelines that need it are refused
   */
  readonly folder?: string;
  /**
   * Folder with the tables that `enrich` looks up, for sources that are no database and name no `lookupLocation`. Each namespace has a
   * folder of its own in it.
   *
   * @default - none
   */
  readonly lookupFolder?: string;
  /**
   * Addresses of Kafka, for pipelines that name none.
   *
   * @default - none
   */
  readonly bootstrapServers?: string;
  /**
   * The platform's message bus, for pipelines that name no brokers. Addresses above win over it.
   *
   * @default - none
   */
  readonly messageBus?: MessageBusSettings;
  /**
   * Where OpenLineage events go.
   *
   * @default - none are sent
   */
  readonly lineage?: DataPipelineLineageSettings;
  /**
   * The pods that scrape metrics.
   *
   * @default - none is let in
   */
  readonly scraper?: ScraperSettings;
  /**
   * Seconds that a run's figures stay up after its end, so that they are scraped once more. The run's pods stay as long.
   *
   * @default 40
   */
  readonly metricsLingerSeconds?: number;
  /**
   * Where pipelines may connect to, beside DNS, their own pods and the API server.
   *
   * @default - public addresses and the pods of the namespace, on ports 80 and 443 and the usual ones of the stores that the pipeline
   * names, whatever ports its spec has; and the platform's own services, where these settings say that they are
   */
  readonly egress?: NetworkPeer[];
  /**
   * Whether each pipeline has alerts. The cluster must have the Prometheus operator.
   *
   * @default true
   */
  readonly alerts?: boolean;
}

/** The settings with their defaults. */
export type ResolvedSettings = DataPipelineSettings &
  Required<
    Pick<
      DataPipelineSettings,
      | 'spark'
      | 'sparkVersion'
      | 'mavenRepositories'
      | 'flinkVersion'
      | 'sparkServiceAccountName'
      | 'flinkServiceAccountName'
      | 'env'
      | 'metricsLingerSeconds'
      | 'alerts'
    >
  >;

/** Fills in the defaults. */
export function resolveSettings(settings: DataPipelineSettings = {}): ResolvedSettings {
  return {
    ...settings,
    spark: settings.spark ?? true,
    sparkVersion: settings.sparkVersion ?? RUNNER_SPARK_VERSION,
    mavenRepositories: settings.mavenRepositories ?? [],
    flinkVersion: settings.flinkVersion ?? 'v2_1',
    sparkServiceAccountName: settings.sparkServiceAccountName ?? SPARK_ACCOUNT,
    flinkServiceAccountName: settings.flinkServiceAccountName ?? FLINK_ACCOUNT,
    env: settings.env ?? {},
    metricsLingerSeconds: settings.metricsLingerSeconds ?? 40,
    alerts: settings.alerts ?? true,
  };
}
