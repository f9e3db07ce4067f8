import { AIModelSpec } from '../../../../src/api/generated/ai-model';
import { ModelServingSettings } from '../../../../src/constructs/serving/model-serving-settings';
import { OperatorSettings } from '../../../../src/constructs/operators/operator-settings';
import { SyncContext } from '../../runtime/operator';

/** What the functions of this operator work on. */
export type ModelContext = SyncContext<AIModelSpec>;

/** The settings of model serving, with what all operators know. */
export function servingSettings({ gateway, scraper, prometheusUrl, serving }: OperatorSettings): ModelServingSettings {
  return { gateway, scraper, prometheusUrl, ...serving };
}
