import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { onePerEnvironment } from '../../contracts/environment-scope';

/**
 * The PriorityClasses of the neural platform:
 *
 * | class | value | takes the place of others |
 * | --- | --- | --- |
 * | `nstarx-production-inference` | 1,000 | yes |
 * | `nstarx-batch-training` | 500 | never |
 *
 * A pod without a class has 0, so training that could preempt would evict every such pod: it waits instead. Inference evicts
 * training, which starts again. Both are below the classes of `PriorityClasses` that serve users and run the platform. One
 * per environment.
 *
 * @example
 * const priorities = new NeuralPriorityClasses(chart, 'priorities');
 * new TrainingJob(chart, 'train', {
 *   namespace: platform.teams.ml,
 *   image: 'ghcr.io/acme/train:1.0.0',
 *   gpuModel: GpuModel.T4,
 *   priorityClassName: priorities.batchTraining,
 * });
 */
@checked('NeuralPriorityClasses')
export class NeuralPriorityClasses extends Construct {
  /** Name of the class for inference in production. */
  public readonly productionInference: string = 'nstarx-production-inference';
  /** Name of the class for training in batches. */
  public readonly batchTraining: string = 'nstarx-batch-training';
  /** The PriorityClasses, by name. */
  public readonly classes: { readonly [name: string]: ApiObject };

  public constructor(scope: Construct, id: string) {
    onePerEnvironment(scope, id, 'NeuralPriorityClasses');
    super(scope, id);
    this.classes = {
      [this.productionInference]: this.priorityClass(
        this.productionInference,
        1000,
        'PreemptLowerPriority',
        'Priority class for production inference workloads',
      ),
      [this.batchTraining]: this.priorityClass(
        this.batchTraining,
        500,
        'Never',
        'Priority class for batch training jobs',
      ),
    };
  }

  private priorityClass(name: string, value: number, preemptionPolicy: string, description: string): ApiObject {
    return new k8s.KubePriorityClass(this, name, {
      metadata: { name },
      value,
      globalDefault: false,
      preemptionPolicy,
      description,
    });
  }
}
