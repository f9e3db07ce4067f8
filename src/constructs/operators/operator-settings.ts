import { FeatureStoreSettings } from '../feature-stores/feature-store-settings';
import { InferenceSettings } from '../inference/inference-settings';
import { PipelineSettings } from '../pipelines/pipeline-settings';
import { ModelServingSettings } from '../serving/model-serving-settings';
import { WorkflowSettings } from '../workflows/workflow-settings';
import { ZoneSettings } from '../zones/zone-settings';

/** The Gateway of the platform, as the operators have to know it. */
export interface GatewaySettings {
  /** Name of the Gateway. */
  readonly name: string;
  /** Namespace of the Gateway. */
  readonly namespace: string;
  /** Domain below which the Gateway has a certificate. */
  readonly domain: string;
  /** Labels of the pods that hand the requests on, and their namespace is `podNamespace`. */
  readonly podLabels: { readonly [key: string]: string };
  /** Namespace of the pods that hand the requests on. */
  readonly podNamespace: string;
}

/** Pods that scrape metrics. */
export interface ScraperSettings {
  /** Namespace of the pods. */
  readonly namespace: string;
  /** Labels of the pods. */
  readonly podLabels: { readonly [key: string]: string };
}

/** What the operators have to know of the platform that they run on. It is handed to them as a file. */
export interface OperatorSettings {
  /**
   * The Gateway that models and tests are reached through.
   *
   * @default - nothing is reachable from outside the cluster
   */
  readonly gateway?: GatewaySettings;
  /** The pods that scrape metrics. */
  readonly scraper: ScraperSettings;
  /** Address of Prometheus, for analyses and triggers. */
  readonly prometheusUrl: string;
  /**
   * API groups of third parties that the cluster serves, such as `serving.kserve.io`. A spec that needs a kind of another one is
   * refused.
   *
   * @default - every kind that an operator makes is taken to be there
   */
  readonly apiGroups?: string[];
  /**
   * The sizes of the environment, for model deployments that name none.
   *
   * @default - those of production
   */
  readonly inference?: InferenceSettings;
  /**
   * What zones have to know.
   *
   * @default - the defaults of its fields
   */
  readonly zones?: ZoneSettings;
  /**
   * How models are served. Gateway, scraper and Prometheus are those above unless it names others.
   *
   * @default - the defaults of its fields
   */
  readonly serving?: ModelServingSettings;
  /**
   * What workflows have to know.
   *
   * @default - the defaults of its fields
   */
  readonly workflows?: WorkflowSettings;
  /**
   * What pipelines have to know. The scraper is the one above unless it names another.
   *
   * @default - the defaults of its fields
   */
  readonly pipelines?: PipelineSettings;
  /**
   * What feature stores have to know. The scraper's namespace is the one above unless it names another.
   *
   * @default - the defaults of its fields
   */
  readonly features?: FeatureStoreSettings;
}
