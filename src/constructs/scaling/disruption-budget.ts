import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { checkReferences } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { dnsLabel } from '../../contracts/names';
import { IWorkload } from '../../contracts/workload';

/** Options of a disruption budget. */
export interface DisruptionBudgetProps {
  /** The workload whose pods are protected. */
  readonly workload: IWorkload;
  /** Pods that run at least; where it is scaled, the smallest number. */
  readonly replicas: number;
  /**
   * Name of the budget.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Pods that must stay while nodes are drained. Give this or maxUnavailable.
   *
   * @default - see maxUnavailable
   */
  readonly minAvailable?: number;
  /**
   * Pods that may be away while nodes are drained.
   *
   * @default - 1 unless minAvailable is given
   */
  readonly maxUnavailable?: number;
}

/**
 * A PodDisruptionBudget: how many pods may be away while nodes are drained. One that would block every drain is refused. Pods
 * that are not ready may always be evicted, so a broken workload does not block an upgrade.
 *
 * @example
 * const indexing = new JobWorkload(chart, 'indexing', {
 *   namespace: platform.teams.data,
 *   image: 'ghcr.io/acme/indexing:1.0.0',
 *   parallelism: 6,
 * });
 * new DisruptionBudget(chart, 'two-at-a-time', { workload: indexing, replicas: 6, maxUnavailable: 2 });
 */
@checked('DisruptionBudget')
export class DisruptionBudget extends Construct {
  /** The PodDisruptionBudget. */
  public readonly budget: ApiObject;

  /** @throws InvalidInputError when both bounds are given, or the budget would block drains */
  public constructor(scope: Construct, id: string, props: DisruptionBudgetProps) {
    super(scope, id);
    checkReferences(this, props);
    const { minAvailable, replicas } = props;
    if (!Number.isInteger(replicas) || replicas < 1) {
      fail(this, 'replicas', 'must be a whole number of at least 1', replicas, 'give the pods that run at least');
    }
    if (minAvailable !== undefined && props.maxUnavailable !== undefined) {
      fail(this, 'maxUnavailable', 'must not come with minAvailable', props.maxUnavailable, 'give one of them');
    }
    const maxUnavailable = minAvailable === undefined ? (props.maxUnavailable ?? 1) : undefined;
    if (maxUnavailable !== undefined && (!Number.isInteger(maxUnavailable) || maxUnavailable < 1)) {
      fail(
        this,
        'maxUnavailable',
        'must be a whole number of at least 1',
        maxUnavailable,
        'allow 1 and run more replicas; with 0 no node can ever be drained',
      );
    }
    if (
      minAvailable !== undefined &&
      (!Number.isInteger(minAvailable) || minAvailable < 1 || minAvailable >= replicas)
    ) {
      fail(
        this,
        'minAvailable',
        `must be a whole number of at least 1 and below replicas (${replicas})`,
        minAvailable,
        'use maxUnavailable: 1; with as many as there are replicas no node can ever be drained',
      );
    }
    const { namespace, podLabels } = props.workload.peer;
    this.budget = new k8s.KubePodDisruptionBudget(this, 'Resource', {
      metadata: { name: dnsLabel(this, 'name', props.name ?? id), namespace },
      spec: {
        selector: { matchLabels: podLabels ?? {} },
        ...(maxUnavailable === undefined ? {} : { maxUnavailable: k8s.IntOrString.fromNumber(maxUnavailable) }),
        ...(minAvailable === undefined ? {} : { minAvailable: k8s.IntOrString.fromNumber(minAvailable) }),
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    });
  }
}
