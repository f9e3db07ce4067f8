import fc from 'fast-check';
import {
  EntityKeyType,
  FeatureDefinition,
  FeatureSourceType,
  FeatureStoreSpec,
  FeatureValueType,
} from '../../../src/api/generated';

const NASTY = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '"""',
    "'''",
    '\\',
    '\\"',
    '{}',
    '%s',
    '${HOME}',
    '\n__import__("os")\n',
    '\u2028\u0085\u0000',
    '🦆"',
    '#{',
    '\\N{DASH}',
  ),
);

/** Text that UTF-8, which manifests are, can carry. */
const text = fc.tuple(NASTY, NASTY).map(([left, right]) => (left + right).replace(/\p{Surrogate}/gu, ''));

const VALUES = Object.values(FeatureValueType);

/** Specs with entities and features of every kind and with nasty text; stored in Redis and in parquet. */
export const anySpec: fc.Arbitrary<FeatureStoreSpec> = fc
  .record({
    description: text,
    owner: text,
    descriptions: fc.array(text, { minLength: 12, maxLength: 12 }),
    types: fc.array(fc.constantFrom(...VALUES), { minLength: 12, maxLength: 12 }),
    kinds: fc.array(
      fc.constantFrom(
        FeatureSourceType.BATCH,
        FeatureSourceType.STREAMING,
        FeatureSourceType.MODEL,
        FeatureSourceType.REQUEST,
      ),
      { minLength: 1, maxLength: 8 },
    ),
    key: fc.constantFrom(...Object.values(EntityKeyType)),
    maxAge: fc.constantFrom(undefined, '90s', '1d', '1.5h'),
    two: fc.boolean(),
  })
  .map(({ description, owner, descriptions, types, kinds, key, maxAge, two }) => ({
    description,
    owner: owner === '' ? undefined : owner,
    entities: [
      { name: 'customer', type: key, description: descriptions[10] },
      ...(two ? [{ name: 'order', joinKey: 'order_number', description: descriptions[11] }] : []),
    ],
    features: [...kinds.entries()].map(([index, type]): FeatureDefinition => {
      const request = type === FeatureSourceType.REQUEST;
      return {
        name: `Feature_${index}`,
        type: request ? FeatureValueType.DOUBLE : types[index],
        description: descriptions[index],
        entity: two && index % 2 === 1 ? 'order' : undefined,
        maxAge,
        source: {
          type,
          query: type === FeatureSourceType.BATCH ? descriptions[index] + 'SELECT' : undefined,
          topic: type === FeatureSourceType.STREAMING ? descriptions[index] + 't' : undefined,
          modelRef: type === FeatureSourceType.MODEL ? { name: 'churn', version: '2.1' } : undefined,
          transformation: request ? 'def f(amount: float, rate: float):\n    return amount * rate\n' : undefined,
        },
      };
    }),
    serving: { online: {}, offline: { path: 's3://features/x' } },
  }));
