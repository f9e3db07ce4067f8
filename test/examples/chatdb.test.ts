import { parse } from 'yaml';
import { chatDb } from '../../examples/chatdb/platform';
import { PlatformTesting } from '../../src';
import type { StackJson } from '../support/synth';

const files = PlatformTesting.synth(chatDb());

/** What Envoy is started with, by the name of the file. */
function configurationOf(environment: string): { readonly [file: string]: string } {
  const text = files[`${environment}/services/chatdb-services/configmap-api-gateway.yaml`];
  return (parse(text) as { readonly data: { readonly [file: string]: string } }).data;
}

test.each(['local', 'production'])('the manifests of %s', (environment) => {
  expect(Object.keys(files).filter((file) => file.startsWith(`${environment}/`))).toMatchSnapshot();
});

test.each(Object.keys(files).filter((file) => file.endsWith('cdk.tf.json')))('the resources of %s', (file) => {
  const { resource } = JSON.parse(files[file]) as StackJson;
  const addresses = Object.entries(resource ?? {}).flatMap(([type, all]) =>
    Object.keys(all).map((name) => `${type}.${name}`),
  );
  expect(addresses).toMatchSnapshot();
});

test('what Envoy of the gateway of production is started with, whole', () => {
  expect(configurationOf('production')).toMatchSnapshot();
});

test('the gateway asks for tokens in production, and on a laptop lets everybody through', () => {
  const asks = (environment: string): boolean =>
    Object.values(configurationOf(environment)).join().includes('remote_jwks');
  expect([asks('production'), asks('local')]).toEqual([true, false]);
});

test('a service with a database, topics and peers, whole', () => {
  expect(files['production/services/chatdb-services/deployment-training-orchestrator.yaml']).toMatchSnapshot();
  expect(files['production/services/chatdb-services/networkpolicy-training-orchestrator.yaml']).toMatchSnapshot();
  expect(files['local/services/chatdb-services/networkpolicy-training-orchestrator.yaml']).toMatchSnapshot();
});

test('two runs give the same bytes', () => {
  expect(PlatformTesting.synth(chatDb())).toEqual(files);
});
