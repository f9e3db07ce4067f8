import { IConstruct } from 'constructs';
import { ServiceBinding } from '../../contracts/backing-service';
import { environmentOf } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';

/** A namespace that has the account of model servers, beside those of the platform itself. */
export interface ModelServerNamespace {
  readonly namespaceName: string;
  /** What reading the bucket of models takes there. */
  readonly binding: ServiceBinding;
}

interface Known {
  readonly namespaces: ModelServerNamespace[];
  /** Who has asked for them. @default - no one yet */
  reader?: string;
}

const KNOWN = new WeakMap<IConstruct, Known>();

function knownOf(scope: IConstruct): Known {
  const environment = environmentOf(scope);
  const known = KNOWN.get(environment) ?? { namespaces: [] };
  KNOWN.set(environment, known);
  return known;
}

/**
 * Tells the environment's operators of a namespace with the account.
 *
 * @throws InvalidInputError when the operators have been made, whose settings say which namespaces there are
 */
export function addModelServerNamespace(where: IConstruct, namespace: ModelServerNamespace): void {
  const { namespaces, reader } = knownOf(where);
  if (reader !== undefined) {
    const fix = `make it before ${reader}, which has the operators`;
    fail(where, 'scope', 'must be made before the operators that serve models in it', namespace.namespaceName, fix);
  }
  namespaces.push(namespace);
}

/** The namespaces, for the settings of the operators. None can be added from now on. */
export function modelServerNamespaces(reader: IConstruct): readonly ModelServerNamespace[] {
  const known = knownOf(reader);
  known.reader = reader.node.path;
  return known.namespaces;
}
