import { conditionOf } from '../runtime/conditions';
import { ReportContext } from '../runtime/operator';
import { KubernetesObject } from '../runtime/protocol';
import { FeatureStoreSpec } from '../../../src/api/generated/feature-store';

/** How the feature servers stand. */
export interface ServerState {
  /** Whether the store has any. */
  readonly wished: boolean;
  /** Whether any server answers, of whatever version. */
  readonly answers: boolean;
  /** Whether all servers answer, with the definitions that are wished now. */
  readonly ready: boolean;
  readonly message: string;
  /** Why they will not get ready by themselves. */
  readonly failure?: string;
}

const SERVER = 'feature-server';

/** How the feature servers stand, from their Deployment or from the FeatureStore of Feast's operator. */
export function observeServers({ active, children, namespace }: ReportContext<FeatureStoreSpec>): ServerState {
  const wished = active?.objects.find((object) => isFeast(object) || isServer(object));
  if (!wished) return { wished: false, answers: false, ready: true, message: 'there is no online store' };
  const found = children.find(wished.apiVersion, wished.kind, wished.metadata.name, namespace);
  const where = `${wished.kind} ${wished.metadata.name}`;
  if (!found) return { wished: true, answers: false, ready: false, message: `${where} is not there yet` };
  return isFeast(wished) ? ofFeast(found, wished, where) : ofDeployment(found, wished, where);
}

function isFeast({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'feast.dev/v1' && kind === 'FeatureStore';
}

function isServer({ kind, spec }: KubernetesObject): boolean {
  const template = spec?.template as { readonly metadata?: KubernetesObject['metadata'] } | undefined;
  return kind === 'Deployment' && template?.metadata?.labels?.['app.kubernetes.io/component'] === SERVER;
}

function ofDeployment(found: KubernetesObject, wished: KubernetesObject, where: string): ServerState {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = counts(found);
  const answers = availableReplicas > 0;
  const state = (ready: boolean, message: string, failure?: string): ServerState => ({
    wished: true,
    answers,
    ready,
    message,
    ...(failure === undefined ? {} : { failure }),
  });
  if (definitionsOf(found) !== definitionsOf(wished) || observedGeneration < (found.metadata.generation ?? 0)) {
    return state(false, `${where} has just changed`);
  }
  const number = Number(found.spec?.replicas ?? 1);
  const message = `${availableReplicas} of ${number} servers answer, ${updatedReplicas} have the wished definitions`;
  if (updatedReplicas >= number && availableReplicas >= number && replicas === updatedReplicas) {
    return state(true, message);
  }
  for (const [type, status] of [
    ['ReplicaFailure', 'True'],
    ['Progressing', 'False'],
  ]) {
    const condition = conditionOf(found, type);
    if (condition?.status === status) return state(false, message, `${where}: ${condition.message ?? type}`);
  }
  return state(false, message);
}

/** Feast's operator says with which definitions its servers run in an annotation of their pods, which is part of its spec. */
function ofFeast(found: KubernetesObject, wished: KubernetesObject, where: string): ServerState {
  const { phase } = (found.status ?? {}) as { readonly phase?: string };
  const condition = conditionOf(found, 'FeatureStore');
  const said = condition?.message ?? 'its operator has not said anything yet';
  const current =
    definitionsOf(found) === definitionsOf(wished) &&
    (condition?.observedGeneration ?? found.metadata.generation) === found.metadata.generation;
  return {
    wished: true,
    answers: phase === 'Ready',
    ready: phase === 'Ready' && current,
    message: `${where}: ${said}`,
    ...(phase === 'Failed' && current ? { failure: `${where}: ${said}` } : {}),
  };
}

function counts({ status }: KubernetesObject): Readonly<Record<string, number | undefined>> {
  return (status ?? {}) as Readonly<Record<string, number | undefined>>;
}

interface Volumes {
  readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name?: string } }[];
}

/** Name of the ConfigMap with the definitions that the servers read. */
function definitionsOf({ kind, spec }: KubernetesObject): string | undefined {
  const template = spec?.template as { readonly spec?: Volumes } | undefined;
  const pod = kind === 'Deployment' ? template?.spec : (spec?.services as Volumes | undefined);
  return pod?.volumes?.find(({ name }) => name === 'repository')?.configMap?.name;
}
