import { Finding } from '../check';
import { ObjectOfGraph, podTemplateOf } from '../manifest-graph';
import { referencesOf, shownObject } from '../references-check';
import { BootOrder, BootStep } from './boot-step';
import { FootprintOf } from './footprints';
import { COME_FIRST, Made } from './made';

const STORAGE_CLASS = { kind: 'StorageClass', group: 'storage.k8s.io' };

/** Custom resources that need others to be ready. */
const WITH_HEALTH = ['Certificate.cert-manager.io', 'ExternalSecret.external-secrets.io'];

/**
 * What a step needs is there by then: the kinds of custom resources before them, and what pods refer to not after a step that waits
 * for them, which would wait for ever. That something is there at all is for the check of references.
 *
 * @param defaultClass name of the StorageClass of volumes that name none
 */
export function existenceFindings(
  order: BootOrder,
  made: Made,
  footprints: FootprintOf,
  path: string,
  defaultClass?: string,
): Finding[] {
  return order.steps.flatMap((step) => [
    ...step.manifests.flatMap((manifest) => ofManifest(order, made, step, manifest)),
    ...(step.waits ? ofComponents(made, step, footprints, path, defaultClass) : []),
  ]);
}

function ofManifest(order: BootOrder, made: Made, step: BootStep, manifest: ObjectOfGraph): Finding[] {
  const { path, kind, group, name, namespace } = manifest;
  const here = `${kind} ${name} (${step.name})`;
  const late = (what: string, where: BootStep, fix: string): Finding => ({
    path,
    message: `${here}: needs ${what}, which comes later (${where.name}); ${fix}`,
  });
  const findings: Finding[] = [];
  if (!made.schema.isBuiltIn(group)) {
    const definers = made.definers(kind, group);
    if (definers.length > 0 && !definers.some((one) => one === step || order.isBefore(one, step))) {
      findings.push(late(`the kind ${kind}.${group}`, definers[0], DEFINE_FIRST));
    }
  }
  if (namespace !== undefined) {
    const makers = made.makers({ kind: 'Namespace', group: '', name: namespace });
    if (makers.length > 0 && !makers.some((one) => one === step || order.isBefore(one, step))) {
      findings.push(
        late(`Namespace ${namespace}`, makers[0], 'have Terraform make it with environment.requireNamespace()'),
      );
    }
  }
  if (!isWaitedFor(step, manifest)) return findings;
  for (const reference of referencesOf(manifest)) {
    if (reference.kind === 'Namespace') continue;
    const later = made.laterThan(step, reference);
    if (later) findings.push(late(shownObject(reference), later, COME_FIRST));
  }
  return findings;
}

/** Whether a step waits until an object is ready which needs others for that. */
function isWaitedFor({ waits, waitsForCustomResources = false }: BootStep, manifest: ObjectOfGraph): boolean {
  const kind = `${manifest.kind}.${manifest.group}`;
  if (!waits) return false;
  if (kind === 'PersistentVolumeClaim.' || podTemplateOf(manifest)) return true;
  return waitsForCustomResources && WITH_HEALTH.includes(kind);
}

const DEFINE_FIRST = 'have the component that defines it go first, or apply the object later';

function ofComponents(
  made: Made,
  step: BootStep,
  footprints: FootprintOf,
  path: string,
  defaultClass: string | undefined,
): Finding[] {
  return step.components.flatMap((component) =>
    (footprints(component)?.workloads ?? []).flatMap(({ kind, name, volumes }) => {
      const classes = new Set(volumes.map(({ storageClass }) => storageClass ?? defaultClass));
      return [...classes].flatMap((storageClass) => {
        if (storageClass === undefined) return [];
        const later = made.laterThan(step, { ...STORAGE_CLASS, name: storageClass });
        if (!later) return [];
        return {
          path,
          message: `component ${component.name} (${step.name}): the volumes of ${kind} ${name} need StorageClass ${storageClass}, which comes later (${later.name}); ${COME_FIRST}`,
        };
      });
    }),
  );
}
