import { App, Chart } from 'cdk8s';
import { zoneReport } from '../operators/ai-zone/retention';
import { AIModelType } from '../../src/api/generated/ai-model';
import { PlatformApp } from '../../src/app';
import { NeuralPlatform, NeuralPlatformProps } from '../../src/compositions';
import { Tier } from '../../src/contracts';
import { AIModelObjects } from '../../src/kinds/ai-model/ai-model-objects';
import { ModelScaler } from '../../src/kinds/ai-model/settings';
import { aiModelSettings } from '../../src/kinds/operators/kind-settings';
import { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { AwsProvider } from '../../src/providers/aws';
import { KindProvider } from '../../src/providers/kind';
import { PlatformTemplate } from '../../src/testing';
import { Json, manifest, manifests, text } from '../constructs/tenancy/support';
import { objects } from '../kinds/data-pipeline/support';
import { specOf, Synthesized } from '../kinds/ml-workflow/support';

// what the operators are told follows from the props of the composition, and each of it has an effect

const ON = { kind: KindProvider.local(), aws: AwsProvider.inRegion('eu-west-1', { account: '123456789012' }) };

function platform(provider: keyof typeof ON, props: NeuralPlatformProps = {}) {
  const app = new PlatformApp();
  const environment = app.environment('test', { provider: ON[provider], tier: Tier.DEVELOPMENT });
  const neural = new NeuralPlatform(environment, 'neural', { domain: 'ml.acme.example', ...props });
  const template = PlatformTemplate.fromApp(app, 'test');
  const config = manifest(environment, 'ConfigMap', 'operators-settings', 'nstarx-system');
  const settings = JSON.parse(text(config.data['settings.json'])) as OperatorSettings;
  return { environment, template, settings, bucket: neural.dataPlatform.artifactBucket.bucketName };
}

const onKind = platform('kind', { metricsRetentionDays: 60, modelScaler: ModelScaler.KEDA });
const onAws = platform('aws', { workflowArtifacts: false });

test('Prometheus keeps metrics for as many days as is said, and a zone that asks for more is told so', () => {
  const stack = (of: typeof onKind) =>
    of.environment.components.sorted().find(({ name }) => name === 'kube-prometheus-stack')?.values as unknown as Json;
  expect(stack(onKind).prometheus.prometheusSpec.retention).toBe('60d');
  expect(stack(onAws).prometheus.prometheusSpec.retention).toBe('7d');
  expect([onKind, onAws].map(({ settings }) => settings.aiZone?.metricsRetentionDays)).toEqual([60, 7]);
  expect(zoneReport(onKind.settings, '60d')).toMatchObject({ status: 'True', reason: 'LongEnough' });
  expect(zoneReport(onAws.settings, '60d')).toMatchObject({
    status: 'False',
    reason: 'TooShort',
    message:
      'spec.monitoring.prometheus.retention is 60d, but Prometheus keeps all metrics for 7 days: lower it, or raise that of the platform',
  });
});

test('KEDA scales models where it is said to, is installed, and may ask Prometheus', () => {
  const made = ({ settings }: typeof onKind) => {
    const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
    new AIModelObjects(chart, 'model', {
      name: 'churn',
      namespace: 'ml-models',
      spec: {
        type: AIModelType.SKLEARN,
        version: '1.0',
        storage: { location: 's3://models/churn/1.0' },
        serving: {
          resources: { requests: { cpu: '1', memory: '1Gi' } },
          autoscaling: {
            enabled: true,
            minReplicas: 1,
            maxReplicas: 3,
            metrics: [{ type: 'custom', name: 'inference_queue_depth', targetValue: 5 }],
          },
        },
      } as never,
      settings: aiModelSettings(settings),
    });
    return chart.toJson() as Json[];
  };
  const scaled = made(onKind).find(({ kind }) => text(kind) === 'ScaledObject');
  expect(scaled?.spec.triggers).toMatchObject([
    {
      type: 'prometheus',
      metadata: { serverAddress: 'http://kube-prometheus-stack-prometheus.data-platform-monitoring.svc:9090' },
    },
  ]);
  expect(made(onAws).map(({ kind }) => text(kind))).toContain('HorizontalPodAutoscaler');
  const installed = (of: typeof onKind) => of.environment.components.has('keda');
  expect([installed(onKind), installed(onAws)]).toEqual([true, false]);
  const asks = manifests(onKind.environment).filter(
    ({ kind, spec }) => text(kind) === 'NetworkPolicy' && JSON.stringify(spec.ingress ?? '').includes('keda-operator'),
  );
  expect(asks).toHaveLength(1);
  expect(asks[0].spec.podSelector.matchLabels).toEqual({ 'app.kubernetes.io/name': 'prometheus' });
});

const STAGES = [{ name: 'prepare', type: 'container', config: { image: 'ghcr.io/acme/prepare:1.0.0' } }];
const stored = (settings: OperatorSettings): Json | undefined =>
  new Synthesized(specOf(STAGES), settings.mlWorkflow).stage('prepare').outputs?.artifacts?.[0]?.s3 as Json | undefined;

test('stages hand on files by the bucket of the platform, within the folder of their namespace', () => {
  expect(stored(onKind.settings)).toEqual({
    bucket: onKind.bucket,
    endpoint: expect.stringMatching(/^s3\.backing-services\.svc\.cluster\.local:\d+$/),
    insecure: true,
    region: expect.any(String),
    accessKeySecret: { name: expect.any(String), key: expect.any(String) },
    secretKeySecret: { name: expect.any(String), key: expect.any(String) },
    key: 'workflows/ml-workflows/churn/{{workflow.name}}/prepare.tgz',
  });
  expect(stored(platform('aws').settings)).toEqual({
    bucket: expect.any(String),
    endpoint: 's3.amazonaws.com',
    region: 'eu-west-1',
    useSDKCreds: true,
    key: 'workflows/ml-workflows/churn/{{workflow.name}}/prepare.tgz',
  });
  expect(stored(onAws.settings)).toBeUndefined();
  // the same with whatever engine there is
  const withoutSpark = platform('kind', { engines: { spark: false, feast: false } });
  expect(stored(withoutSpark.settings)).toEqual(stored(onKind.settings));
});

test('tables that enrich looks up are in the folder of the namespace', () => {
  const source = { type: 'datalake', config: { path: 's3://lake/in/' } };
  const spec = {
    source,
    sink: { type: 'datalake', config: { path: 's3://lake/out/' } },
    transformations: [{ type: 'enrich', config: { lookupTable: 'customers', joinKey: 'id' } }],
  };
  const { SparkApplication } = objects(spec, onKind.settings.dataPipeline, 'orders');
  const args = (SparkApplication.spec as unknown as { arguments: string[] }).arguments;
  expect(args[args.indexOf('--lookup') + 1]).toBe(`s3://${onKind.bucket}/lake/shop/`);
});
