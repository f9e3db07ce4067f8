import { FindingReason } from '../api/schema/validate';

/** A place in a file. Lines and columns begin at 1, and columns count as editors do: in units of UTF-16. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a manifest does not keep. */
export interface Diagnostic extends Place {
  /** What asks for it: a policy of the gate, or one of `RULES`. */
  readonly rule: string;
  /** Path of the field, such as `spec.metrics.f1_score`. Empty where it is about the whole. */
  readonly field: string;
  /** Field, value, bound, and what to do. */
  readonly message: string;
}

/** The rules that are not policies of the gate, with what each asks for. */
export const RULES = {
  yaml: 'The file can be read, and every program reads the same from it',
  kind: 'apiVersion and kind are those of a kind of the platform',
  metadata: 'Name, namespace, labels and annotations are as Kubernetes takes them',
  'unknown-field': 'Every field is one of the kind',
  'required-field': 'Every field that is required is there',
  value: 'Every value has the type, the bounds and the form that its field has',
  rule: 'The rules between fields are kept',
  'duplicate-object': 'An object is in a file once',
} as const;

/** One of them. */
export type RuleName = keyof typeof RULES;

/** The rule behind what the schema says. */
export function ruleOf(reason: FindingReason): RuleName {
  return ({ unknown: 'unknown-field', missing: 'required-field', value: 'value', rule: 'rule' } as const)[reason];
}

/** What was asked of a document. */
export interface JudgedDocument extends Place {
  /** `ModelDeployment fraud-detector-2-1-0`. */
  readonly title: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly findings: readonly Diagnostic[];
  /** What the gate was asked, with what it answered. @default - the gate was not asked */
  readonly policies?: readonly { readonly name: string; readonly passed: boolean }[];
}

/** A document that was not asked anything. */
export interface SkippedDocument extends Place {
  /** What it is, and why nothing is asked of it. */
  readonly message: string;
}

/** What was found. */
export interface Report {
  readonly documents: readonly JudgedDocument[];
  readonly skipped: readonly SkippedDocument[];
  /** Why it could not be asked everywhere. */
  readonly problems: readonly { readonly file?: string; readonly message: string }[];
}

/** Every finding of a report. */
export function findingsIn(report: Report): readonly Diagnostic[] {
  return report.documents.flatMap(({ findings }) => findings);
}
