import { isFailure } from './support/terraform';

const NO_PLUGIN = { reason: 'no plugin of hashicorp/aws', isLasting: false };
const NO_ACCOUNT = { reason: 'needs what is behind hashicorp/aws', isLasting: true };

test.each([
  ['at home', NO_PLUGIN, {}, false],
  ['in CI', NO_PLUGIN, { CI: 'true' }, true],
  ['in CI on a machine that has no plugins', NO_PLUGIN, { CI: 'true', ML_PLATFORM_TERRAFORM: 'optional' }, false],
  ['in CI, for want of an account', NO_ACCOUNT, { CI: 'true' }, false],
])('a test of Terraform that cannot run %s', (_where, obstacle, env, expected) => {
  expect(isFailure(obstacle, env)).toBe(expected);
});
