import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { keyOf, KubernetesObject, SyncResponse } from '../../../operators/src/runtime/protocol';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import { objectMap } from '../support/requests';
import { SETTINGS } from '../support/settings';

const hooks = hooksOf(modelDeploymentOperator);

export const NAME = 'fraud-detector';
export const NAMESPACE = 'ml-inference';
export const DIGESTS = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`);

/** A manifest of a version, which is in an image of its own. */
export function manifest(version: string, more: { readonly [field: string]: unknown } = {}): object {
  const digest = DIGESTS[Number(version[0]) - 1];
  return {
    model: { name: NAME, version, framework: 'pytorch', owner: 'fraud-team' },
    metrics: { accuracy: 0.94, f1_score: 0.9 },
    fairness: { demographic_parity: 0.02 },
    drift: { score: 0.05 },
    dependencies: [{ name: 'torch', version: '2.8.0' }],
    serving: { image: `registry.example.com/fraud@${digest}` },
    ...more,
  };
}

/** Signers and MLflow, as a platform has them. */
export const DELIVERY: OperatorSettings = {
  ...SETTINGS,
  modelDeployment: {
    minReplicas: 2,
    maxReplicas: 2,
    cpu: '500m',
    memory: '512Mi',
    signers: [{ publicKey: '-----BEGIN PUBLIC KEY-----\nMFk\n-----END PUBLIC KEY-----\n' }],
    mlflowUrl: 'http://mlflow.nstarx-system.svc.cluster.local:5000',
  },
};

/** The same platform without signers and MLflow. */
export const PLAIN: OperatorSettings = {
  ...SETTINGS,
  modelDeployment: { minReplicas: 2, maxReplicas: 2, cpu: '500m', memory: '512Mi' },
};

/**
 * A ModelDeployment in a cluster that is played: what its operator answers is stored, and the test plays the controllers of Jobs, Deployments
 * and AnalysisRuns, and the kubelet.
 */
export class World {
  public parent: KubernetesObject;
  /** Writes of children since they were last counted. */
  public writes: string[] = [];
  public last: SyncResponse | undefined;
  /** All that was said. */
  public readonly statuses: SyncResponse['status'][] = [];
  private readonly children = new Map<string, KubernetesObject>();
  private readonly pods = new Map<string, KubernetesObject>();
  private seconds = 0;

  public constructor(
    spec: object,
    private readonly settings: OperatorSettings = DELIVERY,
  ) {
    this.parent = {
      apiVersion: 'mlifecycle.io/v1',
      kind: 'ModelDeployment',
      metadata: { name: NAME, namespace: NAMESPACE, uid: 'parent', generation: 1, creationTimestamp: this.time() },
      spec: spec as KubernetesObject['spec'],
    };
  }

  /** A user writes another spec. */
  public write(spec: object): void {
    const { metadata } = this.parent;
    this.parent = {
      ...this.parent,
      metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1 },
      spec: spec as KubernetesObject['spec'],
    };
  }

  /** A user gives it annotations, which is no change of the spec, so many hours later. */
  public annotate(annotations: { readonly [key: string]: string }, hours = 0): void {
    this.seconds += hours * 3600;
    const { metadata } = this.parent;
    const managedFields = [{ manager: 'kubectl', operation: 'Update', time: this.time() }];
    this.parent = { ...this.parent, metadata: { ...metadata, annotations: { ...annotations }, managedFields } };
  }

  /** The operator is called, as often as it changes something. */
  public settle(): SyncResponse {
    for (let round = 0; round < 10; round++) {
      const before = this.writes.length + JSON.stringify(this.parent.status ?? {}).length;
      const status = JSON.stringify(this.parent.status);
      this.sync();
      if (
        this.writes.length + JSON.stringify(this.parent.status ?? {}).length === before &&
        JSON.stringify(this.parent.status) === status
      ) {
        return this.last!;
      }
    }
    throw new Error('the operator does not come to rest');
  }

  /** The operator is called once. */
  public sync(): SyncResponse {
    const request = {
      parent: this.parent,
      children: objectMap([...this.children.values()]),
      related: objectMap([...this.pods.values()]),
      finalizing: false,
    };
    const response = hooks.sync(request, this.settings);
    expect(JSON.stringify(hooks.sync(request, this.settings))).toBe(JSON.stringify(response));
    this.last = response;
    this.statuses.push(response.status);
    const wanted = new Map(response.children.map((child) => [keyOf(child), child]));
    for (const key of [...this.children.keys()].filter((one) => !wanted.has(one))) {
      this.children.delete(key);
      this.writes.push(`delete ${key}`);
    }
    for (const [key, child] of wanted) this.apply(key, child);
    this.parent = { ...this.parent, status: response.status };
    return response;
  }

  public find(kind: string, name?: string): KubernetesObject | undefined {
    return [...this.children.values()].find(
      (one) => one.kind === kind && (name === undefined || one.metadata.name === name),
    );
  }

  public all(kind: string): KubernetesObject[] {
    return [...this.children.values()].filter((one) => one.kind === kind);
  }

  public phase(): unknown {
    return this.parent.status?.phase;
  }

  /** The Job of a component, `deployment-verification` or `deployment-registration`. */
  public job(role: string): KubernetesObject {
    const found = this.all('Job').filter(({ metadata }) => metadata.name.startsWith(`${NAME}-${role}`));
    if (found.length !== 1) throw new Error(`there are ${found.length} Jobs for ${role}`);
    return found[0];
  }

  /** Its controller says that a Job has succeeded, and its pod what its last container said. */
  public complete(role: string, message = ''): void {
    const job = this.job(role);
    this.setStatus(job, { conditions: [this.condition('Complete')] });
    this.podOf(job, role === 'deployment-verification' ? 'evidence' : 'register', 0, message);
  }

  /** A container of a Job's pod ends with a code. */
  public ends(role: string, container: string, exitCode: number, message: string): void {
    this.podOf(this.job(role), container, exitCode, message);
  }

  public fail(role: string, message = 'Job has reached the specified backoff limit'): void {
    this.setStatus(this.job(role), {
      conditions: [{ ...this.condition('Failed'), reason: 'BackoffLimitExceeded', message }],
    });
  }

  /** The pods of Jobs go some day. */
  public forgetPods(): void {
    this.pods.clear();
  }

  /** The Deployment is rolled out, as its controller says. */
  public rollOut(available = 2): void {
    this.setStatus(this.find('Deployment')!, {
      observedGeneration: this.find('Deployment')!.metadata.generation,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: available,
      availableReplicas: available,
      conditions: [{ ...this.condition('Progressing'), reason: 'NewReplicaSetAvailable', lastUpdateTime: this.time() }],
    });
  }

  /** The Deployment's new pods do not get ready in time; the old ones stay. */
  public miss(): void {
    const late = {
      ...this.condition('Progressing'),
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: 'late',
    };
    this.setStatus(this.find('Deployment')!, {
      observedGeneration: this.find('Deployment')!.metadata.generation,
      replicas: 3,
      updatedReplicas: 1,
      readyReplicas: 2,
      availableReplicas: 2,
      conditions: [late],
    });
  }

  /** A pod of the Deployment ends again and again. */
  public crash(restartCount: number): void {
    const { template } = this.find('Deployment')!.spec as {
      readonly template: { readonly metadata: { readonly labels: Record<string, string> }; readonly spec: object };
    };
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off' };
    const terminated = { exitCode: 1, reason: 'Error', message: 'no such file: model.onnx' };
    this.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'crashing',
        namespace: NAMESPACE,
        labels: template.metadata.labels,
        creationTimestamp: this.time(),
      },
      spec: template.spec as KubernetesObject['spec'],
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'inference', restartCount, state: { waiting }, lastState: { terminated } }],
      },
    });
  }

  /** Argo Rollouts has measured, a minute apart; the last now. */
  public measure(figure: string, ...values: readonly (number | undefined)[]): void {
    const run = this.find('AnalysisRun')!;
    const measurements = values.map((value) => {
      this.later(60);
      return { phase: 'Successful', value: value === undefined ? '[]' : `[${value}]`, finishedAt: this.time() };
    });
    const results = (run.status?.metricResults ?? []) as { readonly name: string; readonly measurements: object[] }[];
    const others = results.filter(({ name }) => name !== figure);
    const before = results.find(({ name }) => name === figure)?.measurements ?? [];
    this.setStatus(run, {
      phase: 'Running',
      metricResults: [...others, { name: figure, measurements: [...before, ...measurements].slice(-30) }],
    });
  }

  public later(seconds: number): void {
    this.seconds += seconds;
  }

  /** The status of a child, as its controller writes it. */
  public setStatus(child: KubernetesObject, status: object): void {
    this.children.set(keyOf(child), { ...child, status: status as KubernetesObject['status'] });
  }

  /** Someone else writes a child. */
  public setChild(child: KubernetesObject): void {
    this.children.set(keyOf(child), child);
  }

  /** Verified, registered and rolled out. */
  public deliver(): void {
    this.settle();
    if (this.settings.modelDeployment?.signers) {
      this.complete('deployment-verification');
      this.settle();
    }
    if (this.settings.modelDeployment?.mlflowUrl !== undefined) {
      this.complete('deployment-registration', JSON.stringify({ version: '7', run: 'f'.repeat(32) }));
      this.settle();
    }
    this.rollOut();
    this.settle();
  }

  /** The window after the roll-out passes without errors. */
  public hold(): void {
    this.measure('error-ratio', ...Array<number>(11).fill(0));
    this.settle();
  }

  private apply(key: string, child: KubernetesObject): void {
    const there = this.children.get(key);
    const same = ({ metadata: { labels, annotations }, ...rest }: KubernetesObject): string =>
      JSON.stringify({ ...rest, labels, annotations, status: undefined, metadata: undefined });
    if (there && same(there) === same(child)) return;
    this.writes.push(`${there ? 'update' : 'create'} ${key}`);
    this.later(1);
    const changed = there ? JSON.stringify(there.spec) !== JSON.stringify(child.spec) : true;
    this.children.set(key, {
      ...child,
      metadata: {
        ...child.metadata,
        uid: there?.metadata.uid ?? key,
        generation: (there?.metadata.generation ?? 0) + (changed ? 1 : 0),
        creationTimestamp: there?.metadata.creationTimestamp ?? this.time(),
      },
      ...(there?.status === undefined ? {} : { status: there.status }),
    });
  }

  private podOf(job: KubernetesObject, container: string, exitCode: number, message: string): void {
    const { template } = job.spec as {
      readonly template: { readonly metadata: { readonly labels: Record<string, string> } };
    };
    this.later(1);
    const terminated = { exitCode, message, finishedAt: this.time() };
    const initContainer = !['evidence', 'register'].includes(container);
    const statuses = [{ name: container, state: { terminated } }];
    this.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${job.metadata.name}-x`,
        namespace: NAMESPACE,
        labels: {
          ...template.metadata.labels,
          'batch.kubernetes.io/job-name': job.metadata.name,
          'batch.kubernetes.io/controller-uid': job.metadata.uid!,
        },
      },
      status: {
        phase: 'Running',
        ...(initContainer ? { initContainerStatuses: statuses } : { containerStatuses: statuses }),
      },
    });
  }

  /** What the node or a user says of a pod. */
  public put(pod: KubernetesObject): void {
    this.pods.set(pod.metadata.name, pod);
  }

  private condition(type: string): object {
    return { type, status: 'True', lastTransitionTime: this.time() };
  }

  private time(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.seconds * 1000).toISOString().replace('.000', '');
  }
}
