import * as fs from 'node:fs';
import * as path from 'node:path';
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { fail } from '../../contracts/errors';
import { packagedFolder } from '../../contracts/packaged-folder';
import { checkPolicies } from '../model-deployment/policies';
import { ModelPolicies } from '../model-deployment/settings';

/** Kind of the constraint, which Gatekeeper makes of the template. */
const KIND = 'ModelPolicies';

/** The kind of the constraint and its group, as a component's custom resources have it. */
export const MODEL_POLICY_CONSTRAINT = `${KIND}.constraints.gatekeeper.sh`;

const ACTIONS = ['deny', 'warn', 'dryrun'];

/** Options of the constraint of the policy gate. */
export interface ModelPolicyConstraintProps {
  /** What is asked of manifests: all bounds, as `policiesOfTier` and `mergedPolicies` give them. */
  readonly policies: ModelPolicies;
  /**
   * What Gatekeeper does with a ModelDeployment that does not keep them: `deny`, `warn` or `dryrun`.
   *
   * @default 'deny'
   */
  readonly enforcementAction?: string;
  /**
   * Namespaces whose ModelDeployments are not looked at.
   *
   * @default - none
   */
  readonly excludedNamespaces?: string[];
}

/**
 * The policy gate at admission: a ConstraintTemplate of Gatekeeper made of the same Rego as everywhere, and a constraint with the
 * bounds of the environment. A ModelDeployment that does not keep them is refused when it is made and when its spec is changed.
 *
 * Gatekeeper makes the kind of the constraint from the template, so the constraint can be applied a little later than that.
 */
export class ModelPolicyConstraint extends Construct {
  /** @throws InvalidInputError where no manifest could keep a policy */
  public constructor(scope: Construct, id: string, props: ModelPolicyConstraintProps) {
    super(scope, id);
    checkPolicies(this, 'policies', props.policies);
    const enforcementAction = props.enforcementAction ?? 'deny';
    if (!ACTIONS.includes(enforcementAction)) {
      const rule = `must be one of ${ACTIONS.join(', ')}`;
      fail(this, 'enforcementAction', rule, enforcementAction, 'choose one of them');
    }
    new ApiObject(this, 'Template', {
      apiVersion: 'templates.gatekeeper.sh/v1',
      kind: 'ConstraintTemplate',
      metadata: { name: KIND.toLowerCase() },
      spec: {
        crd: { spec: { names: { kind: KIND }, validation: { openAPIV3Schema: PARAMETERS } } },
        targets: [
          {
            target: 'admission.k8s.gatekeeper.sh',
            code: [{ engine: 'Rego', source: { version: 'v1', rego: entryPoint(), libs: libraries() } }],
          },
        ],
      },
    });
    new ApiObject(this, 'Resource', {
      apiVersion: 'constraints.gatekeeper.sh/v1beta1',
      kind: KIND,
      metadata: { name: 'model-policies' },
      spec: {
        enforcementAction,
        match: {
          kinds: [{ apiGroups: [MODEL_DEPLOYMENT.group], kinds: [MODEL_DEPLOYMENT.kind] }],
          ...(props.excludedNamespaces === undefined ? {} : { excludedNamespaces: props.excludedNamespaces }),
        },
        parameters: parameters(props.policies),
      },
    });
  }
}

/** The Rego that Gatekeeper calls. */
function entryPoint(): string {
  return fs.readFileSync(path.join(packagedFolder('policies'), 'modelpolicies', 'modelpolicies.rego'), 'utf8');
}

/** The Rego of all policies, in the order of their names. */
function libraries(): string[] {
  const folder = path.join(packagedFolder('policies'), 'lib');
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((name) =>
      fs
        .readdirSync(path.join(folder, name))
        .filter((file) => file.endsWith('.rego') && !file.endsWith('_test.rego'))
        .sort()
        .map((file) => fs.readFileSync(path.join(folder, name, file), 'utf8')),
    );
}

/** An approval is the operator's to look for. */
function parameters({ approval: _approval, ...policies }: ModelPolicies): { [bound: string]: unknown } {
  return JSON.parse(JSON.stringify(policies)) as { [bound: string]: unknown };
}

const NUMBER = { type: 'number' };
const TEXT = { type: 'string' };
const SWITCH = { type: 'boolean' };
const FIGURES = { type: 'object', additionalProperties: NUMBER };
const TEXTS = { type: 'array', items: TEXT };

/** The schema of the bounds; their values are the policies' to check. */
const PARAMETERS = {
  type: 'object',
  properties: {
    least: FIGURES,
    most: FIGURES,
    fairness: NUMBER,
    leastDisparateImpact: NUMBER,
    mostDisparateImpact: NUMBER,
    protectedAttributes: TEXTS,
    drift: NUMBER,
    driftMethod: TEXT,
    driftMaxAgeDays: NUMBER,
    dependencies: TEXTS,
    severity: TEXT,
    dependencySeverity: TEXT,
    imageDigest: SWITCH,
    owner: SWITCH,
    card: SWITCH,
  },
};
