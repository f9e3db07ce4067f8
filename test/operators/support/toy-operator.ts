import { Operator } from '../../../operators/src/runtime/operator';
import { AI_MODEL } from '../../../src/api/kinds/ai-model';
import { Schema } from '../../../src/api/schema/schema';

/** The spec of the operator of these tests. */
export interface ToySpec {
  readonly version: string;
  readonly size: number;
  readonly rollbackTo?: string;
}

const { properties = {} } = AI_MODEL.status;
/** The status of a kind whose operator has a say when an object is deleted. */
const STATUS: Schema = { ...AI_MODEL.status, properties: { ...properties, phase: { type: 'string' } } };

/** An operator with one ConfigMap; a size below 0 cannot be done. */
export const toyOperator: Operator<ToySpec> = {
  definition: {
    name: 'toy',
    parent: { ...AI_MODEL, status: STATUS },
    children: [{ apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' }],
    names: () => ({}),
    related: [],
    finalizes: true,
  },
  related: (parent) => [{ apiVersion: 'v1', resource: 'secrets', names: [parent.metadata.name] }],
  versioning: {
    version: ({ version }) => version,
    limit: () => 2,
    rollbackTo: ({ rollbackTo }) => rollbackTo,
  },
  desired: ({ name, namespace, spec }, problems) => {
    if (spec.size < 0) problems.add('spec.size', `must be at least 0, got ${spec.size}`);
    if (spec.size === 13) throw new Error('the operator has a fault');
    return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { size: String(spec.size) } }];
  },
  report: ({ active, rolledBack, children }) => ({
    phase: rolledBack ? 'RollingBack' : active ? 'Serving' : 'Pending',
    fields: { version: active?.version },
    conditions: [
      {
        type: 'Ready',
        status: children.all('v1', 'ConfigMap').length > 0,
        reason: 'Observed',
        message: 'As it was observed',
      },
    ],
  }),
  blocksDeletion: ({ parent }) =>
    parent.metadata.labels?.busy === 'true'
      ? { type: 'DeletionBlocked', status: true, reason: 'Busy', message: 'remove the label busy' }
      : undefined,
};
