import { FeatureStoreSettings } from '../feature-store/settings';
import { ModelDeploymentSettings } from '../model-deployment/settings';
import { DataPipelineSettings } from '../data-pipeline/settings';
import { GatewaySettings, ScraperSettings } from '../../contracts/network';
import { AIModelSettings } from '../ai-model/settings';
import { MessageBusSettings } from '../message-bus';
import { MLWorkflowSettings } from '../ml-workflow/settings';
import { AIZoneSettings } from '../ai-zone/settings';

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
   * Kinds of these groups that the cluster serves, as `Kind.group`.
   *
   * @default - every kind of the groups
   */
  readonly customResources?: string[];
  /**
   * The sizes of the environment, for ModelDeployments that name none.
   *
   * @default - those of production
   */
  readonly modelDeployment?: ModelDeploymentSettings;
  /**
   * The platform's message bus, for pipelines and feature stores that name no brokers.
   *
   * @default - the platform has none
   */
  readonly messageBus?: MessageBusSettings;
  /**
   * What AIZones have to know.
   *
   * @default - the defaults of its fields
   */
  readonly aiZone?: AIZoneSettings;
  /**
   * What AIModels have to know. Gateway, scraper and Prometheus are those above unless it names others.
   *
   * @default - the defaults of its fields
   */
  readonly aiModel?: AIModelSettings;
  /**
   * What MLWorkflows have to know.
   *
   * @default - the defaults of its fields
   */
  readonly mlWorkflow?: MLWorkflowSettings;
  /**
   * What DataPipelines have to know. The scraper is the one above unless it names another.
   *
   * @default - the defaults of its fields
   */
  readonly dataPipeline?: DataPipelineSettings;
  /**
   * What feature stores have to know. The scraper's namespace is the one above unless it names another.
   *
   * @default - the defaults of its fields
   */
  readonly featureStore?: FeatureStoreSettings;
}
