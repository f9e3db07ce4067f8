import * as fc from 'fast-check';
import { App as CdktfApp, TerraformStack } from 'cdktf';
import { InvalidInputError } from '../../../src/contracts/errors';
import { Statement } from '../../../src/providers/aws/contract';
import { dividePolicies, policyCharacters } from '../../../src/providers/aws/policy-size';
import { Access } from '../../../src/contracts';
import { policyOf, resources, statements, synthAws } from './terraform';

const role = new TerraformStack(new CdktfApp(), 'role');

function statement(resourceCount: number, length: number): Statement {
  return {
    Effect: 'Allow',
    Action: ['s3:GetObject'],
    Resource: Array.from(
      { length: resourceCount },
      (_, at) => `arn:aws:s3:::bucket/${String(at).padEnd(length, 'x')}/*`,
    ),
  };
}

test('whatever is granted, nothing is lost, and each policy is one that IAM takes, or the grants are refused', () => {
  const given = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 300 })), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(given, (sizes) => {
      const all = sizes.map(([count, length]) => statement(count, length));
      let divided;
      try {
        divided = dividePolicies(role, all);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
        return policyCharacters(all) > 10_240;
      }
      const lengths = divided.policies.map(
        (policy) => JSON.stringify({ Version: '2012-10-17', Statement: policy }).length,
      );
      const fits =
        lengths.every((length) => length <= (divided.inline ? 10_240 : 6_144)) && divided.policies.length <= 10;
      return fits && JSON.stringify(divided.policies.flat()) === JSON.stringify(all);
    }),
  );
});

test('what only Terraform knows counts as long as it can be', () => {
  const known: Statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'x' };
  const unknown = { ...known, Resource: '${TfToken[TOKEN.12]}' };
  expect(policyCharacters([unknown]) - policyCharacters([known])).toBe(159);
});

const folders = (count: number) => Array.from({ length: count }, (_, at) => `team-${at}/${'x'.repeat(60)}/`);
const trainer = { namespace: 'team-a', serviceAccountName: 'trainer' };

test('a role with grants that are too long for it has policies of its own, with the same statements', () => {
  const output = synthAws({
    contents: (environment) => {
      for (const name of ['models', 'datasets', 'runs']) {
        environment.addObjectStore(name).bind(trainer, Access.READ_WRITE, { prefixes: folders(20) });
      }
    },
  });
  const stack = output.infrastructure;
  const policies = resources(stack, 'aws_iam_policy').filter(({ name }) => String(name).includes('team-a.trainer'));
  expect(policies.length).toBeGreaterThan(1);
  const [association] = resources(stack, 'aws_eks_pod_identity_association').filter(
    ({ service_account: account }) => account === 'trainer',
  );
  expect(association.depends_on).toHaveLength(policies.length);
  const actions = policies.flatMap(({ policy }) => statements(policy)).map(({ Action }) => Action);
  expect(actions.filter((action) => action === 's3:ListBucket')).toHaveLength(3);
  expect(() => policyOf(stack, 'team-a', 'trainer')).toThrow();
});

test('grants that no policies can have are refused with the role, their length and what to do', () => {
  expect(() =>
    synthAws({
      contents: (environment) =>
        environment.addObjectStore('models').bind(trainer, Access.READ, { prefixes: folders(300) }),
    }),
  ).toThrow(
    /^\[production-infrastructure\/workload-roles\/team-a\/trainer\] grants must fit 10 IAM policies of 6144 characters, got "\d+ characters, the longest policy has \d+": grant fewer or outer folders/,
  );
});
