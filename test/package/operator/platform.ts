import { CustomOperators } from '@ml-platform-constructs/operator-runtime/deploy';
import { KindProvider, Namespace, NeuralPlatform, PlatformApp, Tier } from 'ml-platform-constructs';
import { NOTEBOOK_OPERATOR } from './notebook';

const app = new PlatformApp();
const local = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL });
new NeuralPlatform(local, 'neural', { domain: 'ml.localhost.example' });
const chart = local.addChart('notebooks');
new CustomOperators(chart, 'notebook-operators', {
  definitions: [NOTEBOOK_OPERATOR],
  namespace: new Namespace(chart, 'acme-operators'),
  image: 'registry.example.com/notebook-operators:1.0.0',
  replicas: 1,
});
console.log(app.synth().toString());
