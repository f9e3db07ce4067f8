import { NodeScaling } from './node-scaling';

/** The options of AwsProvider with their defaults filled in, as far as these do not depend on the tier. */
export interface AwsSettings {
  readonly region: string;
  readonly account?: string;
  readonly vpcCidr: string;
  readonly serviceCidr: string;
  readonly availabilityZones: string[];
  readonly natGateways?: number;
  readonly publicAccessCidrs: string[];
  readonly nodeScaling: NodeScaling;
  readonly adminPrincipalArns: string[];
  readonly tags: { [key: string]: string };
  /** Text that makes bucket names unique in the world; undefined when nothing of that sort is known. */
  readonly bucketNameSeed?: string;
}
