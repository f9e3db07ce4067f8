import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';
import { FeatureStoreObjects } from '../../../src/kinds/feature-store/feature-store-objects';
import { FEATURE_STORE_OPERATOR } from '../../../src/kinds/feature-store/operator';
import { feastLabels } from '../../../src/kinds/feature-store/plan';
import { FeatureServerRuntime } from '../../../src/kinds/feature-store/settings';
import { featureStoreSettings } from '../../../src/kinds/operators/kind-settings';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { Operator, Problems, SyncContext } from '../runtime/operator';
import { JsonObject, KubernetesObject, RelatedRule } from '../runtime/protocol';
import { renderedOnce } from '../runtime/render';
import { jsonOf, pack } from '../runtime/revisions';
import { storePods } from './computations';
import { keptDefinitions } from './definitions';
import { report } from './report';

/** Largest content of the ControllerRevision that keeps the spec and its objects, in bytes: etcd takes 1.5 MiB. */
const LARGEST = 1_300_000;
/** Largest objects: they all go over the wire for each look at them. */
const MOST = 8_000_000;

/** Computes, keeps and serves features: see docs/operators/feature-store.md. */
export const featureStoreOperator: Operator<FeatureStoreSpec> = {
  definition: FEATURE_STORE_OPERATOR,
  related,
  preflight: (context) => keptDefinitions(context, desiredObjects(context).objects),
  desired,
  report,
};

function related({ metadata }: KubernetesObject, settings: OperatorSettings): readonly RelatedRule[] {
  const { name, namespace } = metadata;
  const pods = (labelSelector: JsonObject): RelatedRule => ({
    apiVersion: 'v1',
    resource: 'pods',
    namespace,
    labelSelector,
  });
  const byOperator = settings.featureStore?.runtime === FeatureServerRuntime.FEAST_OPERATOR;
  // those of Feast's operator have its labels only
  return [pods(storePods(name)), ...(byOperator ? [pods({ matchLabels: feastLabels(name) })] : [])];
}

/** What the spec means, without older definitions. */
const desiredObjects = renderedOnce<FeatureStoreSpec>((chart, { name, namespace, spec, settings }) => {
  new FeatureStoreObjects(chart, 'store', { name, namespace, spec, settings: featureStoreSettings(settings) });
});

/** The objects of the spec, without older definitions. */
function desired(context: SyncContext<FeatureStoreSpec>, problems: Problems): readonly KubernetesObject[] {
  const { spec } = context;
  const { objects, problems: found } = desiredObjects(context);
  problems.addAll(found);
  const bytes = Buffer.byteLength(`[${JSON.stringify(spec)},${jsonOf(objects)}]`);
  // what is packed is smaller
  if (bytes > LARGEST && (bytes > MOST || keptBytes(spec, objects) > LARGEST)) {
    const rule = `must give fewer definitions and programs, got ${bytes} bytes, which cannot be kept`;
    problems.add('spec.features', `${rule}: split the feature store`);
  }
  return objects;
}

function keptBytes(spec: FeatureStoreSpec, objects: readonly KubernetesObject[]): number {
  return Buffer.byteLength(JSON.stringify(spec)) + pack(objects).length;
}
