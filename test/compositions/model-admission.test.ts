import { generateKeyPairSync } from 'node:crypto';
import { ApiObject } from 'cdk8s';
import {
  AlertReceiver,
  AwsProvider,
  DataPlatform,
  Delivery,
  IProvider,
  KindProvider,
  ModelAdmission,
  Namespace,
  NeuralPlatform,
  Tier,
} from '../../src';
import { temporaryApp } from '../support/synth';

const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const repository = 'https://git.example/platform.git';

const PLACES: readonly {
  readonly name: string;
  readonly tier: Tier;
  readonly provider: IProvider;
  readonly delivery: Delivery;
}[] = [
  { name: 'Kind', tier: Tier.LOCAL, provider: KindProvider.local(), delivery: Delivery.files() },
  {
    name: 'AWS by Argo CD',
    tier: Tier.PRODUCTION,
    provider: AwsProvider.inRegion('eu-west-1', { account: '123456789012' }),
    delivery: Delivery.argoCd({ repository }),
  },
];

test.each(PLACES)(
  'a platform with the admission of models and a model boots: $name',
  ({ tier, provider, delivery }) => {
    const { app } = temporaryApp();
    const environment = app.environment('env', { provider, tier, delivery });
    const production = tier === Tier.PRODUCTION;
    new DataPlatform(environment, 'platform', {
      domain: 'ml.acme.example',
      ...(production
        ? { criticalAlertReceivers: [AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' })] }
        : {}),
    });
    new NeuralPlatform(environment, 'neural');
    const chart = environment.addChart('models');
    const namespace = new Namespace(chart, 'ml-inference');
    new ModelAdmission(chart, 'admission', {
      namespaces: [namespace],
      signers: [{ publicKey }],
      breakGlassGroup: 'ml-on-call',
    });
    new ApiObject(chart, 'churn', {
      apiVersion: 'mlifecycle.io/v1',
      kind: 'ModelDeployment',
      metadata: { name: 'churn', namespace: namespace.namespaceName },
      spec: {
        model: { name: 'churn', version: '1.4.0', framework: 'onnx', owner: 'growth-ml', card: 'MODEL_CARD.md' },
        metrics: { accuracy: 0.91, f1_score: 0.88 },
        fairness: { demographic_parity: 0.04, protected_attributes: ['age_group'] },
        drift: { score: 0.07, measuredAt: '2026-11-28T09:00:00Z' },
        dependencies: [{ name: 'onnxruntime', version: '1.32.0' }],
        serving: { image: `registry.example/churn@sha256:${'a'.repeat(64)}` },
      },
    });
    expect(() => app.synth()).not.toThrow();
  },
);
