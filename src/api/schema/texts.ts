import { LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from '../../contracts/names';
import { celString, map, rule, text, MapOptions, TextOptions } from './builders';
import { Rule, Schema } from './schema';

/*
 * Grammars of texts that are parts of something else: of a query, a path, a label, the name of a variable. None lets a character
 * through that ends or begins anything for the program that reads the whole. What may be any text (SQL, scripts, arguments, prose) is
 * quoted where it is written.
 */

/** The name of a metric. */
export function metricName(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 128,
    pattern: [
      '^[A-Za-z_:][A-Za-z0-9_:]*$',
      'must be the name of a metric: use letters, digits, underscores and colons',
    ],
    ...options,
  });
}

/** The path of a URL, or a prefix of it. */
export function urlPath(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 512,
    pattern: [
      '^/[A-Za-z0-9._~!&+,=:@%/-]*$',
      'must be a path: start with a slash, such as "/v1/models/sentiment/predict"',
    ],
    ...options,
  });
}

/** The name of a header or a cookie. */
export function headerName(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 128,
    pattern: [
      '^[A-Za-z0-9][A-Za-z0-9_.-]*$',
      'must be the name of a header or cookie: use letters, digits, hyphens, dots and underscores',
    ],
    ...options,
  });
}

/** The value of a label. */
export function labelValue(): Schema {
  return text('Value of the label.', {
    maxLength: 63,
    pattern: [LABEL_VALUE_PATTERN, 'must be the value of a label: use letters, digits, dots, underscores and hyphens'],
  });
}

/** Labels by their keys. */
export function labels(description: string, options: MapOptions): Schema {
  return map(description, labelValue(), {
    ...options,
    rules: [
      rule(
        `self.all(key, key.matches(${celString(LABEL_KEY_PATTERN)}))`,
        'must have names of labels: write name or prefix/name, such as "example.com/team"',
      ),
      ...(options.rules ?? []),
    ],
  });
}

/** Environment variables by their names. */
export function variables(description: string, rules: readonly Rule[] = []): Schema {
  return map(description, text('Value.', { maxLength: 4096, rules }), {
    maxProperties: 64,
    rules: [
      rule(
        "self.all(key, key.matches('^[A-Za-z_][A-Za-z0-9_]*$'))",
        'must have names of environment variables: use letters, digits and underscores',
      ),
    ],
  });
}

/** A table or collection. */
export function tableName(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 255,
    pattern: [
      '^[A-Za-z0-9_$#-]+(\\.[A-Za-z0-9_$#-]+){0,2}$',
      'must be the name of a table: write name, schema.name or catalog.schema.name',
    ],
    ...options,
  });
}

/** A topic of Kafka, a stream of Kinesis by its ARN, or a subscription of Pub/Sub. */
export function topicName(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    maxLength: 249,
    pattern: [
      '^[A-Za-z0-9_][A-Za-z0-9._:/-]*$',
      'must be the name of a topic: use letters, digits, dots, underscores and hyphens',
    ],
    ...options,
  });
}

/** A name for people, such as that of an experiment, a branch or a tag. */
export function plainName(description: string, options: TextOptions = {}): Schema {
  return text(description, {
    minLength: 1,
    pattern: [
      '^[A-Za-z0-9]([A-Za-z0-9 ._:=@+/-]*[A-Za-z0-9._=+])?$',
      'must be a plain name: use letters, digits, spaces and . _ : = @ + / -',
    ],
    ...options,
  });
}

/** A rule for texts that end up in the template of a workflow. */
export const NO_EXPRESSION: Rule = rule(
  "!self.contains('{{=')",
  'must have no expression of Argo: leave out "{{=", and have the program compute what it needs',
);
