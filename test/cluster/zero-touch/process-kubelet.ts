import { ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from '../cluster';
import { type KubernetesObject, referenceTo } from '../types';
import { Container, containerVariables, Mapping, PodSpec } from './containers';

const EVERY_MS = 250;
const NODE = 'this-machine';
/** The kubelet waits so long before it starts a container again, and twice as long each time. */
const BACK_OFF_MS = 10_000;
const LONGEST_MESSAGE = 2048;

/** What a container runs, in place of the files of its image. */
export interface Program {
  /** What the image starts, where the container has no command. */
  readonly entrypoint: readonly string[];
  /** Variables of the image. */
  readonly env: { readonly [name: string]: string };
  /** Folders of the image, and where they are here. */
  readonly folders: Mapping;
}

/** Finds what the image of a container is. */
export type Images = (image: string) => Promise<Program>;

/** How a container ended. */
interface Ended {
  readonly exitCode: number;
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

type ContainerState = Record<string, unknown> & { readonly name: string };

/**
 * A node whose pods are processes of this machine: each container runs with the command, the arguments and the variables of its pod, and the
 * status of the pod is what the process did. The scheduler, the controllers of Deployments, ReplicaSets, Jobs and EndpointSlices are real.
 *
 * What it is not: no container keeps a process from the machine's files and network, so that limits, users and network policies have no effect;
 * `/tmp` is a folder of the pod, and is put in the place of `/tmp` in arguments and variables; a pod has an address of its own (see `addressOf`).
 */
export class ProcessKubelet {
  private readonly pods = new Map<string, RunningPod>();
  private isOver = false;
  private looking?: Promise<void>;
  private count = 0;

  public constructor(
    private readonly cluster: Cluster,
    private readonly folder: string,
    private readonly images: Images,
  ) {}

  /** Adds the node, and runs what is scheduled there. */
  public async start(): Promise<void> {
    const ref = { apiVersion: 'v1', kind: 'Node', name: NODE };
    const labels = { 'kubernetes.io/hostname': NODE, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
    await this.cluster.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE, labels }, spec: {} });
    const capacity = { cpu: '64', memory: '256Gi', pods: '110', 'ephemeral-storage': '500Gi' };
    const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now() }];
    await this.cluster.patch(
      ref,
      { status: { capacity, allocatable: capacity, conditions } },
      { subresource: 'status' },
    );
    this.looking = this.look();
  }

  /** Ends all processes. */
  public async stop(): Promise<void> {
    this.isOver = true;
    await this.looking;
    await Promise.all([...this.pods.values()].map((pod) => pod.end(0)));
  }

  /** What the container of a pod has said. */
  public log(pod: string): string {
    return [...this.pods.values()].find(({ name }) => name === pod)?.output ?? '';
  }

  private async look(): Promise<void> {
    while (!this.isOver) {
      const fieldSelector = `spec.nodeName=${NODE}`;
      const all = await this.cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { fieldSelector });
      for (const pod of all) this.see(pod);
      await sleep(EVERY_MS);
    }
  }

  private see(pod: KubernetesObject): void {
    const { uid = '', deletionTimestamp } = pod.metadata;
    const known = this.pods.get(uid);
    if (!known) {
      this.count += 1;
      const running = new RunningPod(this.cluster, pod, path.join(this.folder, uid), this.count, this.images);
      this.pods.set(uid, running);
      void running.run();
    } else if (deletionTimestamp !== undefined) {
      void known.remove();
    }
  }
}

/** Where the process of a pod listens: every pod has the same port, so each has an address of the loopback network. */
export function addressOf(podIP: string): string {
  return podIP.replace(/^10\./, '127.');
}

/** A pod and its processes. */
class RunningPod {
  public output = '';
  private readonly ip: string;
  private readonly spec: PodSpec;
  private readonly init: ContainerState[] = [];
  private readonly main: ContainerState[] = [];
  private child?: ChildProcess;
  private isLeaving = false;
  private removal?: Promise<void>;

  public constructor(
    private readonly cluster: Cluster,
    private readonly pod: KubernetesObject,
    private readonly folder: string,
    number: number,
    private readonly images: Images,
  ) {
    this.ip = `10.244.${Math.floor(number / 250)}.${(number % 250) + 2}`;
    this.spec = pod.spec as unknown as PodSpec;
    fs.mkdirSync(path.join(folder, 'tmp'), { recursive: true });
  }

  public get name(): string {
    return this.pod.metadata.name ?? '';
  }

  /** Runs the containers one after the other, as their restart policy says. A pod here has one beside its init containers. */
  public async run(): Promise<void> {
    try {
      await this.report('Pending');
      for (const container of this.spec.initContainers ?? []) {
        if (!(await this.untilDone(container, this.init))) return;
      }
      const [container] = this.spec.containers;
      const done = await this.untilDone(container, this.main);
      if (!this.isLeaving) await this.report(done ? 'Succeeded' : 'Failed');
    } catch (error) {
      this.output += `\n${String(error)}`;
      await this.report('Failed', String(error)).catch(() => undefined);
    }
  }

  /** Has the process end, as long as the pod has for it. */
  public async end(afterMs: number): Promise<void> {
    this.isLeaving = true;
    await sleep(afterMs);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(late);
  }

  /** What the kubelet does once a pod is deleted: the hook before the end, the end, and the object goes. */
  public remove(): Promise<void> {
    this.removal ??= this.gone().catch(() => undefined);
    return this.removal;
  }

  private async gone(): Promise<void> {
    const seconds = this.spec.containers[0].lifecycle?.preStop?.sleep?.seconds ?? 0;
    await this.end(1000 * seconds);
    const at = await this.cluster.rest.objectPath(referenceTo(this.pod));
    await this.cluster.rest.send('DELETE', at, { query: { gracePeriodSeconds: 0 } });
  }

  /** Whether it ended well. One that is to start again does so for as long as the pod is there. */
  private async untilDone(container: Container, states: ContainerState[]): Promise<boolean> {
    const at = states.length;
    for (let restarts = 0; !this.isLeaving; restarts++) {
      const ended = await this.once(container, states, at, restarts);
      if (this.isLeaving) break;
      const again =
        this.spec.restartPolicy === 'Always' || (ended.exitCode !== 0 && this.spec.restartPolicy !== 'Never');
      if (!again) return ended.exitCode === 0;
      const waiting = { reason: 'CrashLoopBackOff', message: 'back-off' };
      states[at] = { ...states[at], state: { waiting }, lastState: { terminated: terminated(ended) } };
      await this.report('Running');
      // nobody waits for that alone
      await sleep(Math.min(BACK_OFF_MS * 2 ** restarts, 300_000), undefined, { ref: false });
    }
    return false;
  }

  private async once(container: Container, states: ContainerState[], at: number, restarts: number): Promise<Ended> {
    const program = await this.images(container.image);
    const startedAt = now();
    const log = path.join(this.folder, `${container.name}.termination`);
    fs.writeFileSync(log, '');
    const folders: Mapping = {
      '/tmp': path.join(this.folder, 'tmp'),
      '/dev/termination-log': log,
      ...program.folders,
    };
    const serves = container.readinessProbe !== undefined;
    const own = serves ? { INFERENCE_HOST: addressOf(this.ip) } : {};
    const { command, env } = await containerVariables(this.cluster, this.pod, container, program, folders);
    const { namespace = '' } = this.pod.metadata;
    fs.writeFileSync(path.join(this.folder, 'started.json'), JSON.stringify({ namespace, command, env }, undefined, 1));
    const child = spawn(command[0], command.slice(1), { cwd: this.folder, env: { ...env, ...own } });
    this.child = child;
    let said = '';
    const hear = (data: Buffer): void => {
      said += data.toString();
      this.output += data.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const exit = new Promise<number>((resolve) => {
      child.once('error', (error) => {
        said += String(error);
        resolve(127);
      });
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
    });
    const base = { name: container.name, image: container.image, imageID: container.image };
    const state = (more: object): void => {
      states[at] = { ...states[at], ...base, restartCount: restarts, ...more };
    };
    state({ ready: false, started: !serves, state: { running: { startedAt } } });
    await this.report('Running');
    let hasEnded = false;
    const probing = serves ? this.probe(container, () => hasEnded, state) : Promise.resolve();
    const exitCode = await exit;
    hasEnded = true;
    await probing;
    // as `FallbackToLogsOnError` has it
    const message = fs.readFileSync(log, 'utf8') || (exitCode === 0 ? '' : said.slice(-LONGEST_MESSAGE));
    const ended = { exitCode, message, startedAt, finishedAt: now() };
    state({ ready: exitCode === 0 && states === this.init, started: false, state: { terminated: terminated(ended) } });
    return ended;
  }

  /** Asks as the probes of the container say, and has the pod ready as long as the answers are good. */
  private async probe(container: Container, isOver: () => boolean, state: (more: object) => void): Promise<void> {
    const { path: asked = '/', port } = container.readinessProbe?.httpGet ?? {};
    const number = typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
    let before: boolean | undefined;
    while (!isOver()) {
      const answer = await fetch(`http://${addressOf(this.ip)}:${number}${asked}`).catch(() => undefined);
      const ready = answer?.status === 200;
      if (ready !== before && !isOver() && !this.isLeaving) {
        state({ ready, started: ready || before === true });
        await this.report('Running');
        before = ready;
      }
      await sleep(500);
    }
  }

  private async report(phase: string, message?: string): Promise<void> {
    const ready = phase === 'Running' && this.main.length > 0 && this.main.every((one) => one.ready === true);
    const initialized = (this.spec.initContainers ?? []).length === this.init.filter(isDone).length;
    const conditions = Object.entries({ Initialized: initialized, ContainersReady: ready, Ready: ready }).map(
      ([type, value]) => ({ type, status: value ? 'True' : 'False', lastTransitionTime: now() }),
    );
    const status = {
      phase,
      ...(message === undefined ? {} : { message }),
      podIP: this.ip,
      podIPs: [{ ip: this.ip }],
      startTime: this.pod.metadata.creationTimestamp,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: now() }, ...conditions],
      initContainerStatuses: this.init,
      containerStatuses: this.main,
    };
    await this.cluster.patch(referenceTo(this.pod), { status }, { subresource: 'status' });
  }
}

function isDone({ state }: ContainerState): boolean {
  return (state as { terminated?: { exitCode: number } } | undefined)?.terminated?.exitCode === 0;
}

function terminated({ exitCode, message, startedAt, finishedAt }: Ended): object {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { exitCode, reason, startedAt, finishedAt, ...(message === '' ? {} : { message }) };
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
