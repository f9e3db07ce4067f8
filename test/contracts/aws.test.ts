import { IProvider, Tier } from '../../src/contracts';
import { AwsProvider } from '../../src/providers/aws';
import { describeProvider, portableValues, sampleOf } from './provider-contract';
import { kind } from './providers';

const aws = (): IProvider => AwsProvider.inRegion('eu-west-1', { stateBucket: 'acme-tf-state' });

describeProvider('aws', aws, { kubernetesVersion: '1.35', workloadIdentity: true, tier: Tier.DEVELOPMENT });

test('a workload does not know whether it runs on Kind or on AWS', () => {
  const onAws = sampleOf(aws(), { kubernetesVersion: '1.35', workloadIdentity: true, tier: Tier.DEVELOPMENT });
  const onKind = sampleOf(kind(), { kubernetesVersion: '1.35', workloadIdentity: false });
  expect(portableValues(onAws)).toEqual(portableValues(onKind));
});
