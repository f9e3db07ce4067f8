import { OperatorDefinition, REVISIONS } from '../../../src/api/operator-definition';
import { childRules, relatedKinds } from '../../../src/kinds/operators/metacontroller';
import { ConditionReport, conditionsOf, previousConditions } from './conditions';
import { fitted } from './fitted';
import { Observed, observedTime } from './observed';
import { EngineSettings, Operator, Problems, Report, ReportContext, Revision, SyncContext } from './contract';
import { answerAfterFault, OperatorError } from './operator-error';
import { nameRules, takenNames } from './ownership';
import {
  CustomizeRequest,
  CustomizeResponse,
  keyOf,
  KubernetesObject,
  RelatedRule,
  SyncRequest,
  SyncResponse,
} from './protocol';
import { redacted } from './redaction';
import {
  failedRevision,
  hasFailed,
  judged,
  keptRevisions,
  lastGoodRevision,
  renumbered,
  revisionFor,
  revisionObject,
  revisionsOf,
} from './revisions';
import { checkSizes } from './sizes';

/** The hooks of an operator, whatever its spec looks like. */
export interface Hooks<Settings extends EngineSettings = EngineSettings> {
  readonly definition: OperatorDefinition;
  sync(request: SyncRequest, settings: Settings): SyncResponse;
  customize(request: CustomizeRequest, settings: Settings): CustomizeResponse;
}

/** The hooks of an operator. */
export function hooksOf<Spec, Settings extends EngineSettings = EngineSettings>(
  operator: Operator<Spec, Settings>,
): Hooks<Settings> {
  return {
    definition: operator.definition,
    sync: (request, settings) => sync(operator, request, settings),
    customize: (request, settings) => customize(operator, request, settings),
  };
}

/**
 * Answers `sync` and `finalize`. The same request always has the same answer, whose status is one that the API server takes.
 *
 * The objects of the spec are desired when it is good and its preflight has passed. Otherwise those of the last good spec stay, as
 * they were, and the condition `Accepted` names the field that is wrong.
 *
 * @throws OperatorError when the operator has a fault; it has what can be answered all the same
 */
function sync<Spec, Settings extends EngineSettings>(
  operator: Operator<Spec, Settings>,
  request: SyncRequest,
  settings: Settings,
): SyncResponse {
  const { definition } = operator;
  const ready = (response: SyncResponse): SyncResponse => ({
    ...response,
    status: (fitted(definition.parent.status, response.status) ?? {}) as SyncResponse['status'],
  });
  try {
    const response = answer(operator, request, settings);
    checkKinds(operator, response.children);
    return ready(response);
  } catch (error) {
    const kept = answerAfterFault(request, operator.namespaceOf?.(request.parent));
    throw new OperatorError(definition.name, error, kept && ready(kept));
  }
}

function answer<Spec, Settings extends EngineSettings>(
  operator: Operator<Spec, Settings>,
  request: SyncRequest,
  settings: Settings,
): SyncResponse {
  const context = contextOf(operator, request, settings);
  if (request.finalizing) {
    const blocked = operator.blocksDeletion?.(context);
    if (!blocked) {
      // the finalizer stays until the children are gone, or they would outlive what they belong to
      const finalized = !context.children.everything().some((child) => isIn(context, child));
      return { status: statusWhileDeleted(context), children: [], finalized };
    }
    const kept = desiredState(operator, context);
    const report = operator.report(kept.report);
    const conditions = [...report.conditions, blocked];
    // nothing that is observed may change before what blocks it is gone
    return {
      ...respond(operator, context, { ...report, phase: 'Terminating', conditions }, kept),
      finalized: false,
      resyncAfterSeconds: report.resyncAfterSeconds ?? 30,
    };
  }
  const state = desiredState(operator, context);
  return respond(operator, context, operator.report(state.report), state);
}

/** Whether a child is where the operator makes children. What anybody labels as a child elsewhere is no reason to stay. */
function isIn<Spec, Settings extends EngineSettings>(
  { namespace }: SyncContext<Spec, Settings>,
  { metadata }: KubernetesObject,
): boolean {
  return metadata.namespace === undefined || metadata.namespace === namespace;
}

/** Answers `customize`. */
function customize<Spec, Settings extends EngineSettings>(
  operator: Operator<Spec, Settings>,
  request: CustomizeRequest,
  settings: Settings,
): CustomizeResponse {
  const { parent } = request;
  const rules = [
    ...(operator.related?.(parent, settings) ?? []),
    ...nameRules(operator.definition, parent, namespaceFor(operator, parent)),
  ];
  const { apiGroups, customResources } = settings;
  if (apiGroups === undefined) return { relatedResources: rules };
  // Metacontroller looks at no object with a rule for a kind that is not served
  const { definition } = operator;
  const known = [relatedKinds, childRules].flatMap((of) => of(definition, apiGroups, customResources));
  const isKnown = ({ apiVersion, resource }: RelatedRule): boolean =>
    known.some((kind) => kind.apiVersion === apiVersion && kind.resource === resource);
  return { relatedResources: rules.filter(isKnown) };
}

/** The objects that are desired, and what the report is made from. */
interface DesiredState<Spec, Settings extends EngineSettings> {
  readonly objects: readonly KubernetesObject[];
  readonly report: ReportContext<Spec, Settings>;
}

function contextOf<Spec, Settings extends EngineSettings>(
  operator: Operator<Spec, Settings>,
  request: SyncRequest,
  settings: Settings,
): SyncContext<Spec, Settings> {
  const { parent } = request;
  const children = new Observed(request.children);
  const related = new Observed(request.related ?? {});
  return {
    parent,
    name: parent.metadata.name,
    namespace: namespaceFor(operator, parent),
    spec: (parent.spec ?? {}) as Spec,
    children,
    related,
    settings,
    now: observedTime([parent, ...children.everything(), ...related.everything()]),
    revisions: revisionsOf<Spec>(children),
  };
}

/** Where namespaced children live. */
function namespaceFor<Spec, Settings extends EngineSettings>(
  operator: Operator<Spec, Settings>,
  parent: KubernetesObject,
): string {
  return operator.namespaceOf?.(parent) ?? parent.metadata.namespace ?? '';
}

function desiredState<Spec, Settings extends EngineSettings>(
  operator: Operator<Spec, Settings>,
  context: SyncContext<Spec, Settings>,
): DesiredState<Spec, Settings> {
  const { parent, spec, revisions, namespace } = context;
  const { versioning } = operator;
  const problems = new Problems();
  const preflight = operator.preflight?.(context);
  const older = versioning?.rollbackTo(spec);
  const lastGood = lastGoodRevision(revisions);
  const failed = lastGood && older === undefined ? failedRevision(parent, revisions) : undefined;
  let active: Revision<Spec> | undefined;
  if (older !== undefined) {
    active = newestOf(revisions, older);
    if (!active) {
      const versions = [...new Set(revisions.filter((one) => !hasFailed(one)).map(({ version }) => version))];
      const kept = versions.length > 0 ? `kept are ${versions.join(', ')}` : 'none is kept yet';
      problems.add('spec.rollbackTo', `must be a version that is kept, got "${older}": ${kept}`);
    }
    const refused = active && versioning?.refuses?.(spec, active.spec);
    if (refused) {
      problems.add(refused.field, refused.message);
      active = undefined;
    }
  } else {
    const objects = operator.desired(context, problems);
    if (problems.isEmpty) checkServed(operator, objects, context.settings, problems);
    checkNames(operator, [...(preflight?.objects ?? []), ...objects], context, problems);
    if (problems.isEmpty && (preflight?.passed ?? true)) {
      const revision = revisionFor(parent, spec, objects, revisions, versioning);
      checkSizes(revision, problems);
      if (problems.isEmpty && !failed) active = revision;
    }
  }
  const rolledBack = older !== undefined && active !== undefined;
  active ??= lastGood ?? revisions.at(-1);
  const seen: ReportContext<Spec, Settings> = { ...context, active, rolledBack, failed, problems, preflight };
  if (older === undefined) active = withOutcome(operator, seen);
  const history = keptRevisions(revisions, active, versioning?.limit(spec) ?? 0, failed);
  // while a name is someone else's, nothing is begun
  const ahead = (preflight?.objects ?? []).filter((object) => !problems.has(NAME_TAKEN) || isChild(context, object));
  return {
    objects: [
      ...unique([...ahead, ...(active?.objects ?? [])]),
      ...history.map((revision) => revisionObject(parent, namespace, revision)),
    ],
    report: { ...seen, active, revisions: history },
  };
}

/** The active revision, with what became of it. One that did not hold stays where there is no other. */
function withOutcome<Spec, Settings extends EngineSettings>(
  { versioning }: Operator<Spec, Settings>,
  context: ReportContext<Spec, Settings>,
): Revision<Spec> | undefined {
  const { active, parent, revisions } = context;
  if (!active || active.outcome) return active;
  const outcome = versioning?.judge?.(context);
  const others = revisions.filter((one) => one.name !== active.name && !hasFailed(one));
  if (!outcome || (!outcome.held && others.length === 0)) return active;
  return judged(active, { ...outcome, generation: parent.metadata.generation ?? 0 });
}

/** Metacontroller would apply a child of another kind, and then never see or remove it. */
function checkKinds<Spec, Settings extends EngineSettings>(
  { definition }: Operator<Spec, Settings>,
  children: readonly KubernetesObject[],
): void {
  const known = new Set([...definition.children, REVISIONS].map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
  for (const { apiVersion, kind, metadata } of children) {
    if (known.has(`${apiVersion}/${kind}`)) continue;
    throw new Error(
      `operator ${definition.name} made ${kind} ${metadata.name} of ${apiVersion}, which its rules do not name`,
    );
  }
}

/** Kinds of third parties that the cluster does not serve cannot be made. */
function checkServed<Spec, Settings extends EngineSettings>(
  { definition }: Operator<Spec, Settings>,
  objects: readonly KubernetesObject[],
  { apiGroups, customResources }: EngineSettings,
  problems: Problems,
): void {
  if (apiGroups === undefined) return;
  const served = new Set(
    childRules(definition, apiGroups, customResources).map(({ apiVersion, kind }) => `${apiVersion}/${kind}`),
  );
  const missing = objects.filter(({ apiVersion, kind }) => !served.has(`${apiVersion}/${kind}`));
  for (const kind of new Set(missing.map((object) => `${object.kind} of ${object.apiVersion}`))) {
    problems.add('spec', `needs a ${kind}, which this cluster does not have: have its component installed`);
  }
}

/** Reason of an object whose children have names that are someone else's. */
const NAME_TAKEN = 'NameTaken';

function checkNames<Spec, Settings extends EngineSettings>(
  { definition }: Operator<Spec, Settings>,
  objects: readonly KubernetesObject[],
  context: SyncContext<Spec, Settings>,
  problems: Problems,
): void {
  for (const taken of takenNames(context, definition, objects)) {
    const fix = 'remove that one, or use another name';
    problems.add('metadata.name', `must not lead to the name of what is there: ${taken}: ${fix}`, NAME_TAKEN);
  }
}

function isChild<Spec, Settings extends EngineSettings>(
  { children, namespace }: SyncContext<Spec, Settings>,
  object: KubernetesObject,
): boolean {
  return children.find(object.apiVersion, object.kind, object.metadata.name, namespace) !== undefined;
}

/** Each object once; the first of a kind and name counts. */
function unique(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const byKey = new Map<string, KubernetesObject>();
  for (const object of objects) {
    const key = keyOf(object);
    if (!byKey.has(key)) byKey.set(key, object);
  }
  return [...byKey.values()];
}

/** The newest revision of a version, from now on the newest of all. */
function newestOf<Spec>(revisions: readonly Revision<Spec>[], version: string): Revision<Spec> | undefined {
  const newest = revisions.at(-1);
  const found = revisions.filter((revision) => revision.version === version && !hasFailed(revision)).at(-1);
  return found && newest && found !== newest ? renumbered(found, newest.number + 1) : found;
}

function respond<Spec, Settings extends EngineSettings>(
  operator: Operator<Spec, Settings>,
  context: SyncContext<Spec, Settings>,
  report: Report,
  state: DesiredState<Spec, Settings>,
): SyncResponse {
  const { parent, now } = context;
  const { problems, preflight } = state.report;
  const conditions = [accepted(problems), ...(preflight ? [preflight.condition] : []), ...report.conditions];
  return {
    // engines quote in their errors what they were given, passwords too
    status: redacted({
      observedGeneration: parent.metadata.generation ?? 0,
      phase: report.phase,
      ...report.fields,
      conditions: [
        ...conditionsOf(parent, conditions, now),
        ...previousConditions(parent).filter(({ type }) => operator.othersConditions?.includes(type)),
      ],
    }),
    children: state.objects,
    ...(report.resyncAfterSeconds !== undefined ? { resyncAfterSeconds: report.resyncAfterSeconds } : {}),
  };
}

function accepted(problems: Problems): ConditionReport {
  return problems.isEmpty
    ? { type: 'Accepted', status: true, reason: 'Valid', message: 'The spec can be done' }
    : { type: 'Accepted', status: false, reason: problems.reason, message: problems.toString() };
}

function statusWhileDeleted<Spec, Settings extends EngineSettings>({
  parent,
}: SyncContext<Spec, Settings>): SyncResponse['status'] {
  return { ...parent.status, observedGeneration: parent.metadata.generation ?? 0, phase: 'Terminating' };
}
