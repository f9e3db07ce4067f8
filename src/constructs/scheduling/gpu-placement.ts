import { IConstruct } from 'constructs';
import { checked } from '../../contracts/checked';
import { environmentOf } from '../../contracts/environment-scope';
import { deviceTolerations } from '../../contracts/devices';
import { fail } from '../../contracts/errors';
import { GpuModel } from '../../contracts/gpu';
import { GPU_PRODUCT_LABEL } from '../../contracts/names';

/**
 * Where pods with GPUs may run: on nodes with one of several GPU models, whose taint they tolerate. For pods that are written
 * as JSON inside custom resources; the workloads of this library place themselves by their `gpuModel`.
 *
 * @example
 * const placement = GpuPlacement.on(GpuModel.T4, GpuModel.A100_80GB);
 * placement.checkCluster(chart);
 * const pod = { affinity: placement.affinity, tolerations: placement.tolerations };
 * const resources = { limits: placement.limits(1) };
 */
@checked('GpuPlacement')
export class GpuPlacement {
  /**
   * Nodes with any of these models.
   *
   * @throws InvalidInputError when no model is given, or they are different extended resources
   */
  public static on(...models: GpuModel[]): GpuPlacement {
    if (models.length === 0) {
      fail('GpuPlacement.on', 'models', 'must have at least one GPU model', models, 'name one, such as GpuModel.T4');
    }
    const resources = [...new Set(models.map((model) => model.resourceName))];
    if (resources.length > 1) {
      fail(
        'GpuPlacement.on',
        'models',
        'must be of one extended resource, since a container asks for one',
        resources,
        'make a placement for each',
      );
    }
    return new GpuPlacement(models);
  }

  /** The extended resource that a container asks for, such as `nvidia.com/gpu`. */
  public readonly resourceName: string;
  private readonly productLabels: string[];

  private constructor(models: GpuModel[]) {
    this.resourceName = models[0].resourceName;
    this.productLabels = [...new Set(models.map((model) => model.productLabel))];
  }

  /** The pod's `affinity`. */
  public get affinity(): { [key: string]: unknown } {
    const expression = { key: GPU_PRODUCT_LABEL, operator: 'In', values: [...this.productLabels] };
    return {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [expression] }] },
      },
    };
  }

  /** The pod's `tolerations`. */
  public get tolerations(): { [key: string]: unknown }[] {
    return deviceTolerations([this.resourceName]);
  }

  /**
   * A container's `resources.limits`; the request of an extended resource is its limit.
   *
   * @throws InvalidInputError when the count is not a whole number of at least 1
   */
  public limits(count: number): { [key: string]: string } {
    if (!Number.isInteger(count) || count < 1) {
      fail('GpuPlacement', 'count', 'must be a whole number of at least 1', count, 'give the GPUs of one pod');
    }
    return { [this.resourceName]: String(count) };
  }

  /**
   * Refuses to place pods where the environment's cluster has none of the models.
   *
   * @param scope what makes the pods
   * @throws InvalidInputError when no node pool of the cluster has one of the models
   */
  public checkCluster(scope: IConstruct): void {
    const { cluster } = environmentOf(scope);
    const offered = [...new Set(cluster.capabilities.gpus.map((pool) => pool.productLabel))].sort();
    if (this.productLabels.some((label) => offered.includes(label))) return;
    fail(
      cluster,
      'gpuPools',
      `must have nodes with ${this.productLabels.join(' or ')}`,
      offered,
      'add a GpuPool of one of these models',
    );
  }
}
