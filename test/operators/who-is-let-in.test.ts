import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import { Hooks } from '../../operators/src/runtime/hooks';
import { OPERATORS } from '../../operators/src/operators';
import { JsonObject, KubernetesObject } from '../../operators/src/runtime/protocol';
import { KINDS } from '../../src/api/kinds';
import { withDefaults } from '../../src/api/schema/validate';
import { Namespace } from '../../src/constructs/tenancy';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { sampleOf } from '../api/support/samples';
import { Pod, reaches } from '../support/who-reaches';
import { PLATFORM } from './feature-store/support';
import { stored, syncRequest } from './support/requests';
import { SETTINGS } from './support/settings';

const EXAMPLE = path.resolve(__dirname, '../../examples/operators');
const UNCHECKED: OperatorSettings = {
  ...PLATFORM,
  ...SETTINGS,
  aiModel: { storage: { checkArtifacts: false } },
};

function hooksOf(kind: string): Hooks {
  const found = OPERATORS.find(({ definition }) => definition.parent.kind === kind);
  if (!found) throw new Error(`no operator of ${kind}`);
  return found;
}

/** What an operator makes of an object, as the API server stores it. */
function made(object: KubernetesObject, related: readonly KubernetesObject[] = []): readonly KubernetesObject[] {
  const definition = KINDS.find(({ kind }) => kind === object.kind)!;
  const parent = stored({ ...object, spec: withDefaults(definition.spec, object.spec) as JsonObject });
  return hooksOf(object.kind).sync(syncRequest(parent, [], related), UNCHECKED).children;
}

/** A namespace of the platform, which denies what is not let through. */
function platformNamespace(name: string): KubernetesObject[] {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  new Namespace(chart, name);
  return chart.toJson() as KubernetesObject[];
}

/** The pods of the Deployment or InferenceService that serves. */
function server(objects: readonly KubernetesObject[], namespace: string): Pod {
  const serves = objects.find(({ kind }) => kind === 'Deployment' || kind === 'InferenceService');
  const { template, predictor } = serves?.spec as {
    readonly template?: { readonly metadata: { readonly labels: Record<string, string> } };
    readonly predictor?: { readonly labels: Record<string, string> };
  };
  return { namespace, labels: template?.metadata.labels ?? predictor?.labels };
}

const neighbour = (namespace: string): Pod => ({ namespace, labels: { app: 'client' } });
const GATEWAY: Pod = { namespace: SETTINGS.gateway!.podNamespace, labels: SETTINGS.gateway!.podLabels };
const PROMETHEUS: Pod = { namespace: SETTINGS.scraper.namespace, labels: SETTINGS.scraper.podLabels };
const STRANGER: Pod = { namespace: 'elsewhere', labels: { app: 'client' } };

const deployment: KubernetesObject = {
  apiVersion: 'mlifecycle.io/v1',
  kind: 'ModelDeployment',
  metadata: { name: 'fraud', namespace: 'ml-inference' },
  spec: {
    model: { name: 'fraud', version: '1', framework: 'pytorch' },
    metrics: { accuracy: 0.9, f1_score: 0.9 },
    fairness: { demographic_parity: 0.02 },
    drift: { score: 0.05 },
    serving: { image: 'registry.example.com/fraud:1' },
  },
};

function sampleIn(kind: string, namespace: string): KubernetesObject {
  const definition = KINDS.find((one) => one.kind === kind)!;
  const sample = sampleOf(definition) as unknown as KubernetesObject;
  return { ...sample, metadata: { ...sample.metadata, namespace } };
}

test.each([
  ['ModelDeployment', 8080, () => deployment],
  ['AIModel', 8080, () => sampleIn('AIModel', 'ml-inference')],
  ['FeatureStore', 6566, () => sampleIn('FeatureStore', 'ml-inference')],
])('what a %s lets in of a namespace that denies by default, the namespace lets out', (_kind, port, object) => {
  const objects = [...platformNamespace('ml-inference'), ...made(object())];
  const served = server(objects, 'ml-inference');
  expect(reaches(objects, neighbour('ml-inference'), served, port)).toBe(true);
  // no one else gains by it
  expect(reaches(objects, STRANGER, served, port)).toBe(false);
  expect(reaches(objects, neighbour('ml-inference'), STRANGER, port)).toBe(false);
  expect(reaches(objects, neighbour('ml-inference'), neighbour('ml-inference'), port)).toBe(false);
});

test('who is let in to the model of the example is what the example says', () => {
  const read = (file: string) => parse(fs.readFileSync(path.join(EXAMPLE, file), 'utf8')) as KubernetesObject;
  const zone = read('ai-zone.yaml');
  const objects = [...made(zone), ...made(read('ai-model.yaml'), [zone])];
  const served = server(objects, 'production');
  const who: [string, boolean][] = [
    ['the Pods of the zone', reaches(objects, neighbour('production'), served, 8080)],
    ['the monitoring', reaches(objects, PROMETHEUS, served, 'metrics') || reaches(objects, PROMETHEUS, served, 8080)],
    ['the Gateway', reaches(objects, GATEWAY, served, 8080)],
    ['other namespaces', reaches(objects, STRANGER, served, 8080)],
  ];
  const letIn = who.filter(([, is]) => is).map(([name]) => name);
  const keptOut = who.filter(([, is]) => !is).map(([name]) => name);
  expect(letIn).toEqual(['the Pods of the zone', 'the monitoring']);
  expect(fs.readFileSync(path.join(EXAMPLE, 'README.md'), 'utf8').replace(/\s+/g, ' ')).toContain(
    `Let in are ${letIn.join(' and ')}; ${keptOut.join(' and ')} are not, since the zone has no ingress and no \`allowFrom\`.`,
  );
});
