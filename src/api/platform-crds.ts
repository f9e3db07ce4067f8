import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { onePerEnvironment } from '../contracts/environment-scope';
import { fail } from '../contracts/errors';
import { KINDS } from './kinds';
import { crdName, customResourceDefinition } from './schema/crd';
import { KindDefinition } from './schema/schema';
import { checked } from '../contracts/checked';

/** Options of the CustomResourceDefinitions. */
export interface PlatformCrdsProps {
  /**
   * Names of the kinds, such as `ModelDeployment`. An object of a kind is accepted where its definition is, and something comes of it only
   * where its operator is too.
   *
   * @default - all of the platform
   */
  readonly kinds?: string[];
}

/**
 * The CustomResourceDefinitions of the kinds of the platform. Put them in a chart that is applied before any object of
 * these kinds. `NeuralPlatform` has them.
 *
 * @example
 * new PlatformCrds(chart, 'crds');
 */
@checked('PlatformCrds')
export class PlatformCrds extends Construct {
  /** The CustomResourceDefinitions, by name of the kind: `AIModel`. */
  public readonly definitions: { readonly [kind: string]: ApiObject };

  /** @throws InvalidInputError when a kind is not one of the platform */
  public constructor(scope: Construct, id: string, props: PlatformCrdsProps = {}) {
    onePerEnvironment(scope, id, 'PlatformCrds');
    super(scope, id);
    this.definitions = Object.fromEntries(
      kindsNamed(this, props.kinds).map((kind) => {
        const { apiVersion, kind: type, metadata, spec } = customResourceDefinition(kind);
        return [kind.kind, new ApiObject(this, crdName(kind), { apiVersion, kind: type, metadata, spec })];
      }),
    );
  }
}

/**
 * The platform's kinds of these names.
 *
 * @throws InvalidInputError when a name is not of the platform's kinds
 */
function kindsNamed(where: Construct, names: readonly string[] | undefined): readonly KindDefinition[] {
  if (names === undefined) return KINDS;
  const known = KINDS.map(({ kind }) => kind);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0) {
    fail(
      where,
      'kinds',
      `must name some of ${known.join(', ')}`,
      unknown,
      'correct the name, or leave kinds out for all',
    );
  }
  return KINDS.filter(({ kind }) => names.includes(kind));
}
