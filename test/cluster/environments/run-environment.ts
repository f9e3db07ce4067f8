import type { Cluster } from '../cluster';
import { refusals } from '../apply';
import type { NodeProps } from '../nodes';
import { conditionOf, type KubernetesObject, referenceTo } from '../types';

type ApplyResults = Awaited<ReturnType<Cluster['apply']>>;

interface PodSpec {
  readonly nodeSelector?: { readonly [label: string]: string };
  readonly containers: { readonly resources?: { readonly limits?: { readonly [resource: string]: unknown } } }[];
}

/** Installs the CRDs of the objects' kinds, and tells which objects have a kind that no CRD is available for. */
export async function withKnownKinds(
  cluster: Cluster,
  objects: KubernetesObject[],
): Promise<{ known: KubernetesObject[]; unknown: KubernetesObject[] }> {
  const custom = objects.filter((object) => groupOf(object).includes('.') && !groupOf(object).endsWith('.k8s.io'));
  const extended = objects.filter((object) =>
    /^(gateway\.networking|snapshot\.storage|sparkoperator|metacontroller)\.k8s\.io$/.test(groupOf(object)),
  );
  const kinds = [...custom, ...extended].map((object) => ({ group: groupOf(object), kind: object.kind }));
  const missing = new Set((await cluster.installCrds(kinds)).map(({ group, kind }) => `${kind}.${group}`));
  const isMissing = (object: KubernetesObject) => missing.has(`${object.kind}.${groupOf(object)}`);
  return { known: objects.filter((object) => !isMissing(object)), unknown: objects.filter(isMissing) };
}

/** A node for every combination of labels that a pod asks for, with the GPUs that it wants and their taint. */
export function nodesFor(objects: KubernetesObject[]): NodeProps[] {
  return podSpecs(objects)
    .filter((spec) => spec.nodeSelector)
    .map((spec) => {
      const gpus = spec.containers
        .map((one) => one.resources?.limits?.['nvidia.com/gpu'])
        .find((one) => one !== undefined);
      const labels = { ...spec.nodeSelector };
      return {
        name: `for-${Object.values(labels)
          .join('-')
          .toLowerCase()
          .replace(/[^a-z0-9-]/g, '-')}`,
        labels,
        ...(gpus === undefined
          ? {}
          : {
              capacity: { 'nvidia.com/gpu': '8' },
              taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' as const }],
            }),
      };
    });
}

/** Waits until every Deployment is available and every Job complete; a CronJob is run once. */
export async function workloadsRun(cluster: Cluster, objects: KubernetesObject[]): Promise<void> {
  for (const object of objects.filter((one) => one.kind === 'Deployment')) {
    await cluster.waitFor(referenceTo(object), (one) => conditionOf(one, 'Available')?.status === 'True');
  }
  for (const object of objects.filter((one) => one.kind === 'Job')) {
    await cluster.waitFor(referenceTo(object), isComplete);
  }
  for (const object of objects.filter((one) => one.kind === 'CronJob')) {
    const job = `${object.metadata.name ?? ''}-by-hand`;
    await cluster.runCronJob(referenceTo(object), job);
    await cluster.waitFor({ ...referenceTo(object), kind: 'Job', name: job }, isComplete);
  }
}

/** Prints how many objects were applied and refused, and which were not tried. */
export function report(name: string, applied: ApplyResults, unknown: KubernetesObject[]): void {
  const refused = refusals(applied).length;
  const skipped = unknown.map((object) => `${object.kind}.${groupOf(object)} ${object.metadata.name ?? ''}`);
  process.stdout.write(
    `${name}: ${applied.length - refused} objects applied, ${refused} refused, ${skipped.length} not tried for want of a CRD` +
      `${skipped.length > 0 ? ` (${skipped.join(', ')})` : ''}\n`,
  );
}

/** Removes what an environment left, so that the next one finds an empty cluster. */
export async function cleanUp(cluster: Cluster, objects: KubernetesObject[]): Promise<void> {
  const inNamespaces = new Set(objects.filter((one) => one.kind === 'Namespace').map((one) => one.metadata.name));
  const others = objects.filter((one) => !inNamespaces.has(one.metadata.namespace) && one.kind !== 'Namespace');
  const namespaces = objects.filter((one) => one.kind === 'Namespace');
  // no controller is there to do what the finalizers wait for
  for (const object of objects.filter((one) => one.metadata.finalizers !== undefined)) {
    if (await cluster.find(referenceTo(object))) {
      await cluster.patch(referenceTo(object), { metadata: { finalizers: null } });
    }
  }
  for (const object of [...others.reverse(), ...namespaces]) {
    if (await cluster.find(referenceTo(object))) await cluster.delete(referenceTo(object));
  }
  for (const namespace of namespaces) await cluster.waitForGone(referenceTo(namespace), 60_000);
}

function isComplete(job: KubernetesObject): boolean {
  return conditionOf(job, 'Complete')?.status === 'True';
}

function groupOf(object: KubernetesObject): string {
  return object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
}

function podSpecs(objects: KubernetesObject[]): PodSpec[] {
  return objects.flatMap((object) => {
    const spec = object.spec as
      { template?: { spec?: PodSpec }; jobTemplate?: { spec?: { template?: { spec?: PodSpec } } } } | undefined;
    const pod =
      spec?.jobTemplate?.spec?.template?.spec ?? (object.kind === 'CronJob' ? undefined : spec?.template?.spec);
    return pod?.containers ? [pod] : [];
  });
}
