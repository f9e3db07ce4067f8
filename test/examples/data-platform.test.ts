import { PlatformTesting } from '../../src';
import { dataPlatform } from '../../examples/data-platform/platform';
import type { StackJson } from '../support/synth';

const files = PlatformTesting.synth(dataPlatform({ environments: ['local', 'dev', 'staging', 'production'] }));

test.each(['local', 'dev', 'staging', 'production'])('the manifests of %s', (environment) => {
  expect(Object.keys(files).filter((file) => file.startsWith(`${environment}/`))).toMatchSnapshot();
});

test.each(Object.keys(files).filter((file) => file.endsWith('cdk.tf.json')))('the resources of %s', (file) => {
  const { resource } = JSON.parse(files[file]) as StackJson;
  const addresses = Object.entries(resource ?? {}).flatMap(([type, all]) =>
    Object.keys(all).map((name) => `${type}.${name}`),
  );
  expect(addresses).toMatchSnapshot();
});

test('a workload of production, whole', () => {
  expect(files['production/workloads/app-ml-team/deployment-ml-backend.yaml']).toMatchSnapshot();
  expect(files['production/workloads/app-ml-team/networkpolicy-ml-backend.yaml']).toMatchSnapshot();
  expect(files['local/workloads/app-ml-team/networkpolicy-ml-backend.yaml']).toMatchSnapshot();
});

test('two runs give the same bytes, and so does a second synthesis of the same app', () => {
  const app = dataPlatform({ environments: ['local', 'production'] });
  const first = PlatformTesting.synth(app);
  expect(PlatformTesting.synth(dataPlatform({ environments: ['local', 'production'] }))).toEqual(first);
  expect(PlatformTesting.synth(app)).toEqual(first);
});
