import { createHash } from 'crypto';
import { PLATFORM_GROUP } from '../contracts/names';
import { Origin, withOrigin } from '../contracts/origin';
import { yamlOf } from '../contracts/yaml';

const KIND = 'ApplySet';
const PLURAL = 'applysets';
const VERSION = 'v1alpha1';

/** Folder in that of an environment. */
const FOLDER = 'applyset';

/**
 * The object that `kubectl apply --prune --applyset` keeps its books in, and its kind. ConfigMaps and Secrets can be that too, but
 * only for objects of their own namespace.
 *
 * Source: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#alternative-kubectl-apply-f-directory-prune
 */
export function renderApplySet(path: string, origin: Origin): Map<string, string> {
  const name = origin.environment;
  const crdName = `${PLURAL}.${PLATFORM_GROUP}`;
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName, labels: { 'applyset.kubernetes.io/is-parent-type': 'true' } },
    spec: {
      group: PLATFORM_GROUP,
      scope: 'Cluster',
      names: { kind: KIND, listKind: `${KIND}List`, plural: PLURAL, singular: KIND.toLowerCase() },
      versions: [{ name: VERSION, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
  // name, namespace, kind and group of the object
  const hash = createHash('sha256').update(`${name}..${KIND}.${PLATFORM_GROUP}`).digest('base64url');
  const applySet = {
    apiVersion: `${PLATFORM_GROUP}/${VERSION}`,
    kind: KIND,
    metadata: {
      name,
      // the version is that of whichever kubectl comes next
      annotations: {
        'applyset.kubernetes.io/tooling': 'kubectl/v1',
        'applyset.kubernetes.io/contains-group-kinds': '',
      },
      labels: { 'applyset.kubernetes.io/id': `applyset-${hash}-v1` },
    },
  };
  return new Map([
    [`${FOLDER}/customresourcedefinition-${crdName}.yaml`, yamlOf(withOrigin(crd, path, origin))],
    [`${FOLDER}/applyset.yaml`, yamlOf(withOrigin(applySet, path, origin))],
  ]);
}
