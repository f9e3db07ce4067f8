import { Tier } from '../../contracts/tier';
import { ModelEvidence, PolicyResult, policyResults } from './policies';
import { ModelPolicies } from './settings';

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
  /** What is asked of it. */
  readonly policies: ModelPolicies;
  /** When it is asked, RFC 3339. */
  readonly now: string;
  /** What a scanner found. @default - nothing was scanned */
  readonly vulnerabilities?: readonly KnownVulnerability[];
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

/** The policy gate of the zero-touch deployment: the same verdict in the command line, the workflow, at admission and in the operator. */
export function gateVerdict({ manifest, policies, now }: GateRequest): GateVerdict {
  const { spec } = manifest as { spec: ModelEvidence };
  const results = policyResults(spec, policies, now);
  const broken = results.filter(({ passed }) => !passed);
  return {
    allowed: broken.length === 0,
    policies: results,
    findings: broken.map(({ name, message }) => ({ policy: name, field: ['spec'], message: message ?? name })),
  };
}

/** What is asked of manifests in environments of a tier, where the program says nothing else. */
export function policiesOfTier(_tier: Tier): ModelPolicies {
  return {};
}
