import { PlatformChecks } from '../../src';
import { ManifestGraph } from '../../src/checks/manifest-graph';
import { PlainSecretCheck } from '../../src/checks/plain-secret-check';
import { chartOf, CONTEXT, deployment, findings, Json, object } from './graph';

/** Joined from parts, so that no scanner of this repository takes them for real ones. */
const REAL_FORMATS: readonly (readonly [string, string])[] = [
  ['a private key', ['-----BEGIN RSA', 'PRIVATE KEY-----\nMIIE'].join(' ')],
  ['an access key of AWS', ['AKIA', 'IOSFODNN7EXAMPLE'].join('')],
  ['a token of GitHub', ['ghp_', '16C7e42F292c6912E7710c838347Ae178B4a'].join('')],
  ['a token of GitLab', ['glpat-', 'abcdefghij0123456789'].join('')],
  ['a token of Slack', ['xoxb-', '123456789012-abcdef'].join('')],
  ['a token of Hugging Face', ['hf_', 'AbCdEfGhIjKlMnOpQrStUvWxYz01234567'].join('')],
  ['an API key of OpenAI or Anthropic', ['sk-', 'ant-api03-abcdefghijklmnop'].join('')],
  ['a JSON Web Token', ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTYifQ', 'c2lnbmF0dXJl'].join('.')],
  ['a URL with a password', 'postgres://app:hunter2@db.example:5432/app'],
];
const RANDOM = 'q7Rk2Vx9Tz4Lm8Wp3Yb6Nc1Hd5Fs0Gj';

const withEnv = (name: string, value: string): Json =>
  deployment('api', { containers: [{ name: 'main', image: 'a:1', env: [{ name, value }] }] });
const configMap = (key: string, value: string): Json => object('v1', 'ConfigMap', 'c', { data: { [key]: value } });
const model = (name: string, value: string): Json =>
  object('nstarx.io/v1alpha1', 'AIModel', 'm', { spec: { serving: { env: { [name]: value } } } });

test.each(REAL_FORMATS)('%s is found wherever it is, and not printed', (what, value) => {
  const found = [
    withEnv('SETTING', value),
    configMap('settings.ini', `a = 1\nb = ${value}\n`),
    model('SETTING', value),
  ].map((one) => findings(new PlainSecretCheck(), [one]));
  for (const each of found) {
    expect(each.map(({ message }) => message)).toEqual([expect.stringContaining(`holds ${what} in plain text; `)]);
    expect(JSON.stringify(each)).not.toContain(value.slice(4));
  }
});

test.each(
  [
    ...['PASSWORD', 'DB_PASSWORD', 'dbPassword', 'REDIS_PWD', 'API_TOKEN', 'HF_TOKEN', 'apiKey', 'X_API_KEY'],
    ...['AWS_SECRET_ACCESS_KEY', 'CLIENT_SECRET', 'webhook-secret', 'JWT_SECRET', 'SIGNING_KEY', 'credentials'],
  ].map((name) => [name]),
)('%s is a secret by its name', (name) => {
  for (const one of [withEnv(name, 'hunter2'), configMap(name, 'hunter2'), model(name, 'hunter2')]) {
    expect(findings(new PlainSecretCheck(), [one])).toEqual([
      expect.objectContaining({ message: expect.stringContaining('is a secret in plain text, by its name') as string }),
    ]);
  }
});

test.each([
  ['PASSWORD', ''],
  ['PASSWORD', '$(DATABASE_PASSWORD)'],
  ['PASSWORD', '{{ .Values.password }}'],
  ['PASSWORD_FILE', '/run/secrets/password'],
  ['TOKEN', '/var/run/secrets/token'],
  ['PASSWORD_ENABLED', 'true'],
  ['REQUIRE_PASSWORD', 'true'],
  ['MAX_TOKENS', '4096'],
  ['TOKENIZER', 'bert-base-uncased'],
  ['tokenReview', 'enabled'],
  ['SECRET_NAME', 'database'],
  ['existingSecret', 'database'],
  ['passwordSecretRef', 'database'],
  ['DATABASE_URL', 'postgres://$(USER):$(PASSWORD)@db:5432/app'],
  ['REGISTRY', 'https://ghcr.io/acme/api'],
  ['DIGEST', 'sha256:3fc9b689459d738f8c88a3a48aa9e33542016b7a4052e001aaa536fca74813cb'],
  ['COMMIT', '4564255ac2c35d582249b3cdf261bdf51c8bca32'],
  ['CLASS', 'org.apache.flink.streaming.api.environment.StreamExecutionEnvironment'],
  ['LONG_NAME', 'ThisIsAVeryLongCamelCaseNameWithOneDigit1'],
])('%s: %s is no secret', (name, value) => {
  expect(findings(new PlainSecretCheck(), [withEnv(name, value), configMap(name, value), model(name, value)])).toEqual(
    [],
  );
});

test('what is random is found without a name', () => {
  expect(findings(new PlainSecretCheck(), [withEnv('X', RANDOM)])).toEqual([
    expect.objectContaining({
      message: expect.stringContaining('looks like a secret in plain text, since it is random') as string,
    }),
  ]);
});

test('a Secret with content is found, whatever it is; one that others fill is not', () => {
  const secret = (content: Json) => findings(new PlainSecretCheck(), [object('v1', 'Secret', 's', content)]);
  expect(secret({ stringData: { user: 'app' } })).toHaveLength(1);
  expect(secret({ data: { a: 'YQ==', b: 'Yg==' } })).toHaveLength(2);
  expect(secret({ type: 'kubernetes.io/service-account-token' })).toEqual([]);
});

test('values of charts are searched, and named by component and path', () => {
  const chartValues = {
    grafana: { adminPassword: 'hunter2', env: [{ AUTH_TOKEN: 'abc' }], auth: { existingSecret: 'g' } },
  };
  expect(findings(new PlainSecretCheck(), [], { chartValues }).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^component grafana: values\.adminPassword is a secret .*; have the chart read a Secret/),
    expect.stringMatching(/^component grafana: values\.env\[0\]\.AUTH_TOKEN is a secret/),
  ]);
});

describe('an acknowledgement', () => {
  const chart = () => chartOf([withEnv('API_KEY', 'public'), configMap('token', 'x')]);
  const run = (scope: ReturnType<typeof chart>) =>
    new PlainSecretCheck().check(ManifestGraph.of(scope, CONTEXT)).map(({ path, message }) => `${path}: ${message}`);

  test('silences what is at a construct and below', () => {
    const scope = chart();
    PlatformChecks.acknowledge(scope.node.findChild('ConfigMap-c'), 'plain-secret', 'a placeholder for tests');
    expect(run(scope)).toEqual([expect.stringContaining('API_KEY')]);
    PlatformChecks.acknowledge(scope, 'plain-secret', 'identifies the web page, public');
    expect(run(scope)).toEqual([]);
  });

  test('of a field silences that field', () => {
    const scope = chart();
    PlatformChecks.acknowledge(scope, 'plain-secret', 'a placeholder for tests', 'data.token');
    expect(run(scope)).toEqual([expect.stringContaining('API_KEY')]);
  });

  test('that nothing needs is found', () => {
    const scope = chartOf([configMap('a', 'b')]);
    PlatformChecks.acknowledge(scope, 'plain-secret', 'was needed once upon a time');
    expect(run(scope)).toEqual([
      'test: acknowledges plain-secret, which nothing in it needs; remove the acknowledgement',
    ]);
  });

  test.each([
    ['pod-security', 'a long enough reason', 'acknowledge: check must be one that can be acknowledged'],
    ['plain-secret', 'because', 'acknowledge: reason must have at least 10 characters'],
  ])('of %s because %s is refused', (check, reason, message) => {
    expect(() => PlatformChecks.acknowledge(chart(), check, reason)).toThrow(message);
  });
});
