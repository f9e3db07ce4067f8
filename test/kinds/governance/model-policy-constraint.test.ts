import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Chart, Testing } from 'cdk8s';

import { Tier } from '../../../src/contracts/tier';
import { MODEL_POLICY_CONSTRAINT, ModelPolicyConstraint } from '../../../src/kinds/governance/model-policy-constraint';
import { mergedPolicies, policiesOfTier } from '../../../src/kinds/model-deployment/gate';

interface Template {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly crd: {
      readonly spec: {
        readonly names: { readonly kind: string };
        readonly validation: { readonly openAPIV3Schema: { readonly properties: object } };
      };
    };
    readonly targets: readonly [{ readonly code: readonly [{ readonly source: Source }] }];
  };
}

interface Source {
  readonly version: string;
  readonly rego: string;
  readonly libs: readonly string[];
}

type Json = Record<string, unknown>;

function objects(excludedNamespaces?: string[]): [Template, Json, Json] {
  const chart = new Chart(new App(), 'policies');
  const policies = mergedPolicies(policiesOfTier(Tier.PRODUCTION), { approval: true, most: { latency_p95_ms: 100 } });
  new ModelPolicyConstraint(chart, 'policies', { policies, excludedNamespaces });
  return Testing.synth(chart) as [Template, Json, Json];
}

test('the template has all of the Rego but its tests, and every bound of the policies', () => {
  const [{ metadata, spec }] = objects();
  const { names, validation } = spec.crd.spec;
  // Gatekeeper wants the one as the other in lower case
  expect(metadata.name).toBe(names.kind.toLowerCase());
  expect(MODEL_POLICY_CONSTRAINT).toBe(`${names.kind}.constraints.gatekeeper.sh`);
  const { version, rego, libs } = spec.targets[0].code[0].source;
  expect(version).toBe('v1');
  expect(rego).toContain('violation contains');
  const lib = path.resolve(__dirname, '../../../policies/lib');
  expect(libs).toHaveLength(fs.readdirSync(lib).length);
  for (const text of libs) expect(text).toMatch(/^package lib\.[a-z0-9]+$/m);
  const bounds = Object.values(Tier).flatMap((tier) => Object.keys(policiesOfTier(tier)));
  expect(Object.keys(validation.openAPIV3Schema.properties)).toEqual(expect.arrayContaining(bounds));
});

test('the constraint denies ModelDeployments by the bounds of the environment; an approval is not its business', () => {
  const [, , constraint] = objects(['scratch']);
  expect(constraint).toMatchObject({
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: 'ModelPolicies',
    spec: {
      enforcementAction: 'deny',
      match: {
        kinds: [{ apiGroups: ['mlifecycle.io'], kinds: ['ModelDeployment'] }],
        excludedNamespaces: ['scratch'],
      },
      parameters: { ...policiesOfTier(Tier.PRODUCTION), most: { latency_p95_ms: 100 } },
    },
  });
  expect(JSON.stringify(constraint)).not.toContain('approval');
});

test('the kind of the constraint is defined before Gatekeeper reads the template, and Argo CD leaves its definition alone', () => {
  const [, definition, constraint] = objects();
  expect(definition).toMatchObject({
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'modelpolicies.constraints.gatekeeper.sh',
      labels: { 'gatekeeper.sh/constraint': 'yes' },
      annotations: { 'argocd.argoproj.io/hook': 'Skip' },
    },
    spec: { group: 'constraints.gatekeeper.sh', names: { kind: 'ModelPolicies' }, scope: 'Cluster' },
  });
  expect(constraint).toMatchObject({
    metadata: {
      annotations: {
        'argocd.argoproj.io/sync-wave': '1',
        'argocd.argoproj.io/sync-options': 'SkipDryRunOnMissingResource=true',
      },
    },
  });
});
