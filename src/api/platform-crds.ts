import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { onePerEnvironment } from '../contracts/environment-scope';
import { KINDS } from './kinds';
import { crdName, customResourceDefinition } from './schema/crd';
import { checked } from '../contracts/checked';

/**
 * The CustomResourceDefinitions of all kinds of the platform. Put them in a chart that is applied before any object of
 * these kinds. `NeuralPlatform` has them.
 *
 * @example
 * new PlatformCrds(chart, 'crds');
 */
@checked('PlatformCrds')
export class PlatformCrds extends Construct {
  /** The CustomResourceDefinitions, by name of the kind: `AIModel`. */
  public readonly definitions: { readonly [kind: string]: ApiObject };

  public constructor(scope: Construct, id: string) {
    onePerEnvironment(scope, id, 'PlatformCrds');
    super(scope, id);
    this.definitions = Object.fromEntries(
      KINDS.map((kind) => {
        const { apiVersion, kind: type, metadata, spec } = customResourceDefinition(kind);
        return [kind.kind, new ApiObject(this, crdName(kind), { apiVersion, kind: type, metadata, spec })];
      }),
    );
  }
}
