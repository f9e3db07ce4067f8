import { parseAllDocuments } from 'yaml';
import { hooksOf } from '../../operators/src/runtime/hooks';
import { KubernetesObject } from '../../operators/src/runtime/protocol';
import { modelDeploymentOperator } from '../../operators/src/model-deployment/model-deployment-operator';
import { Tier } from '../../src/contracts/tier';
import { yamlOf } from '../../src/contracts/yaml';
import { MODEL_DEPLOYMENT_SIZES } from '../../src/kinds/model-deployment/sizes';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { syncRequest } from '../operators/support/requests';
import { SETTINGS } from '../operators/support/settings';
import { SAMPLE, Workplace } from './support';

const place = new Workplace();
afterAll(() => place.remove());

const IMAGE = `registry.example/models/fraud-detector@sha256:${'0'.repeat(64)}`;

/** The objects that were printed. */
function objectsIn(stdout: string): KubernetesObject[] {
  return parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
}

test('the manifest is completed, and a status is left out', async () => {
  const text = `${SAMPLE}status: { phase: Serving }\n`;
  const file = place.write('m.yaml', text);
  const { code, stdout, stderr } = await place.run('render', file, '--image', IMAGE, '--namespace', 'ml-inference');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(objectsIn(stdout)).toEqual([
    {
      apiVersion: 'mlifecycle.io/v1',
      kind: 'ModelDeployment',
      metadata: { name: 'fraud-detector-2-1-0', namespace: 'ml-inference' },
      spec: {
        model: { name: 'fraud-detector', version: '2.1.0', framework: 'pytorch' },
        metrics: { accuracy: 0.94, f1_score: 0.9 },
        fairness: { demographic_parity: 0.02 },
        drift: { score: 0.05 },
        serving: { image: IMAGE },
      },
    },
  ]);
  const json = await place.run('render', file, '-i', IMAGE, '-n', 'ml-inference', '--format', 'json');
  expect(JSON.parse(json.stdout)).toEqual(objectsIn(stdout)[0]);
});

test('what the manifest has stays, but for what the options say', async () => {
  const text = `metadata: { name: fraud, namespace: other, labels: { team: risk } }\n${SAMPLE}  serving: { replicas: 2, image: 'a/b:1' }\n`;
  const args = ['render', place.write('m.yaml', text)];
  const [as] = objectsIn((await place.run(...args)).stdout);
  expect(as).toMatchObject({ metadata: { name: 'fraud', namespace: 'other', labels: { team: 'risk' } } });
  expect(as.spec).toMatchObject({ serving: { replicas: 2, image: 'a/b:1' } });
  const [changed] = objectsIn((await place.run(...args, '-i', IMAGE, '-n', 'ml-inference')).stdout);
  expect(changed.metadata.namespace).toBe('ml-inference');
  expect(changed.spec).toMatchObject({ serving: { replicas: 2, image: IMAGE } });
});

test('an image that has the model says so, so that the service fetches none', async () => {
  const args = ['render', place.write('m.yaml', SAMPLE), '-i', IMAGE, '-n', 'ml-inference', '--model-in-image'];
  const [completed] = objectsIn((await place.run(...args)).stdout);
  expect(completed.spec).toMatchObject({ serving: { image: IMAGE, modelInImage: true } });
});

test('what is printed is valid, and rendered again the same', async () => {
  const { stdout } = await place.run('render', place.write('m.yaml', SAMPLE), '-i', IMAGE, '-n', 'ml-inference');
  expect((await place.pipe(stdout, 'validate', '-')).code).toBe(0);
  expect((await place.pipe(stdout, 'render', '-')).stdout).toBe(stdout);
});

test('every ModelDeployment of a file is rendered; others are skipped', async () => {
  const text = `${SAMPLE}---\n${SAMPLE.replace('2.1.0', '2.2.0')}---\napiVersion: v1\nkind: ConfigMap\n`;
  const { code, stdout, stderr } = await place.run('render', place.write('m.yaml', text));
  expect(code).toBe(0);
  expect(objectsIn(stdout).map(({ metadata }) => metadata.name)).toEqual([
    'fraud-detector-2-1-0',
    'fraud-detector-2-2-0',
  ]);
  expect(stderr).toMatch(/v1 ConfigMap is skipped/);
});

test('of a manifest with findings nothing is printed', async () => {
  const { code, stdout, stderr } = await place.run(
    'render',
    place.write('m.yaml', `${SAMPLE}  servng: {}\n`),
    '-i',
    IMAGE,
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/m\.yaml:15:3: spec\.servng: is no field of this kind; .*; write serving \[unknown-field\]/);
});

test.each([
  ['an image that is none', ['--image', 'UPPER'], /--image must be the name of a container image/],
  ['an image that changes', ['--image', 'a/b:latest'], /--image must have a digest, or a tag other than latest/],
  ['a namespace that is none', ['--namespace', 'ML'], /--namespace must be a DNS label/],
  ['objects of no environment', ['--objects', '-i', IMAGE, '-n', 'a'], /--environment must be one of local, dev/],
  ['objects without an image', ['--objects', '-n', 'a', '-e', 'local'], /--image must be given/],
  ['objects without a namespace', ['--objects', '-i', IMAGE, '-e', 'local'], /--namespace must be given/],
  ['settings that are none', ['--objects', '-e', 'local', '--settings', 'm.yaml'], /--settings .*has no scraper/],
])('%s', async (_, args, message) => {
  const { code, stdout, stderr } = await place.run('render', place.write('m.yaml', SAMPLE), ...args);
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string });
});

describe('the objects', () => {
  /** What the operator makes with settings. */
  function operatorsObjects(manifest: KubernetesObject, settings: OperatorSettings): readonly KubernetesObject[] {
    const { children } = hooksOf(modelDeploymentOperator).sync(syncRequest(manifest), settings);
    // the operator's own: where it remembers the last good spec, and what measures a version while it is served
    return children.filter(({ kind }) => !['AnalysisRun', 'ControllerRevision'].includes(kind));
  }
  const text = `${SAMPLE}  serving: { resources: { requests: { memory: 8Gi }, limits: { nvidia.com/gpu: "1" } } }\n`;
  const args = ['render', 'm.yaml', '-i', IMAGE, '-n', 'ml-inference'];
  beforeEach(() => place.write('m.yaml', text));

  test.each(Object.values(Tier))('in %s are those that the operator makes, in its sizes', async (tier) => {
    const [manifest] = objectsIn((await place.run(...args)).stdout);
    const { code, stdout } = await place.run(...args, '--objects', '-e', tier);
    const settings = {
      scraper: { namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } },
      prometheusUrl: '',
      modelDeployment: MODEL_DEPLOYMENT_SIZES[tier],
    };
    expect(code).toBe(0);
    expect(sorted(objectsIn(stdout))).toEqual(sorted(operatorsObjects(manifest, settings)));
    const { cpu } = MODEL_DEPLOYMENT_SIZES[tier];
    expect(stdout).toContain(`cpu: ${cpu === '500m' ? cpu : `"${cpu}"`}`);
  });

  test('with the settings of a platform are those that its operator makes, with the route', async () => {
    const [manifest] = objectsIn((await place.run(...args)).stdout);
    const data = { 'settings.json': JSON.stringify(SETTINGS) };
    place.write('settings.yaml', yamlOf({ apiVersion: 'v1', kind: 'ConfigMap', data }));
    place.write('settings.json', JSON.stringify(SETTINGS));
    for (const file of ['settings.yaml', 'settings.json']) {
      const { stdout } = await place.run(...args, '--objects', '-e', 'production', '--settings', file);
      const objects = objectsIn(stdout);
      expect(objects.map(({ kind }) => kind)).toContain('HTTPRoute');
      expect(sorted(objects)).toEqual(sorted(operatorsObjects(manifest, SETTINGS)));
    }
  });

  test('what the operator would refuse is a finding at its field', async () => {
    place.write('m.yaml', SAMPLE.replace('framework', 'artifact: { uri: hf://acme/fraud }\n    framework'));
    const { code, stdout, stderr } = await place.run(...args, '--objects', '-e', 'production');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^m\.yaml:7:17: spec\.model\.artifact\.uri: must be a place that .* \[rule\]$/m);
  });
});

function sorted(objects: readonly KubernetesObject[]): unknown[] {
  const plain = JSON.parse(JSON.stringify(objects)) as KubernetesObject[];
  return plain.sort((one, other) => one.kind.localeCompare(other.kind));
}
