import { ApiObject } from 'cdk8s';
import { IConstruct } from 'constructs';
import { KINDS } from '../../api/kinds';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { AI_ZONE } from '../../api/kinds/ai-zone';
import { violation } from '../../api/schema/cel';
import { objectSchema } from '../../api/schema/crd';
import { apiVersionOf, KindDefinition, Schema } from '../../api/schema/schema';
import { withDefaults } from '../../api/schema/validate';
import { gpusFitInZone, imagesArePinned, ObjectRule } from './rules';

/** An object of one of the platform's kinds, as the API server would see it. */
interface Found {
  readonly path: string;
  readonly kind: KindDefinition;
  readonly object: unknown;
}

/** What the policies would refuse among the objects below a construct; what depends on the user is left out. */
export function refusedObjects(scope: IConstruct, pinnedImages: boolean): string[] {
  const objects = platformObjects(scope);
  const zones = objects.filter(({ kind }) => kind === AI_ZONE);
  return objects.flatMap((found) => {
    const images = pinnedImages ? imagesArePinned(found.kind, 'self.object') : undefined;
    const gpus = found.kind === AI_MODEL ? zones.map((zone) => refusal(gpusInZone, found, zone)) : [];
    return [...(images ? [refusal(images, found)] : []), ...gpus].filter((message) => message !== undefined);
  });
}

const gpusInZone = gpusFitInZone('self.object', 'self.params');

/** The message of a rule that does not hold, with the path of the object that breaks it. */
function refusal(rule: ObjectRule, { path, kind, object }: Found, params?: Found): string | undefined {
  const schema: Schema = {
    type: 'object',
    properties: { object: schemaOf(kind), ...(params ? { params: schemaOf(params.kind) } : {}) },
  };
  const message = violation(
    { rule: rule.expression, messageExpression: rule.message, message: 'breaks a policy of the platform' },
    schema,
    { object, ...(params ? { params: params.object } : {}) },
  );
  return message === undefined ? undefined : `[${path}] ${message}`;
}

function platformObjects(scope: IConstruct): Found[] {
  return scope.node.findAll().flatMap((one) => {
    if (!ApiObject.isApiObject(one)) return [];
    const kind = KINDS.find((known) => known.kind === one.kind && apiVersionOf(known) === one.apiVersion);
    if (!kind) return [];
    return [{ path: one.node.path, kind, object: withDefaults(schemaOf(kind), one.toJson()) }];
  });
}

const schemas = new Map<KindDefinition, Schema>();

function schemaOf(kind: KindDefinition): Schema {
  const schema = schemas.get(kind) ?? objectSchema(kind);
  schemas.set(kind, schema);
  return schema;
}
