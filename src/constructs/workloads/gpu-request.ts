import { IConstruct } from 'constructs';
import { ICluster } from '../../contracts/cluster';
import { fail } from '../../contracts/errors';
import { GpuModel } from '../../contracts/gpu';

/** The GPUs that each pod of a workload gets. */
export class GpuRequest {
  /**
   * GPUs of one model.
   *
   * @param count GPUs of one pod; they are all on one node
   * @throws InvalidInputError when the count is not a whole number of at least 1
   */
  public static of(model: GpuModel, count: number = 1): GpuRequest {
    if (!Number.isInteger(count) || count < 1) {
      fail('GpuRequest.of', 'count', 'must be a whole number of at least 1', count, 'give the GPUs of one pod');
    }
    return new GpuRequest(model, count);
  }

  private constructor(
    /** The model. */
    public readonly model: GpuModel,
    /** GPUs of one pod. */
    public readonly count: number,
  ) {}
}

/**
 * Refuses GPUs that the cluster cannot give.
 *
 * @param pods pods that run at the same time, at most
 */
export function checkGpuRequest(where: IConstruct, gpu: GpuRequest, cluster: ICluster | undefined, pods: number): void {
  if (!cluster) {
    fail(where, 'cluster', 'must be given together with gpu', undefined, 'pass environment.cluster');
  }
  const { productLabel } = gpu.model;
  const { gpus } = cluster.capabilities;
  const pools = gpus.filter((pool) => pool.productLabel === productLabel);
  if (pools.length === 0) {
    const offered = [...new Set(gpus.map((pool) => pool.productLabel))].sort().join(', ') || 'no GPUs at all';
    fail(
      where,
      'gpu',
      'must be of a model that the cluster has a node pool of',
      productLabel,
      `add a GpuPool of that model to the cluster; it offers ${offered}`,
    );
  }
  const perNode = Math.max(...pools.map((pool) => pool.perNode));
  if (gpu.count > perNode) {
    fail(
      where,
      'gpu',
      `must ask for at most ${perNode} ${productLabel} per pod, since no node has more`,
      gpu.count,
      'ask for fewer and use more pods, or add a pool of larger machines',
    );
  }
  const total = pools
    .filter((pool) => pool.perNode >= gpu.count)
    .reduce((sum, pool) => sum + Math.floor(pool.perNode / gpu.count) * Math.floor(pool.total / pool.perNode), 0);
  if (pods > total) {
    fail(
      where,
      'gpu',
      `must be for at most ${total} pods at a time, as many as the ${productLabel} pools hold with ${gpu.count} each`,
      pods,
      'run fewer pods at a time, or raise max of the pool (on Kind, workersPerPool)',
    );
  }
}
