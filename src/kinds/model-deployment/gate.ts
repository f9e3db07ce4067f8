import { Tier } from '../../contracts/tier';
import { evaluatePolicies } from './gate-engine';
import { BOUNDS } from './generated/bounds';
import { ModelDeploymentSettings, ModelPolicies } from './settings';

/** A vulnerability that a scanner found in a package of the image or of the model's SBOM. */
export interface KnownVulnerability {
  /** Its identifier, such as `CVE-2024-3094`. */
  readonly id: string;
  /** Name of the package in its index. */
  readonly name: string;
  /** Version of the package that is there. */
  readonly version: string;
  /** `critical`, `high`, `medium`, `low`, `negligible` or `unknown`. */
  readonly severity: string;
  /** First version without it. @default - none is known */
  readonly fixedIn?: string;
}

/** What the policy gate decides about. */
export interface GateRequest {
  /** A ModelDeployment as it was written: the parsed document, or the object that the API server has. */
  readonly manifest: unknown;
  /** What is asked of it: all bounds, as `policiesOfTier` and `mergedPolicies` give them. */
  readonly policies: ModelPolicies;
  /** When it is asked, RFC 3339. */
  readonly now: string;
  /** What a scanner found. @default - nothing was scanned */
  readonly vulnerabilities?: readonly KnownVulnerability[];
}

/** What a policy said of a manifest. */
export interface PolicyResult {
  readonly name: string;
  readonly passed: boolean;
  /** Why not. */
  readonly message?: string;
}

/** One thing that a manifest does not keep. */
export interface GateFinding {
  /** Name of the policy, such as `f1-score`. */
  readonly policy: string;
  /** Where in the manifest, from its root, such as `['spec', 'metrics', 'f1_score']`. */
  readonly field: readonly (string | number)[];
  /** Field, value, bound, and what to do. */
  readonly message: string;
}

/** What the policy gate says of a manifest. */
export interface GateVerdict {
  /** Whether it may be served. */
  readonly allowed: boolean;
  /** Each policy that was asked. */
  readonly policies: readonly PolicyResult[];
  /** Why not. */
  readonly findings: readonly GateFinding[];
}

/** The greatest object of the API server is of 1.5 MiB. */
const MOST_CHARACTERS = 2 * 1024 * 1024;
/** The policies read JSON by recursion, on a stack that does not tell of its end. */
const MOST_DEPTH = 64;

/**
 * The policy gate of the zero-touch deployment: the same verdict in the command line, the workflow, at admission and in the operator.
 * The rules are those of the folder policies/, compiled. It does not throw: what cannot be judged is not allowed.
 */
export function gateVerdict({ manifest, policies, now, vulnerabilities }: GateRequest): GateVerdict {
  let verdict: unknown;
  try {
    const input = JSON.stringify({ manifest: judged(manifest), bounds: policies, now, vulnerabilities }, jsonValue);
    if (input.length > MOST_CHARACTERS) return refused(`has more than ${MOST_CHARACTERS} characters: make it smaller`);
    if (isDeep(input)) return refused(`has more than ${MOST_DEPTH} lists and mappings within each other: make it flat`);
    verdict = evaluatePolicies(input);
  } catch (error) {
    return refused(`cannot be judged: ${error instanceof Error ? error.message : String(error)}`);
  }
  return isVerdict(verdict) ? verdict : refused('cannot be judged: the policies have no verdict');
}

/** What the policies read. The API server adds much to the metadata. */
function judged(manifest: unknown): unknown {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return manifest ?? null;
  const { apiVersion, kind, spec } = manifest as { readonly [field: string]: unknown };
  return { apiVersion, kind, spec };
}

/** JSON would have null for these, and the message would not show them. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
  return value;
}

function isDeep(json: string): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (isText) {
      if (character === BACKSLASH) at++;
      else if (character === QUOTE) isText = false;
    } else if (character === QUOTE) isText = true;
    else if (character === BRACKET || character === BRACE) {
      depth++;
      if (depth > MOST_DEPTH) return true;
    } else if (character === BRACKET + 2 || character === BRACE + 2) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

function isVerdict(value: unknown): value is GateVerdict {
  const { allowed, policies, findings } = (value ?? {}) as Partial<GateVerdict>;
  return typeof allowed === 'boolean' && Array.isArray(policies) && Array.isArray(findings);
}

function refused(why: string): GateVerdict {
  const message = `the manifest ${why}`;
  return {
    allowed: false,
    policies: [{ name: 'manifest', passed: false, message }],
    findings: [{ policy: 'manifest', field: [], message }],
  };
}

/** What is asked of manifests in environments of a tier, where the program says nothing else: policies/bounds of the tier. */
export function policiesOfTier(tier: Tier): ModelPolicies {
  return BOUNDS[tier];
}

/** What the operator asks of manifests, by the settings that it has. */
export function servedPolicies(settings?: Pick<ModelDeploymentSettings, 'policies'>): ModelPolicies {
  return mergedPolicies(policiesOfTier(Tier.DEVELOPMENT), settings?.policies);
}

/** Bounds with others in their place: figures each for itself, lists as a whole. */
export function mergedPolicies(policies: ModelPolicies, others: ModelPolicies = {}): ModelPolicies {
  const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)) as ModelPolicies;
  return {
    ...policies,
    ...given,
    ...(policies.least || given.least ? { least: { ...policies.least, ...given.least } } : {}),
    ...(policies.most || given.most ? { most: { ...policies.most, ...given.most } } : {}),
  };
}
