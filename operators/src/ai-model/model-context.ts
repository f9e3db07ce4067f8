import { AIModelSpec } from '../../../src/api/generated/ai-model';
import { AIModelSettings } from '../../../src/kinds/ai-model/ai-model-settings';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { SyncContext } from '../runtime/operator';

/** What the functions of this operator work on. */
export type ModelContext = SyncContext<AIModelSpec>;

/** The settings of model serving, with what all operators know. */
export function servingSettings({ gateway, scraper, prometheusUrl, serving }: OperatorSettings): AIModelSettings {
  return { gateway, scraper, prometheusUrl, ...serving };
}
