import * as fs from 'node:fs';
import * as path from 'node:path';

import { until } from '../../support/waiting';
import { freePorts, ProcessGroup } from '../processes';
import type { KubernetesObject } from '../types';
import type { ApiRecorder } from './api-recorder';
import { Engine, type EngineOptions } from './engine';

const PROGRAM = 'metacontroller';
const START_TIMEOUT_MS = 60_000;
const LABEL = 'test.nstarx.io/engine';

/** The Metacontroller program of this machine: METACONTROLLER_BIN, or `metacontroller` on the PATH. */
export function metacontrollerProgram(): string | undefined {
  const named = process.env.METACONTROLLER_BIN;
  if (named) {
    return named;
  }
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, PROGRAM)).find((file) => fs.existsSync(file));
}

let starts = 0;

/** Metacontroller itself, with the flags that production uses. */
export class RealEngine extends Engine {
  readonly name = 'metacontroller';
  private processes?: ProcessGroup;
  private metrics = '';

  constructor(
    options: EngineOptions,
    private readonly program: string,
  ) {
    super(options);
  }

  override logTail(): string {
    return this.processes?.logTail(PROGRAM, 30) ?? '';
  }

  protected override get labels(): Readonly<Record<string, string>> {
    return { [LABEL]: 'real' };
  }

  protected override async run(recorder: ApiRecorder, controllers: readonly KubernetesObject[]): Promise<void> {
    const [metricsPort, healthPort] = await freePorts(2);
    this.metrics = `http://127.0.0.1:${metricsPort}/metrics`;
    this.processes = ProcessGroup.create();
    this.processes.start(PROGRAM, this.program, [
      `--kubeconfig=${recorder.connection.kubeconfig}`,
      '--apply-strategy=server-side-apply',
      '--leader-election',
      `--leader-election-namespace=${this.options.leaseNamespace ?? 'default'}`,
      // It is killed rather than ended, so its lease is not given back: each start takes one of its own.
      `--leader-election-id=engine-${process.pid}-${++starts}`,
      '--client-go-qps=500',
      '--client-go-burst=1000',
      `--workers=${this.options.workers ?? 5}`,
      `--target-label-selector=${LABEL}=real`,
      '--discovery-interval=5s',
      `--metrics-address=127.0.0.1:${metricsPort}`,
      `--health-probe-bind-address=127.0.0.1:${healthPort}`,
      '--zap-log-level=info',
    ]);
    const expected = await Promise.all(controllers.map((controller) => this.parentsOf(controller)));
    await until('Metacontroller to have seen all parents', START_TIMEOUT_MS, async () => {
      this.processes?.checkAlive();
      const text = await this.read();
      return controllers.every(({ metadata }, index) => {
        const added = new RegExp(
          `^workqueue_adds_total\\{[^}]*name="CompositeController-${metadata.name}"[^}]*\\} (\\S+)$`,
          'm',
        );
        return Number(added.exec(text)?.[1] ?? -1) >= expected[index].length;
      });
    }).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${this.logTail()}`);
    });
  }

  protected override async halt(): Promise<void> {
    await this.processes?.stop();
    this.processes = undefined;
  }

  /** By its own figures: parents that wait for a worker and those that are worked on. */
  protected override async busy(): Promise<boolean> {
    this.processes?.checkAlive();
    const figures = (await this.read()).matchAll(
      /^workqueue_(?:depth|unfinished_work_seconds)\{[^}]*name="CompositeController-[^}]*\} (\S+)$/gm,
    );
    return [...figures].some(([, figure]) => Number(figure) > 0);
  }

  private async read(): Promise<string> {
    try {
      return await (await fetch(this.metrics)).text();
    } catch {
      // It does not listen yet.
      return '';
    }
  }
}
