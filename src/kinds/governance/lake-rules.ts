import { KindDefinition, Schema } from '../../api/schema/schema';
import { LakeFolders } from '../lake-folders';
import { ObjectRule } from './rules';

/** Longer texts are scripts and queries, which name more than one place. */
const LONGEST_PLACE = 4096;

/** Variables of the policy that the rules refer to. */
interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** What a kind's objects may name in the bucket for models and data. */
export interface LakeRules {
  readonly variables: readonly Variable[];
  /** One for each field that can name a place, so that the message says which. */
  readonly rules: readonly ObjectRule[];
}

/**
 * Every place in the bucket that an object of a kind names is in a folder of its namespace, or in one that is shared with it: the pods would
 * be refused elsewhere. Places in other stores are not looked at.
 */
export function placesAreReached(kind: KindDefinition, lake: LakeFolders): LakeRules {
  const own = LakeFolders.areasOf(kind).map((area) => `'${area}/' + request.namespace + '/'`);
  const shared = Object.entries(lake.shared).map(([namespace, folders]) => `'${namespace}': ${texts(folders)}`);
  const inBucket = (value: string) => `${value}.matches('${inBucketPattern(lake.bucketName)}')`;
  const isReached = (value: string): string =>
    `!${value}.matches('(^|/)[.][.]?(/|$)') && ` +
    `variables.folders.exists(folder, (${value} + '/').substring(${value}.indexOf('://') + 3).startsWith('${lake.bucketName}/' + folder))`;
  const holds = (value: string): string => `(!${inBucket(value)} || (${isReached(value)}))`;
  return {
    variables: [
      { name: 'shared', expression: `{${shared.join(', ')}}` },
      {
        name: 'folders',
        expression: `[${own.join(', ')}] + (request.namespace in variables.shared ? variables.shared[request.namespace] : [])`,
      },
    ],
    rules: places(kind.spec, 'object.spec', 'spec', holds).map(({ field, expression }) => ({
      expression,
      message:
        `'${field}: the pods of namespace ' + request.namespace + ' do not reach that place in ${lake.bucketName}: ` +
        `use one of ' + variables.folders.join(', ') + ', or ask for the folder to be shared'`,
    })),
  };
}

/** A field, and an expression for what holds of every text in it. */
interface Place {
  readonly field: string;
  readonly expression: string;
}

function places(schema: Schema, at: string, field: string, holds: (value: string) => string, depth = 0): Place[] {
  const { type, properties = {}, items, additionalProperties } = schema;
  const item = `v${depth}`;
  const every = (inner: Schema, value: string, name: string): Place[] =>
    places(inner, value, name, holds, depth + 1).map((place) => ({
      field: place.field,
      expression: `${at}.all(${item}, ${place.expression})`,
    }));
  if (type === 'string') return canBePlace(schema) ? [{ field, expression: holds(at) }] : [];
  if (type === 'array' && items) return every(items, item, `${field}[]`);
  if (additionalProperties) return every(additionalProperties, `${at}[${item}]`, `${field}.*`);
  return Object.entries(properties).flatMap(([key, child]) => {
    const path = `${at}.${key}`;
    return places(child, path, `${field}.${key}`, holds, depth).map((place) => ({
      field: place.field,
      expression: isAlwaysThere(schema, key) ? place.expression : `(!has(${path}) || ${place.expression})`,
    }));
  });
}

function canBePlace({ $pattern, enum: values, format, maxLength = Infinity }: Schema): boolean {
  if ($pattern !== undefined) return new RegExp($pattern).test('s3://bucket/folder/file');
  return values === undefined && format === undefined && maxLength <= LONGEST_PLACE;
}

function isAlwaysThere(schema: Schema, key: string): boolean {
  return (schema.required ?? []).includes(key) || schema.properties?.[key].default !== undefined;
}

function inBucketPattern(bucket: string): string {
  return `^[sS]3[aAnN]?://${bucket.replaceAll('.', '[.]')}(/|$)`;
}

function texts(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}]`;
}
