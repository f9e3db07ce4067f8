import { checked } from '../../contracts/checked';
import { checkOrder, checkWhole } from '../../contracts/bounds';
import { byteQuantity } from '../../contracts/quantity';

/** How the number of pods of a service follows what they use. */
export interface ServiceScalingOptions {
  /** Smallest number of pods. */
  readonly minReplicas: number;
  /** Largest number of pods. */
  readonly maxReplicas: number;
  /** CPU that the pods are to use on average, in percent of what is reserved. */
  readonly cpuPercent: number;
  /**
   * Memory that the pods are to use on average, in percent of what is reserved.
   *
   * @default - memory does not count
   */
  readonly memoryPercent?: number;
}

/**
 * How the number of pods of a service follows its load: a HorizontalPodAutoscaler with one target for CPU and one for memory.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * new Microservice(shop, 'orders', {
 *   image: 'ghcr.io/acme/orders:1.4.2',
 *   scaling: ServiceScaling.of({ minReplicas: 2, maxReplicas: 8, cpuPercent: 75 }),
 *   entryPoint: true,
 * });
 */
@checked('ServiceScaling')
export class ServiceScaling {
  /** 3 to 15 pods at 65 % of their CPU and 75 % of their memory. */
  public static readonly HIGH_LOAD = ServiceScaling.percent(3, 15, 65, 75);
  /** 2 to 10 pods at 70 % of their CPU and 80 % of their memory. */
  public static readonly MEDIUM_LOAD = ServiceScaling.percent(2, 10, 70, 80);
  /** 2 to 8 pods at 70 % of their CPU and 80 % of their memory. */
  public static readonly STANDARD = ServiceScaling.percent(2, 8, 70, 80);
  /** 2 to 6 pods at 70 % of their CPU and 80 % of their memory. */
  public static readonly LIGHT = ServiceScaling.percent(2, 6, 70, 80);
  /** 1 to 3 pods at 60 % of their CPU and 70 % of their memory. */
  public static readonly UTILITY = ServiceScaling.percent(1, 3, 60, 70);

  /**
   * Other numbers.
   *
   * @throws InvalidInputError when a number is out of bounds, or the smallest number of pods is above the largest
   */
  public static of(options: ServiceScalingOptions): ServiceScaling {
    return new ServiceScaling(options);
  }

  private static percent(minReplicas: number, maxReplicas: number, cpuPercent: number, memoryPercent: number) {
    return new ServiceScaling({ minReplicas, maxReplicas, cpuPercent, memoryPercent });
  }

  /** Smallest number of pods. */
  public readonly minReplicas: number;
  /** Largest number of pods. */
  public readonly maxReplicas: number;
  /** CPU that the pods are to use on average, in percent of what is reserved. */
  public readonly cpuPercent: number;
  /**
   * Memory that the pods are to use on average, in percent of what is reserved.
   *
   * @default - memory does not count
   */
  public readonly memoryPercent?: number;

  private constructor({ minReplicas, maxReplicas, cpuPercent, memoryPercent }: ServiceScalingOptions) {
    const where = 'ServiceScaling.of';
    checkWhole(where, 'minReplicas', minReplicas, 1, 1000, 'give a number of pods');
    checkWhole(where, 'maxReplicas', maxReplicas, 1, 1000, 'give a number of pods');
    checkOrder(
      where,
      { prop: 'minReplicas', given: minReplicas, value: minReplicas },
      { prop: 'maxReplicas', given: maxReplicas, value: maxReplicas },
    );
    checkWhole(where, 'cpuPercent', cpuPercent, 1, 1000, 'give percent of the CPU that is reserved');
    checkWhole(where, 'memoryPercent', memoryPercent, 1, 1000, 'give percent of the memory that is reserved');
    this.minReplicas = minReplicas;
    this.maxReplicas = maxReplicas;
    this.cpuPercent = cpuPercent;
    this.memoryPercent = memoryPercent;
  }
}

/**
 * How much memory each pod of a service has.
 *
 * @example
 * const shop = new Microservices(chart, 'shop', { namespace: platform.teams.core });
 * new Microservice(shop, 'search', {
 *   image: 'ghcr.io/acme/search:1.4.2',
 *   size: ServiceSize.MEMORY_INTENSIVE,
 *   entryPoint: true,
 * });
 */
@checked('ServiceSize')
export class ServiceSize {
  /** 512Mi reserved, 1Gi at most. */
  public static readonly MEMORY_INTENSIVE = new ServiceSize('512Mi', '1Gi');
  /** 256Mi reserved, 512Mi at most. */
  public static readonly STANDARD = new ServiceSize('256Mi', '512Mi');
  /** 128Mi reserved, 256Mi at most. */
  public static readonly LIGHTWEIGHT = new ServiceSize('128Mi', '256Mi');

  /**
   * Other amounts.
   *
   * @param memory memory that is reserved, as a Kubernetes quantity
   * @param memoryLimit memory above which the container is killed
   * @throws InvalidInputError when one is no quantity, or the limit is below what is reserved
   */
  public static of(memory: string, memoryLimit: string): ServiceSize {
    return new ServiceSize(memory, memoryLimit);
  }

  private constructor(
    /** Memory that is reserved. */
    public readonly memory: string,
    /** Memory above which the container is killed. */
    public readonly memoryLimit: string,
  ) {
    const where = 'ServiceSize.of';
    byteQuantity(where, 'memory', memory);
    byteQuantity(where, 'memoryLimit', memoryLimit);
    checkOrder(
      where,
      { prop: 'memory', given: memory, value: memory },
      { prop: 'memoryLimit', given: memoryLimit, value: memoryLimit },
    );
  }
}
