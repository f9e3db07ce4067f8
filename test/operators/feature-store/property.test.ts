import fc from 'fast-check';
import { FEATURE_STORE } from '../../../src/api/kinds/feature-store';
import { JsonObject, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { validate, withDefaults } from '../../../src/api/schema/validate';
import { FeatureServerRuntime } from '../../../src/kinds/feature-store/settings';
import { variants } from '../../api/support/arbitrary';
import { anySpec } from '../../kinds/feature-store/any-spec';
import { condition } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { COMPUTED, NAMESPACE, observed, PLATFORM, sync } from './support';

const names = fc.stringMatching(/^[a-z]([a-z0-9-]{0,50}[a-z0-9])?$/);

function store(name: string, spec: object): KubernetesObject {
  const plain = withDefaults(FEATURE_STORE.spec, JSON.parse(JSON.stringify(spec))) as JsonObject;
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'FeatureStore',
    metadata: { name, namespace: NAMESPACE },
    spec: plain,
  };
}

test('whatever the features: the same answer twice, good children or a problem that names the field', () => {
  let accepted = 0;
  fc.assert(
    fc.property(anySpec, names, fc.constantFrom(...Object.values(FeatureServerRuntime)), (spec, name, runtime) => {
      const parent = store(name, spec);
      const settings = { ...PLATFORM, featureStore: { ...PLATFORM.featureStore, runtime } };
      const response = sync(parent, [], [], settings);
      expect(JSON.stringify(sync(parent, [], [], settings))).toBe(JSON.stringify(response));
      const made = response.children.filter(({ kind }) => kind !== 'ControllerRevision');
      const verdict = condition(response, 'Accepted')!;
      if (verdict.status === 'True') accepted++;
      else expect(verdict.message).toMatch(/^spec\.(features|serving|entities)[\w[\].]* must /);
      expect(made.length > 0).toBe(verdict.status === 'True');
      expectGoodChildren(made, NAMESPACE);
      const later = sync(parent, observed(response, COMPUTED), [], settings);
      for (const { status } of [response, later]) {
        expect(validate(FEATURE_STORE.status, status).findings).toEqual([]);
      }
      // what is observed changes nothing that is desired
      expect(later.children).toEqual(response.children);
    }),
    { numRuns: 80, seed: 11 },
  );
  expect(accepted).toBeGreaterThan(25);
});

test('any spec that the API server takes has an answer', () => {
  let accepted = 0;
  fc.assert(
    fc.property(variants(FEATURE_STORE), ({ spec }) => {
      const { findings, value } = validate(FEATURE_STORE.spec, withDefaults(FEATURE_STORE.spec, spec));
      fc.pre(findings.length === 0);
      const response = sync(store('any', value as object));
      expect(validate(FEATURE_STORE.status, response.status).findings).toEqual([]);
      const verdict = condition(response, 'Accepted')!;
      if (verdict.status === 'True') accepted++;
      else expect(verdict.message).toMatch(/^spec\.[a-z]/);
    }),
    { numRuns: 150 },
  );
  expect(accepted).toBeGreaterThan(0);
});
