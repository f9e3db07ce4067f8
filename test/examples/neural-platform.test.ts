import { parse } from 'yaml';
import { neuralPlatform } from '../../examples/neural-platform/platform';
import { OPERATORS } from '../../operators/src/operators';
import { KubernetesObject } from '../../operators/src/runtime/protocol';
import { PlatformTesting } from '../../src';
import { KINDS } from '../../src/api/kinds';
import { withDefaults } from '../../src/api/schema/validate';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { syncRequest } from '../operators/support/requests';

const files = PlatformTesting.synth(neuralPlatform());

/** The objects of the example that operators act on, as the API server stores them. */
const parents = Object.entries(files)
  .filter(([file]) => /^[a-z]+\/fraud-detection\/.*\.yaml$/.test(file))
  .map(([file, text]) => ({ file, object: parse(text) as KubernetesObject }))
  .filter(({ object }) => OPERATORS.some(({ definition }) => definition.parent.kind === object.kind));

/** What the operators of an environment know, from the ConfigMap that they read. */
function settingsOf(environment: string): OperatorSettings {
  const [text] = Object.entries(files)
    .filter(([file]) => file === `${environment}/operators/nstarx-system/configmap-operators-settings.yaml`)
    .map(([, content]) => content);
  const { data } = parse(text) as { readonly data: { readonly [key: string]: string } };
  return JSON.parse(data['settings.json']) as OperatorSettings;
}

test('every environment has an object of each kind that the example shows', () => {
  expect(parents.map(({ object }) => object.kind).sort()).toEqual(
    ['AIModel', 'AIZone', 'DataPipeline', 'FeatureStore', 'MLWorkflow'].flatMap((kind) => [kind, kind, kind]),
  );
});

test.each(parents)('the operator can do $file', ({ file, object }) => {
  const kind = KINDS.find((known) => known.kind === object.kind)!;
  const hooks = OPERATORS.find(({ definition }) => definition.parent.kind === object.kind)!;
  const spec = withDefaults(kind.spec, object.spec) as KubernetesObject['spec'];
  const { status, children } = hooks.sync(syncRequest({ ...object, spec }), settingsOf(file.split('/')[0]));

  expect(status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Accepted', status: 'True', message: 'The spec can be done' }),
  );
  expect(children).not.toHaveLength(0);
});
