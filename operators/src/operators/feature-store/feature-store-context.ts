import { FeatureStoreSpec } from '../../../../src/api/generated/feature-store';
import { FeatureStoreSettings } from '../../../../src/constructs/feature-stores';
import { OperatorSettings } from '../../../../src/constructs/operators/operator-settings';
import { SyncContext } from '../../runtime/operator';

/** What the functions of this operator work on. */
export type StoreContext = SyncContext<FeatureStoreSpec>;

/** What feature stores have to know, with what all operators know. */
export function featureSettings({ scraper, features }: OperatorSettings): FeatureStoreSettings {
  return { prometheusNamespace: scraper.namespace, ...features };
}
