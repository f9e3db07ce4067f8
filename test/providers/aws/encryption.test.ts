import { TerraformJson } from '../../support/terraform-graph';
import { AwsOutput, Json, resources, statements, synthAws } from './terraform';

let output: AwsOutput;
beforeAll(() => {
  output = synthAws({ contents: (environment) => environment.addDatabase('orders') });
});

test('every log group is encrypted and forgets', () => {
  for (const group of resources(output.infrastructure, 'aws_cloudwatch_log_group')) {
    expect(group.retention_in_days).toBe(365);
    expect(group.kms_key_id).toMatch(/^\$\{aws_kms_key\.logs-key/);
  }
});

test('a log group that is there already is taken over: services write after an environment was destroyed', () => {
  const stack = output.infrastructure as TerraformJson & { readonly import?: readonly Json[] };
  const groups = Object.entries(stack.resource?.aws_cloudwatch_log_group ?? {});
  expect(groups.length).toBeGreaterThan(3);
  const adopted = new Map((stack.import ?? []).map((block) => [block.to, block]));
  for (const [id, { name }] of groups) {
    const [[found]] = Object.entries(stack.data?.aws_cloudwatch_log_groups ?? {}).filter(
      ([, data]) => data.log_group_name_prefix === name,
    );
    expect(adopted.get(`aws_cloudwatch_log_group.${id}`)).toEqual({
      for_each: `\${toset([for name in data.aws_cloudwatch_log_groups.${found}.log_group_names : name if name == "${String(name)}"])}`,
      to: `aws_cloudwatch_log_group.${id}`,
      id: '${each.value}',
    });
  }
});

test('CloudWatch Logs may use its key, for log groups of this account and region only', () => {
  const keys = resources(output.infrastructure, 'aws_kms_key').map((key) => statements(key.policy));
  const logs = keys.flat().filter((statement) => statement.Sid === 'CloudWatchLogs');
  expect(logs).toHaveLength(1);
  expect(logs[0].Principal).toEqual({ Service: 'logs.eu-west-1.amazonaws.com' });
  expect(JSON.stringify(logs[0].Condition)).toContain(':log-group:*');
});

test('every key rotates, has an alias, and never opens to others than the account', () => {
  const keys = resources(output.infrastructure, 'aws_kms_key');
  expect(keys).toHaveLength(resources(output.infrastructure, 'aws_kms_alias').length);
  for (const key of keys) {
    expect(key.enable_key_rotation).toBe(true);
    expect(key.deletion_window_in_days).toBe(30);
    for (const statement of statements(key.policy)) {
      if (JSON.stringify(statement.Principal) !== '{"AWS":"*"}') continue;
      expect(JSON.stringify(statement.Condition)).toContain('kms:CallerAccount');
    }
  }
});
