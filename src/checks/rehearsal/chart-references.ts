import { Component } from '../../contracts/component';
import { ResolvedReference } from '../../contracts/resolved-footprint';
import { Finding } from '../check';
import { asObject, asObjects, asText, JsonObject } from '../json';
import { ManifestGraph, objectFrom } from '../manifest-graph';
import { ExistingObjects, ObjectName, secretsMadeOf, shownObject } from '../references-check';
import { BootOrder } from './boot-step';
import { FootprintOf } from './footprints';
import { COME_FIRST, Made } from './made';

/**
 * What the values of a chart name is there when its pods start: something makes it, and not after a step that waits for the pods. What a
 * chart makes itself is named by none of the values that are read here, or is among their own objects.
 */
export function chartReferenceFindings(
  { steps }: BootOrder,
  made: Made,
  footprints: FootprintOf,
  graph: ManifestGraph,
): Finding[] {
  const existing = new ExistingObjects(graph);
  return steps.flatMap((step) =>
    step.components.flatMap((component) => {
      const named = [...(footprints(component)?.references ?? []), ...namedIn(component.values, '')];
      const seen = new Set(madeIn(component.values));
      return named.flatMap(({ kind, name, at }): Finding[] => {
        // what only Terraform knows has no name yet
        if (!/^[a-z0-9.-]+$/.test(name) || seen.has(`${kind}/${name}`)) return [];
        seen.add(`${kind}/${name}`);
        const reference = { kind, group: '', namespace: component.namespace, name };
        const finding = (problem: string): Finding => ({
          path: graph.path,
          message: messageOf(component, step.name, at, reference, problem),
        });
        if (made.makers(reference).length === 0 && !existing.isKnown(reference)) {
          return [finding(`which nothing creates; ${FIXES[kind] ?? ''}, or correct the value`)];
        }
        const later = step.waits ? made.laterThan(step, reference) : undefined;
        return later ? [finding(`which comes later (${later.name}); ${COME_FIRST}`)] : [];
      });
    }),
  );
}

function messageOf({ name }: Component, step: string, at: string, reference: ObjectName, problem: string): string {
  return `component ${name}${step === '' ? '' : ` (${step})`}: its value ${at} names ${shownObject(reference)}, ${problem}`;
}

const FIXES: { readonly [kind: string]: string | undefined } = {
  Secret:
    'deliver it with an ExternalSecret or a Certificate, or name it to environment.addExistingObject() where it is made by hand',
  ConfigMap: 'add it, or name it to environment.addExistingObject()',
  ServiceAccount: 'add it, or have the chart create it',
  PersistentVolumeClaim: 'add it, or name it to environment.addExistingObject()',
};

/** Fields of pods, which charts pass on from their values under the names that Kubernetes has for them. */
const FIELDS: { readonly [field: string]: readonly [kind: string, nameKey: string] | undefined } = {
  secretKeyRef: ['Secret', 'name'],
  secretRef: ['Secret', 'name'],
  configMapKeyRef: ['ConfigMap', 'name'],
  configMapRef: ['ConfigMap', 'name'],
  persistentVolumeClaim: ['PersistentVolumeClaim', 'claimName'],
};

/** What pods need by what values have in the form in which pods have it, and by what all charts call `existingClaim`. */
function namedIn(value: unknown, path: string): ResolvedReference[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => namedIn(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null || isObject(value as JsonObject)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return [...namedBy(key, below, at), ...namedIn(below, at)];
  });
}

function namedBy(key: string, value: unknown, at: string): ResolvedReference[] {
  const reference = (kind: string, name: unknown): ResolvedReference[] => {
    const text = asText(name);
    return text === undefined ? [] : [{ kind, name: text, at }];
  };
  if (key === 'existingClaim') return reference('PersistentVolumeClaim', value);
  if (key === 'imagePullSecrets' && Array.isArray(value)) {
    return value.flatMap((one: unknown) => reference('Secret', asText(one) ?? (one as JsonObject | null)?.name));
  }
  if (/volumes$/i.test(key) && Array.isArray(value)) {
    return asObjects(value).flatMap(({ secret, configMap, projected }) => [
      ...unlessOptional('Secret', secret, 'secretName'),
      ...unlessOptional('ConfigMap', configMap, 'name'),
      ...asObjects(asObject(projected).sources).flatMap((source) => [
        ...unlessOptional('Secret', source.secret, 'name'),
        ...unlessOptional('ConfigMap', source.configMap, 'name'),
      ]),
    ]);
  }
  if (typeof value !== 'object' || value === null) return [];
  const { create, name } = value as JsonObject;
  if (/serviceAccount$/i.test(key)) return create === false ? reference('ServiceAccount', name) : [];
  const field = FIELDS[key];
  return field ? unlessOptional(field[0], value, field[1]) : [];

  function unlessOptional(kind: string, given: unknown, nameKey: string): ResolvedReference[] {
    const { optional, [nameKey]: found } = (given ?? {}) as JsonObject;
    return optional === true ? [] : reference(kind, found);
  }
}

/** What whole objects among the values are and make, which the chart passes on, as `<kind>/<name>`. */
function madeIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as JsonObject;
  if (!isObject(object)) return Object.values(object).flatMap(madeIn);
  const { kind, name, group, json } = objectFrom('', object);
  return [`${kind}/${name}`, ...secretsMadeOf(kind, group, name, json).map((secret) => `Secret/${secret}`)];
}

function isObject({ apiVersion, kind }: JsonObject): boolean {
  return typeof apiVersion === 'string' && typeof kind === 'string';
}
