import { Mistake, programOf } from './mistake';

/** Which part of a backing service a workload gets. */
const GRANTS: { readonly what: string; readonly grant: string; readonly stderr: string }[] = [
  {
    what: 'a folder without a slash at its end, which would be those that start like it too',
    grant: `platform.artifactBucket.grantRead(api, { prefixes: ['features'] });`,
    stderr:
      "[local/backing-services/artifacts] prefixes must be folders, without a slash at the start and with one at the end, got \"features\": write them like 'features/' or 'models/fraud/', of letters, digits, hyphens, dots, underscores and equals signs.",
  },
  {
    what: 'no folder of a bucket',
    grant: 'platform.artifactBucket.grantRead(api, { prefixes: [] });',
    stderr:
      '[local/backing-services/artifacts] prefixes must name at least one, got []: leave it out for the whole bucket.',
  },
  {
    what: 'a folder of a database',
    grant: `platform.database.grantRead(api, { prefixes: ['features/'] });`,
    stderr:
      '[local/backing-services/database] prefixes must not be given for a database, got ["features/"]: give schema, or nothing.',
  },
  {
    what: 'a pattern of keys of a cache',
    grant: `platform.cache.grantRead(api, { prefixes: ['session:*'] });`,
    stderr:
      '[local/backing-services/cache] prefixes must be the beginnings of keys, of at most 100 letters, digits, hyphens, dots, colons, slashes and underscores, got "session:*": write them like \'session:\'.',
  },
  {
    what: 'a schema that everybody has',
    grant: `platform.database.grantReadWrite(api, { schema: 'public' });`,
    stderr:
      '[local/backing-services/database] schema must be a name of at most 55 characters that PostgreSQL does not use itself, got "public": use lower-case letters, digits and underscores, starting with a letter; not public, information_schema or pg_….',
  },
  {
    what: 'a database of its own with a name that SQL has',
    grant: `platform.database.grantReadWrite(api, { database: 'order' });`,
    stderr:
      '[local/backing-services/database] database must not be a key word of SQL, got "order": name it like order_db; RDS refuses key words.',
  },
  {
    what: 'a topic that nobody adds',
    grant: `const bus = local.addMessageBus('bus');
bus.grantProduce(api, ['app-ml-team.jobs']);`,
    stderr:
      '[local/backing-services/bus] grantProduce: topics must be topics that are added, got "app-ml-team.jobs": call addTopic(\'app-ml-team.jobs\') before, or name one that is added: none yet.',
  },
  {
    what: 'two schemas of one workload',
    grant: `platform.database.grantReadWrite(api, { schema: 'orders' });
platform.database.grantRead(api, { schema: 'payments' });`,
    stderr:
      '[local/backing-services/database] schema must be one for app-ml-team.api, got "orders and payments": have two workloads, or have those who share tables name the same schema.',
  },
];

export const GRANT_MISTAKES: Mistake[] = GRANTS.map(({ what, grant, stderr }) => ({
  what,
  program:
    programOf(`const api = new lib.ServiceWorkload(chart, 'api', { namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.0.0' });
${grant}`),
  stderr,
}));
