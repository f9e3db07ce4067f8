import { ClusterProps } from '../../contracts/cluster';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { GeneralPool, GpuPool, NodePool } from '../../contracts/node-pool';
import { Tier } from '../../contracts/tier';
import type { AwsSettings } from './aws-settings';
import type { EksClusterProps } from './eks-cluster';
import { machineFor } from './instance-types';
import { KUBERNETES_VERSIONS, NEWEST_KUBERNETES_VERSION } from './kubernetes-versions';
import { byTier, isProtected } from './tier-defaults';

/**
 * Checks what a cluster is to be and fills in the defaults. The first node pool of the result is a general one.
 *
 * @throws InvalidInputError when the version is not supported or the node pools do not fit together
 */
export function checkedClusterProps(
  environment: IEnvironment,
  settings: AwsSettings,
  props: ClusterProps,
): EksClusterProps {
  const kubernetesVersion = props.kubernetesVersion ?? NEWEST_KUBERNETES_VERSION;
  if (!KUBERNETES_VERSIONS.includes(kubernetesVersion)) {
    fail(
      environment,
      'kubernetesVersion',
      `must be one of ${KUBERNETES_VERSIONS.join(', ')}`,
      kubernetesVersion,
      'choose a version in standard support of EKS',
    );
  }
  if (environment.tier === Tier.PRODUCTION && settings.publicAccessCidrs.some(isMostOfTheInternet)) {
    fail(
      environment,
      'publicAccessCidrs',
      'must not be the whole internet in production, nor half of it',
      settings.publicAccessCidrs,
      'name the addresses of your offices and runners, or none for private access only',
    );
  }
  return {
    kubernetesVersion,
    nodePools: checkedPools(environment, props.nodePools),
    deletionProtection: props.deletionProtection ?? isProtected(environment.tier),
  };
}

/** Nobody owns more than a /8. */
function isMostOfTheInternet(cidr: string): boolean {
  return Number(cidr.split('/')[1]) < 8;
}

function checkedPools(environment: IEnvironment, given: NodePool[] | undefined): NodePool[] {
  const pools = given ?? [];
  const duplicate = pools.find((pool, at) => pools.findIndex((other) => other.name === pool.name) !== at);
  if (duplicate) {
    fail(environment, 'nodePools', 'must have names of their own', duplicate.name, 'give one of them another name');
  }
  const general = pools.find((pool) => !(pool instanceof GpuPool));
  if (general && general.min < 1) {
    fail(
      environment,
      'nodePools',
      'must have at least one node in the first general pool',
      general.min,
      'give it min: 1 or more; DNS and the controllers run there',
    );
  }
  pools.forEach((pool) => machineFor(pool));
  const first = general ?? defaultPool(environment.tier);
  return [first, ...pools.filter((pool) => pool !== first)];
}

function defaultPool(tier: Tier): NodePool {
  return GeneralPool.of('general', {
    min: byTier(tier, { development: 1, staging: 2, production: 3 }),
    max: byTier(tier, { development: 5, staging: 6, production: 12 }),
  });
}
