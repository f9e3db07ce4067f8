/** A rule in the Common Expression Language, as in `x-kubernetes-validations`. */
export interface Rule {
  /** The expression; `self` is the value that carries the rule. */
  readonly rule: string;
  /** What to do, as an imperative or "must …". */
  readonly message: string;
  /** Expression for a message that names values. It replaces `message` unless it fails. */
  readonly messageExpression?: string;
  /** Field that the error names, relative to the value: `.weight`. */
  readonly fieldPath?: string;
}

/**
 * The part of `JSONSchemaProps` (apiextensions.k8s.io/v1) that the kinds use. Fields that start with `$` are ours; they
 * do not reach the CRD.
 */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: 'date-time' | 'int32' | 'int64';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly Rule[];
  /** Name of the struct or enum in TypeScript. */
  readonly $name?: string;
  /** What the struct is, where `description` is about the field. */
  readonly $about?: string;
  /** Regular expression (RE2) of a text; the CRD has it as a rule, whose message says more than `pattern` does. */
  readonly $pattern?: string;
  /** What happens when the field is absent and has no default: the prose after `@default -`. */
  readonly $absent?: string;
}

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Above 0, the column is shown with `-o wide` only. */
  readonly priority?: number;
}

/** Where `kubectl scale` and a HorizontalPodAutoscaler find the replicas. */
export interface Scale {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath: string;
}

/** Everything about one kind: the CRD, the construct, the types and the reference page come from it. */
export interface KindDefinition {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  /** Whether a file may leave the name out, since the command line derives it from the spec. @default - it may not */
  readonly derivedName?: true;
  readonly description: string;
  readonly spec: Schema;
  readonly status: Schema;
  /** Rules that see `self.metadata.name`. */
  readonly rules?: readonly Rule[];
  readonly columns: readonly Column[];
  readonly scale?: Scale;
  /** The example on the reference page, and a test: YAML of the spec. */
  readonly example: string;
}

/** `nstarx.io/v1alpha1` */
export function apiVersionOf(kind: KindDefinition): string {
  return `${kind.group}/${kind.version}`;
}
