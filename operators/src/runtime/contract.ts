import { OperatorDefinition } from '../../../src/api/operator-definition';
import { ConditionReport } from './conditions';
import { Observed } from './observed';
import { KubernetesObject, RelatedRule } from './protocol';

/** What every operator has to know of a cluster, beside what its kind needs. */
export interface EngineSettings {
  /**
   * API groups of third parties that the cluster serves, such as `serving.kserve.io`. Kinds of others are not made.
   *
   * @default - children of every group are made
   */
  readonly apiGroups?: readonly string[];
  /**
   * Kinds of these groups that the cluster serves, as `Kind.group`.
   *
   * @default - every kind of the groups
   */
  readonly customResources?: readonly string[];
}

/**
 * An operator: what objects a spec means, and what is said of them. Every function is pure: no clock, no random, no I/O.
 */
export interface Operator<Spec, Settings extends EngineSettings = EngineSettings> {
  readonly definition: OperatorDefinition;
  /** Objects beside the children that the operator reads. */
  related?(parent: KubernetesObject, settings: Settings): readonly RelatedRule[];
  /** Namespace of namespaced children. @default - that of the parent */
  namespaceOf?(parent: KubernetesObject): string;
  /** What must hold before the objects of a new spec are desired. */
  preflight?(context: SyncContext<Spec, Settings>): Preflight;
  /** The objects that the spec means; what cannot be done is added to the problems, and then the result is not used. */
  desired(context: SyncContext<Spec, Settings>, problems: Problems): readonly KubernetesObject[];
  report(context: ReportContext<Spec, Settings>): Report;
  /** @default - only the last good spec is kept */
  readonly versioning?: Versioning<Spec, Settings>;
  /** Types of conditions that users or other programs set: they stay in the status as they are. */
  readonly othersConditions?: readonly string[];
  /** Why the parent cannot go yet, or undefined when it can. */
  blocksDeletion?(context: SyncContext<Spec, Settings>): ConditionReport | undefined;
}

/** What an operator knows when it is called. */
export interface SyncContext<Spec, Settings extends EngineSettings = EngineSettings> {
  readonly parent: KubernetesObject;
  readonly name: string;
  /** Where namespaced children live. */
  readonly namespace: string;
  /** The spec of the parent, with the defaults that the API server filled in. */
  readonly spec: Spec;
  readonly children: Observed;
  readonly related: Observed;
  readonly settings: Settings;
  /** The newest time that the observed objects report. */
  readonly now: string;
  /** Specs that were good, oldest first. */
  readonly revisions: readonly Revision<Spec>[];
}

/** What an operator reports from. */
export interface ReportContext<Spec, Settings extends EngineSettings = EngineSettings> extends SyncContext<
  Spec,
  Settings
> {
  /**
   * The revision whose objects are desired now: that of the spec; an older one when the spec is bad, is not checked yet or asks
   * for a rollback. Undefined when there was no good one yet.
   */
  readonly active?: Revision<Spec>;
  /** Whether the spec asks for an older revision, which is the active one. */
  readonly rolledBack: boolean;
  /** The revision of this spec that did not hold, in whose place an older one is the active one. */
  readonly failed?: Revision<Spec>;
  /** What is wrong with the spec. */
  readonly problems: Problems;
  /** What the preflight said, for operators that have one. */
  readonly preflight?: Preflight;
}

/** A spec that was good, and the objects that it meant. */
export interface Revision<Spec> {
  /** Name of the ControllerRevision. */
  readonly name: string;
  /** Counts up; the greatest is that of the active revision. */
  readonly number: number;
  /** Version that the spec names; empty for kinds without versions. */
  readonly version: string;
  readonly spec: Spec;
  /** The objects; those of a revision that is stored are read when someone asks for them. */
  readonly objects: readonly KubernetesObject[];
  /** The objects as they are stored; undefined for a revision that is not stored yet. */
  readonly packed?: string;
  /** What became of it. Undefined while that is not known, and for operators that do not judge. */
  readonly outcome?: RevisionOutcome;
}

/** What became of a revision that was rolled out. */
export interface RevisionOutcome {
  /** Whether it held. In the place of one that did not comes the newest that did. */
  readonly held: boolean;
  /** The generation of the parent when that was known: one that did not hold is not tried again while it is this. */
  readonly generation: number;
  /** In CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** What must hold before the objects of a new spec are desired. */
export interface Preflight {
  /** Children that do the check. They are desired whatever it says. */
  readonly objects: readonly KubernetesObject[];
  /** Whether the objects of the spec may be made. Until then those of the last good spec stay. */
  readonly passed: boolean;
  /** Its state. */
  readonly condition: ConditionReport;
}

/** The state of a parent, as it was observed. */
export interface Report {
  /** The state as one word, one of those of the kind. */
  readonly phase: string;
  /** Further fields of the status. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** `Ready` and what else there is to say; `Accepted` is added. */
  readonly conditions: readonly ConditionReport[];
  /** Seconds after which the hook wants to be called again, whatever happens. */
  readonly resyncAfterSeconds?: number;
}

/** How an operator keeps old versions. */
export interface Versioning<Spec, Settings extends EngineSettings = EngineSettings> {
  version(spec: Spec): string;
  /** Old versions that are kept. */
  limit(spec: Spec): number;
  /** The old version that the spec asks for instead of its own. */
  rollbackTo(spec: Spec): string | undefined;
  /** What keeps a spec from going back to one that was kept. @default - nothing does */
  refuses?(spec: Spec, kept: Spec): Omit<Problem, 'reason'> | undefined;
  /**
   * What became of the active revision, or undefined while that is not known. It is asked until there is an answer. One that did not hold
   * is left where there is another one; the answer is stored with the revision first, and acted upon when it is seen there.
   *
   * @default - revisions are not judged, and nothing is rolled back by itself
   */
  judge?(context: ReportContext<Spec, Settings>): Omit<RevisionOutcome, 'generation'> | undefined;
}

/** Something in a spec that the API server accepts and the operator cannot do. */
export interface Problem {
  /** Path of the field: `spec.serving.zone`. */
  readonly field: string;
  /** What must hold, what was found and what to do. */
  readonly message: string;
  /** In CamelCase; `InvalidSpec` unless the spec would do elsewhere. */
  readonly reason: string;
}

/** What is wrong with a spec. */
export class Problems {
  private readonly found: Problem[] = [];

  public add(field: string, message: string, reason = 'InvalidSpec'): void {
    this.found.push({ field, message, reason });
  }

  public addAll({ found }: Problems): void {
    this.found.push(...found);
  }

  public get isEmpty(): boolean {
    return this.found.length === 0;
  }

  /** Whether there is one of a reason. */
  public has(reason: string): boolean {
    return this.found.some((problem) => problem.reason === reason);
  }

  /** The reason of all of them: that of the first. */
  public get reason(): string {
    return this.found[0].reason;
  }

  public get all(): readonly Problem[] {
    return this.found;
  }

  /** All problems in a sentence each. */
  public toString(): string {
    return this.found.map(({ field, message }) => `${field} ${message}`).join('; ');
  }
}
