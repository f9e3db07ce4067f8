import { parse } from 'yaml';
import { zeroTouch } from '../../examples/zero-touch/platform';
import { OPERATORS } from '../../operators/src/operators';
import { KubernetesObject } from '../../operators/src/runtime/protocol';
import { PlatformTesting } from '../../src';
import { MODEL_DEPLOYMENT } from '../../src/api/kinds/model-deployment';
import { withDefaults } from '../../src/api/schema/validate';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { syncRequest } from '../operators/support/requests';
import type { StackJson } from '../support/synth';

const files = PlatformTesting.synth(zeroTouch());
const ENVIRONMENTS = ['local', 'staging', 'production'];
const WORKFLOW = 'model-repository/.github/workflows/model-delivery.yaml';

/** What the operator of an environment knows, from the ConfigMap that it reads. */
function settingsOf(environment: string): OperatorSettings {
  const text = files[`${environment}/operators/nstarx-system/configmap-operators-settings.yaml`];
  const { data } = parse(text) as { readonly data: { readonly [key: string]: string } };
  return JSON.parse(data['settings.json']) as OperatorSettings;
}

/** What `train.py` writes and `ml-platform render` completes, with figures like those that are measured. */
const FRAUD_DETECTOR = {
  apiVersion: 'mlifecycle.io/v1',
  kind: 'ModelDeployment',
  metadata: { name: 'fraud-detector-2-1-0', namespace: 'ml-inference' },
  spec: {
    model: {
      name: 'fraud-detector',
      version: '2.1.0',
      framework: 'onnx',
      description: 'Whether a payment is fraud',
      owner: 'payments-ml',
      card: 'MODEL_CARD.md',
      artifact: { uri: 'file:///model/model.onnx', sha256: 'a'.repeat(64) },
    },
    metrics: { accuracy: 0.97, f1_score: 0.96, precision: 0.97, recall: 0.95, auc_roc: 0.99 },
    fairness: { demographic_parity: 0.02, equalized_odds: 0.03, protected_attributes: ['age_group'] },
    drift: { score: 0.01, method: 'population-stability-index', measuredAt: '2026-01-01T00:00:00Z' },
    dependencies: [
      { name: 'onnxruntime', version: '1.23.2' },
      { name: 'numpy', version: '2.3.4' },
    ],
    serving: { modelInImage: true, image: `ghcr.io/acme/models/fraud-detector@sha256:${'b'.repeat(64)}` },
  },
};

test.each(['staging', 'production'])(
  'Argo CD applies the models of %s, and lets their repository make nothing else',
  (environment) => {
    const { resource } = JSON.parse(files[`stacks/${environment}-bootstrap/cdk.tf.json`]) as StackJson;
    const [values] = resource!.helm_release['argo-cd-apps'].values as string[];
    const { projects, applications } = parse(values) as Record<string, Record<string, object>>;
    expect(applications['model-repository']).toMatchObject({
      project: 'model-repository',
      source: {
        repoURL: 'https://github.com/acme/models',
        targetRevision: 'deploy',
        path: `deploy/overlays/${environment}`,
      },
      destination: { namespace: 'ml-inference' },
    });
    expect(projects['model-repository']).toMatchObject({
      sourceRepos: ['https://github.com/acme/models'],
      destinations: [{ namespace: 'ml-inference' }],
      namespaceResourceWhitelist: [{ group: 'mlifecycle.io', kind: 'ModelDeployment' }],
    });
    expect(projects['model-repository']).not.toHaveProperty('clusterResourceWhitelist');
  },
);

test.each(ENVIRONMENTS)('the manifests of %s', (environment) => {
  expect(Object.keys(files).filter((file) => file.startsWith(`${environment}/`))).toMatchSnapshot();
});

test.each(Object.keys(files).filter((file) => file.endsWith('cdk.tf.json')))('the resources of %s', (file) => {
  const { resource } = JSON.parse(files[file]) as StackJson;
  const addresses = Object.entries(resource ?? {}).flatMap(([type, all]) =>
    Object.keys(all).map((name) => `${type}.${name}`),
  );
  expect(addresses).toMatchSnapshot();
});

test('what the gate asks at admission in production, whole', () => {
  expect(files['production/admission/modelpolicies-model-policies.yaml']).toMatchSnapshot();
});

test('the repository of the models delivers to the environments that verify its signature', () => {
  const { jobs } = parse(files[WORKFLOW]) as { readonly jobs: { readonly [job: string]: object } };
  const text = JSON.stringify(jobs);
  for (const environment of ['staging', 'production']) {
    expect(text).toContain(environment);
    const signers = settingsOf(environment).modelDeployment?.signers ?? [];
    expect(signers.map(({ subject }) => subject)).toEqual([
      `https://github.com/acme/models/${WORKFLOW.replace('model-repository/', '')}@refs/heads/main`,
    ]);
  }
  expect(settingsOf('local').modelDeployment?.signers).toBeUndefined();
});

test.each(ENVIRONMENTS)('in %s the operator takes the model of the example', (environment) => {
  const hooks = OPERATORS.find(({ definition }) => definition.parent.kind === 'ModelDeployment')!;
  const spec = withDefaults(MODEL_DEPLOYMENT.spec, FRAUD_DETECTOR.spec) as KubernetesObject['spec'];
  const request = syncRequest({ ...(FRAUD_DETECTOR as unknown as KubernetesObject), spec });
  const { status, children } = hooks.sync(request, settingsOf(environment));
  const conditions = (status?.conditions ?? []) as { readonly type: string; readonly status: string }[];
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'Accepted', status: 'True' }));
  expect(children).not.toHaveLength(0);
});

test('two runs give the same bytes', () => {
  expect(PlatformTesting.synth(zeroTouch())).toEqual(files);
});
