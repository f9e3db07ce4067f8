import { KINDS } from '../../src/api/kinds';
import { findingsOf } from '../../src/api/schema/object-findings';
import { printedSamples, sampleOf } from './support/samples';

const SAMPLED = KINDS.filter((kind) => sampleOf(kind));

test('the repository has the sample of each kind that the documents print', () => {
  expect(SAMPLED.map(({ kind }) => kind).sort()).toEqual([
    'AIModel',
    'AIZone',
    'DataPipeline',
    'FeatureStore',
    'MLWorkflow',
    'ModelDeployment',
  ]);
});

test.each(SAMPLED.map((kind) => [kind.kind, kind] as const))('the sample of %s is valid with its status', (_, kind) => {
  const sample = sampleOf(kind);
  expect(findingsOf(kind, { ...sample, metadata: { name: 'sample', ...sample?.metadata } })).toEqual([]);
});

(printedSamples() ? test : test.skip)('the samples in the repository are those of the documents', () => {
  const printed = new Map(printedSamples()?.map((sample) => [sample.kind, sample]));
  expect(printed).toEqual(new Map(SAMPLED.map((kind) => [kind.kind, sampleOf(kind)])));
});
