import { FeatureStoreSpec } from '../../../src/api/generated';
import { FEATURE_STORE } from '../../../src/api/kinds/feature-store';
import { sampleOf } from '../../api/support/samples';

const { monitoring: _monitoring, ...spec } = sampleOf(FEATURE_STORE)!.spec;

/** The documented sample, with the metrics that a store has by itself. */
export const DOCUMENTED = spec as unknown as FeatureStoreSpec;
