/** A notion that several kinds, constructs and providers take: its values, and the names of the fields and props that are of it. */
export interface Notion {
  /** Names of fields and props that take it. */
  readonly names: RegExp;
  /** Their type. */
  readonly type: 'string' | 'number';
  readonly good: readonly (string | number)[];
  readonly bad: readonly (string | number)[];
}

/** What a program, the API server or a cloud would take, and what it would refuse, whoever asks. */
export const NOTIONS: { readonly [notion: string]: Notion } = {
  'a cron schedule': {
    names: /schedule$/i,
    type: 'string',
    good: [
      '0 2 * * *',
      '*/15 * * * *',
      '0 0 * * MON-fri',
      '0 0 1,15 jan-jun ?',
      '07 00 * * 0',
      '0 0 29 2 *',
      '0 0 31 2 mon',
      '5/10 1-5/2 * * *',
      '@daily',
      '@hourly',
    ],
    bad: [
      '60 0 * * *',
      '*/0 * * * *',
      '0 24 * * *',
      '0 0 0 * *',
      '0 0 32 * *',
      '0 0 * 13 *',
      '0 0 * * 7',
      '0 5-1 * * *',
      '0 0 * * fri-mon',
      '0 0 * * 3-mon',
      '0 0 * dec-1 *',
      '0 0 31 2 *',
      '0 0 30 feb *',
      '0 0 31 4,6,sep ?',
      '0 0 * * someday',
      '0 0 * *',
      '0 0 0 * * *',
      ' 0 2 * * *',
      '0  2 * * *',
      '1-2-3 * * * *',
      '@every 1h',
      '@fortnightly',
      '@Daily',
      'TZ=Europe/Berlin 0 2 * * *',
      '0 2 * * *\n',
    ],
  },
  'a time zone': {
    names: /timeZone$/i,
    type: 'string',
    good: ['Etc/UTC', 'UTC', 'Europe/Berlin', 'America/Argentina/ComodRivadavia', 'Etc/GMT+5', 'Asia/Calcutta'],
    bad: [
      'Mars/Phobos',
      'europe/berlin',
      'Local',
      'local',
      '+02:00',
      'UTC+2',
      'Europe',
      '../UTC',
      'Etc/UTC ',
      'Factory',
    ],
  },
  'a container image': {
    names: /image$/i,
    type: 'string',
    good: [
      'registry.example/team/api:1.2.3',
      'localhost:5000/api:1',
      `ghcr.io/acme/api:1.2.3@sha256:${'a'.repeat(64)}`,
      `kindest/node@sha256:${'b'.repeat(64)}`,
      '[2001:db8::1]:5000/api:1',
    ],
    bad: [
      'Registry/API:1',
      'a::1',
      'a:1:2',
      'https://registry.example/api:1',
      'api:1 ',
      '/api:1',
      'api@sha256:abc',
      'a//b:1',
      'a:$(TAG)',
    ],
  },
  'an amount of CPU': {
    names: /cpu(Limit)?$/i,
    type: 'string',
    good: ['500m', '2', '1.5'],
    bad: ['two', '1 core', '-1', '', '1c', '0x2', '1,5', 'm'],
  },
  'an amount of bytes': {
    names: /(memory|memoryLimit|storage|size)$/i,
    type: 'string',
    good: ['20Gi', '64Gi'],
    bad: ['512MB', '2 Gi', '-2Gi', 'Gi', '', '2gi', '1,5Gi', '1e'],
  },
  'a duration': {
    names: /(timeout|interval|maxAge|duration|history|retention|latencyP\d\d)$/i,
    type: 'string',
    good: ['30m', '1h30m', '7d', '1.5h'],
    bad: ['0s', '0d0h', '-1h', '5', 'h', '1 h', '1w', '1h 5m', '', '1,5h', 'PT5M', '5M'],
  },
  'a host name': {
    names: /(^host|domain)$/i,
    type: 'string',
    good: ['ml.example.com', 'a.b'],
    bad: [
      'https://ml.example.com',
      'ml.example.com:443',
      'ml..example.com',
      '-a.example.com',
      'ml_1.example.com',
      'ML.example.com',
      'ml.example.com/',
      '',
      '*',
      `${'a'.repeat(64)}.com`,
    ],
  },
  'the address of a server': {
    names: /(server|mlflowUrl|openLineageUrl|uri)$/i,
    type: 'string',
    good: ['https://mlflow.example.com', 'https://mlflow.example.com:8443/a/b/'],
    bad: [
      'mlflow',
      'ftp://mlflow.example.com',
      'https://',
      'https://me:secret@mlflow.example.com',
      'https://mlflow.example.com:99999',
      'https://mlflow.example.com:0',
      'https://a b',
      'https://mlflow.example.com/../x',
      'https://mlflow.example.com/$(X)',
    ],
  },
  'a port': {
    names: /port$/i,
    type: 'number',
    good: [8080, 65_535],
    bad: [0, -1, 65_536, 80.5],
  },
  'a percentage of a request': {
    names: /(percent|utilization)$/i,
    type: 'number',
    good: [1, 70, 100],
    bad: [0, -5, 70.5],
  },
};

/** Keys and values of labels. */
export const LABELS = {
  good: [
    { team: 'a' },
    { 'example.com/team': 'A.b_c-1' },
    { team: '' },
    { [`${'a.'.repeat(126)}a/${'b'.repeat(63)}`]: 'c'.repeat(63) },
  ],
  bad: [
    { 'te am': 'a' },
    { 'Example.com/team': 'a' },
    { 'example..com/team': 'a' },
    { '/team': 'a' },
    { 'a/b/c': 'a' },
    { ['b'.repeat(64)]: 'a' },
    { team: 'c'.repeat(64) },
    { team: '-a' },
    { team: 'a b' },
    { '': 'a' },
  ],
};
