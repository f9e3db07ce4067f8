import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { onePerEnvironment } from '../../contracts/environment-scope';

/**
 * Which pods go first when not all fit onto the nodes:
 *
 * | class | value | takes the place of others |
 * | --- | --- | --- |
 * | `platform-critical` | 1,000,000 | yes |
 * | `production-serving` | 100,000 | yes |
 * | `batch` | 500 | never |
 *
 * None is the default: a pod without a class has 0. `batch` is above it, so that it waits before such a pod in the queue, but
 * evicts nothing; serving evicts batch, which starts again. One per environment.
 *
 * @example
 * const priorities = new PriorityClasses(chart, 'priorities');
 * new JobWorkload(chart, 'index', {
 *   namespace: platform.teams.data,
 *   image: 'ghcr.io/acme/index:1.0.0',
 *   priorityClassName: priorities.batch,
 * });
 */
@checked('PriorityClasses')
export class PriorityClasses extends Construct {
  /** Name of the class for what the platform cannot run without. */
  public readonly platformCritical: string = 'platform-critical';
  /** Name of the class for what answers users. */
  public readonly productionServing: string = 'production-serving';
  /** Name of the class for training and data processing. */
  public readonly batch: string = 'batch';

  public constructor(scope: Construct, id: string) {
    onePerEnvironment(scope, id, 'PriorityClasses');
    super(scope, id);
    this.priorityClass(this.platformCritical, 1_000_000, 'What the platform cannot run without', true);
    this.priorityClass(this.productionServing, 100_000, 'What answers users', true);
    this.priorityClass(this.batch, 500, 'Training and data processing, which can wait and start again', false);
  }

  private priorityClass(name: string, value: number, description: string, preempts: boolean): void {
    new k8s.KubePriorityClass(this, name, {
      metadata: { name },
      value,
      globalDefault: false,
      preemptionPolicy: preempts ? 'PreemptLowerPriority' : 'Never',
      description,
    });
  }
}
