import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { containersOf } from '../../../src/checks/manifest-graph';
import { NEWEST_MINOR, podSecurityViolations } from '../../../src/checks/pod-security-check';

type Json = { [key: string]: unknown };

/** Where pods are in the objects that operators make. */
const POD_SPECS: { readonly [kind: string]: readonly string[] } = {
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The pod of an object, or undefined when it makes none that can be seen. */
export function podSpecOf(object: KubernetesObject): Json | undefined {
  if (object.kind === 'InferenceService') return inferencePod(object);
  const path = POD_SPECS[object.kind];
  return path?.reduce<unknown>((value, key) => (value as Json)[key], object) as Json | undefined;
}

/** The predictor is a PodSpec whose server is in `model`, or in `containers`. */
function inferencePod({ spec }: KubernetesObject): Json {
  const { model, ...predictor } = (spec as { readonly predictor: Json }).predictor;
  return model === undefined
    ? predictor
    : { ...predictor, containers: [{ name: 'kserve-container', ...(model as Json) }] };
}

/**
 * What holds for all children of all operators: names that are unique and fit, labels of the platform, the namespace of the parent,
 * and pods that keep to Pod Security `restricted`, have a read-only root, resources, and images that say their version.
 */
export function expectGoodChildren(objects: readonly KubernetesObject[], namespace?: string): void {
  const keys = objects.map(({ apiVersion, kind, metadata }) =>
    [apiVersion, kind, metadata.namespace, metadata.name].join('/'),
  );
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  for (const object of objects) {
    const { kind, metadata } = object;
    const where = `${kind} ${metadata.name}`;
    expect({ where, name: metadata.name }).toEqual({
      where,
      name: expect.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/) as string,
    });
    expect({ where, partOf: metadata.labels?.['app.kubernetes.io/part-of'] }).toEqual({ where, partOf: 'ml-platform' });
    if (namespace !== undefined) expect({ where, namespace: metadata.namespace }).toEqual({ where, namespace });
    const pod = podSpecOf(object);
    if (pod) expectGoodPod(where, pod);
  }
}

function expectGoodPod(where: string, pod: Json): void {
  expect({ where, violations: podSecurityViolations('restricted', NEWEST_MINOR, {}, pod) }).toEqual({
    where,
    violations: [],
  });
  for (const container of containersOf(pod)) {
    const { image, resources, securityContext, name } = container as {
      readonly image?: string;
      readonly name: string;
      readonly resources?: { readonly requests?: Json };
      readonly securityContext?: Json;
    };
    const place = `${where}: ${name}`;
    expect({ place, readOnly: securityContext?.readOnlyRootFilesystem }).toEqual({ place, readOnly: true });
    expect({ place, requests: Object.keys(resources?.requests ?? {}) }).toEqual({
      place,
      requests: expect.arrayContaining(['memory']) as string[],
    });
    if (image !== undefined) {
      expect({ place, image }).toEqual({
        place,
        image: expect.stringMatching(/@sha256:|:(?!latest$)[\w.-]+$/) as string,
      });
    }
  }
}
