import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { FeatureStoreObjects, FeatureStoreSettings } from '../../../src/kinds/feature-store';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { SyncContext } from '../runtime/operator';
import { renderedOnce } from '../runtime/render';

/** What the functions of this operator work on. */
export type StoreContext = SyncContext<FeatureStoreSpec>;

/** What feature stores have to know, with what all operators know. */
export function featureSettings({ scraper, apiGroups, features }: OperatorSettings): FeatureStoreSettings {
  const serves = (group: string): boolean => apiGroups?.includes(group) ?? true;
  return {
    prometheusNamespace: scraper.namespace,
    spark: serves('sparkoperator.k8s.io'),
    flink: serves('flink.apache.org'),
    alerts: serves('monitoring.coreos.com'),
    ...features,
  };
}

/** What the spec means, without older definitions. */
export const wishOf = renderedOnce<FeatureStoreSpec>((chart, { name, namespace, spec, settings }) => {
  new FeatureStoreObjects(chart, 'store', { name, namespace, spec, settings: featureSettings(settings) });
});
