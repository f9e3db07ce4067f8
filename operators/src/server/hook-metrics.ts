import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

const OUTCOMES = ['ok', 'invalid', 'error'] as const;

/** How a call ended. */
export type Outcome = (typeof OUTCOMES)[number];

/** Metrics of the hooks, for Prometheus. */
export class HookMetrics {
  private readonly registry = new Registry();
  private readonly calls = new Counter({
    name: 'nstarx_hook_requests_total',
    help: 'Calls of a hook, by how they ended.',
    labelNames: ['operator', 'hook', 'outcome'],
    registers: [this.registry],
  });
  private readonly duration = new Histogram({
    name: 'nstarx_hook_duration_seconds',
    help: 'Time that an operator took for an answer.',
    labelNames: ['operator', 'hook'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [this.registry],
  });

  private readonly unauthorized = new Counter({
    name: 'nstarx_hook_unauthorized_total',
    help: 'Calls of hooks without the certificate or token that is asked for.',
    registers: [this.registry],
  });

  public constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Has the counters of a hook begin at zero, so that one that was never called is told from one that is not there. */
  public declare(operator: string, hook: string): void {
    for (const outcome of OUTCOMES) this.calls.inc({ operator, hook, outcome }, 0);
  }

  public observe(operator: string, hook: string, outcome: Outcome, seconds: number): void {
    this.calls.inc({ operator, hook, outcome });
    if (outcome !== 'invalid') this.duration.observe({ operator, hook }, seconds);
  }

  /** Counts a call that was refused because it could have been anybody's. */
  public refuse(): void {
    this.unauthorized.inc();
  }

  public get contentType(): string {
    return this.registry.contentType;
  }

  public text(): Promise<string> {
    return this.registry.metrics();
  }
}
