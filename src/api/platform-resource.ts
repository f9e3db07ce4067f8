import { ApiObject, ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import { InvalidInputError } from '../contracts/errors';
import { INamespace, namespaceNameOf } from '../contracts/namespace';
import { findingsOf } from './schema/object-findings';
import { apiVersionOf, KindDefinition } from './schema/schema';

/** A manifest of one of the platform's kinds. */
export interface KindManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiObjectMetadata;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/**
 * Adds an object of one of the platform's kinds. It is checked at once, and again at synthesis when it was changed
 * through an escape hatch.
 *
 * @throws InvalidInputError when the API server would refuse the object; it names every field that is wrong
 */
export function addResource(scope: Construct, id: string, kind: KindDefinition, manifest: KindManifest): ApiObject {
  const findings = findingsOf(kind, manifest);
  if (findings.length > 0) {
    const lines = findings.map(({ field, message }) => `[${scope.node.path}] ${describe(field, message)}`);
    throw new InvalidInputError(scope.node.path, findings[0].field, lines.join('\n'));
  }
  const { status: _, ...rest } = manifest as KindManifest & { readonly status?: unknown };
  const resource = new ApiObject(scope, id, rest);
  const checked = JSON.stringify(resource.toJson());
  resource.node.addValidation({
    validate: () => {
      const json: unknown = resource.toJson();
      if (JSON.stringify(json) === checked) return [];
      return findingsOf(kind, json).map(({ field, message }) => describe(field, message));
    },
  });
  return resource;
}

/** What the typed constructs of all kinds have among their props. */
export interface TypedObjectProps {
  readonly name?: string;
  /** Only for a kind that has one. */
  readonly namespace?: INamespace;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}

/**
 * Adds the object of a typed construct. Without a name of its own it has the construct's id.
 *
 * @throws InvalidInputError when the namespace is none, or the API server would refuse the object
 */
export function addTypedObject(
  construct: Construct,
  kind: KindDefinition,
  props: TypedObjectProps,
  spec: unknown,
): ApiObject {
  const { name = construct.node.id, labels, annotations } = props;
  const namespace = props.namespace && namespaceNameOf(construct, props.namespace);
  const metadata = { name, namespace, labels, annotations };
  return addResource(construct, 'Resource', kind, { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, spec });
}

function describe(field: string, message: string): string {
  return `${field || 'the object'}: ${message}`;
}
