import { Tier } from '../../src/contracts';
import { describeProvider } from './provider-contract';
import { existing } from './providers';

describeProvider('existing', existing, { kubernetesVersion: '1.35', workloadIdentity: false, tier: Tier.PRODUCTION });
