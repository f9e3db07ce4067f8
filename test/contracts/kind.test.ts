import { KindProvider } from '../../src/providers/kind';
import { describeProvider } from './provider-contract';
import { kind } from './providers';

describeProvider('kind', kind, {
  kubernetesVersion: '1.35',
  workloadIdentity: false,
  shared: KindProvider.local({ hostPorts: [] }),
});
