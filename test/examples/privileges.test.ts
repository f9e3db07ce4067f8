import { parse } from 'yaml';
import { chatDb } from '../../examples/chatdb/platform';
import { dataPlatform } from '../../examples/data-platform/platform';
import { neuralPlatform } from '../../examples/neural-platform/platform';
import { zeroTouch } from '../../examples/zero-touch/platform';
import { PlatformTesting } from '../../src';
import type { StackJson } from '../support/synth';

/** What someone may do with a part of a service. */
interface Privilege {
  readonly environment: string;
  readonly who: string;
  readonly service: string;
  readonly part: string;
  readonly may: string;
}

const EVERYTHING = '(everything)';

const EXAMPLES: [string, { readonly [file: string]: string }][] = [
  ['data-platform', PlatformTesting.synth(dataPlatform())],
  ['neural-platform', PlatformTesting.synth(neuralPlatform())],
  ['zero-touch', PlatformTesting.synth(zeroTouch())],
  ['chatdb', PlatformTesting.synth(chatDb())],
];

function privileges(files: { readonly [file: string]: string }): Privilege[] {
  return Object.entries(files).flatMap(([file, text]) => {
    const [environment] = file.split('/');
    if (file.endsWith('-infrastructure/cdk.tf.json')) return ofRoles(JSON.parse(text) as StackJson);
    if (file.endsWith('externalsecret-s3-identities.yaml')) return ofIdentities(environment, text);
    if (file.endsWith('-users.yaml') && file.includes('/configmap-')) return ofUsers(environment, text);
    return [];
  });
}

type Attributes = { readonly [name: string]: unknown };

/** Buckets on AWS. */
function ofRoles({ resource = {} }: StackJson): Privilege[] {
  const all = (type: string) => Object.entries(resource[type] ?? {}) as [string, Attributes][];
  const roles = new Map(all('aws_iam_role').map(([id, role]) => [id, String(role.name)]));
  const policies = all('aws_iam_role_policy').filter(([, { policy }]) => String(policy).includes('s3:'));
  return policies.flatMap(([, { role, policy }]) => {
    const name = roles.get(/aws_iam_role\.([\w-]+)\./.exec(String(role))?.[1] ?? '') ?? String(role);
    const { Statement } = JSON.parse(String(policy)) as { readonly Statement: Attributes[] };
    return Statement.flatMap(({ Action, Resource }) => {
      const actions = [Action].flat() as string[];
      const may = actions.includes('s3:PutObject') ? 'write' : actions.includes('s3:GetObject') ? 'read' : undefined;
      if (may === undefined) return [];
      return ([Resource].flat() as string[]).map((arn) => {
        const [, bucket, key] = /aws_s3_bucket\.([\w-]+?)_[0-9A-F]{8}\.arn\}\/(.*)\*$/.exec(arn) ?? [];
        const [, environment, who] = /^(.+?)-[a-z]{2}-[a-z]+-\d-(.+)$/.exec(name) ?? ['', '', name];
        return { environment, who, service: bucket, part: key || EVERYTHING, may };
      });
    });
  });
}

/** Buckets in the cluster. */
function ofIdentities(environment: string, text: string): Privilege[] {
  const { spec } = parse(text) as { spec: { target: { template: { data: { [file: string]: string } } } } };
  const { identities } = JSON.parse(spec.target.template.data['identities.json']) as {
    identities: { name: string; actions: string[] }[];
  };
  return identities.flatMap(({ name, actions }) =>
    actions.flatMap((action) => {
      const [, verb, service, part] = /^(Read|Write):([^/]+)\/?(.*?)\*?$/.exec(action) ?? [];
      if (verb === undefined) return [];
      const bucket = service.replace(`${environment}-`, '');
      return { environment, who: name, service: bucket, part: part || EVERYTHING, may: verb.toLowerCase() };
    }),
  );
}

/** Databases and caches. */
function ofUsers(environment: string, text: string): Privilege[] {
  const { metadata, data } = parse(text) as { metadata: { name: string }; data: { [file: string]: string } };
  const service = metadata.name.replace(/-users$/, '');
  if (data['users.sql'] === undefined) {
    return (data['users.txt'] ?? '').split('\n').flatMap((line) => {
      const [, who, rules] = /^(?:\S+ )?(\S+) on (.*)$/.exec(line) ?? [];
      if (who === undefined) return [];
      const part = rules
        .split(' ')
        .filter((rule) => rule.includes('~'))
        .join(' ')
        .replace(/%R~|~/g, '');
      return {
        environment,
        who,
        service,
        part: part === '*' ? EVERYTHING : part,
        may: rules.includes('+@all') ? 'write' : 'read',
      };
    });
  }
  return data['users.txt']
    .split('\n')
    .filter(Boolean)
    .map((who) => {
      const writes = data['users.sql'].includes(`ALTER ROLE "${who}" SET role`);
      const [, path] =
        new RegExp(`ALTER ROLE "${who}" SET search_path TO (.*), "public"`).exec(data['users.sql']) ?? [];
      return { environment, who, service, part: path ?? '', may: writes ? 'write' : 'read' };
    });
}

describe.each(EXAMPLES)('%s', (_example, files) => {
  const all = privileges(files);

  test('who may do what', () => {
    const lines = all.map(({ environment, who, service, part, may }) =>
      [environment, service, who, may, part].join(' | '),
    );
    expect([...new Set(lines)].sort()).toMatchSnapshot();
  });

  test('nobody writes a whole bucket that others use too', () => {
    const usersOf = ({ environment, service }: Privilege) =>
      new Set(all.filter((one) => one.environment === environment && one.service === service).map(({ who }) => who));
    const buckets = all.filter(({ service }) => !['cache', 'database'].includes(service));
    const wide = buckets.filter((one) => one.may === 'write' && one.part === EVERYTHING && usersOf(one).size > 1);
    expect(wide).toEqual([]);
    expect(buckets.some(({ may, part }) => may === 'write' && part !== EVERYTHING)).toBe(true);
  });

  test('no pod but the one that makes users has the password of an administrator', () => {
    const holders = Object.entries(files).filter(
      ([file, text]) =>
        /^kind: (Deployment|Job|CronJob|StatefulSet)$/m.test(text) &&
        /secretName: \S+-(admin|app|superuser)$/m.test(text) &&
        !file.includes('-users.yaml'),
    );
    expect(holders.map(([file]) => file)).toEqual([]);
  });
});
