import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { provisionBuckets, S3Bucket } from '../../../src/providers/in-cluster/s3-provisioner';
import { temporaryFolder } from '../../support/synth';
import { environmentOf, manifest, specOf } from './support';

/** Stands for `weed`: keeps the names of buckets in a file, writes down each command, and always ends well, as weed does. */
const WEED = `#!/bin/sh
read -r command
echo "$command" >> "$STATE/log"
case "$command" in
  *"$FAIL"*) echo 'error: rpc error: filer is down' ;;
  s3.bucket.list) cat "$STATE/buckets" ;;
  's3.bucket.create -name '*) printf '  %s\\tsize:0\\n' "\${command##* }" >> "$STATE/buckets" ;;
  *) echo done ;;
esac
`;

function run(buckets: S3Bucket[], state = temporaryFolder(), fail = 'nothing') {
  fs.writeFileSync(path.join(state, 'weed'), WEED, { mode: 0o755 });
  fs.writeFileSync(path.join(state, 'buckets'), '', { flag: 'a' });
  fs.rmSync(path.join(state, 'log'), { force: true });
  const script = path.join(state, 'provision.sh');
  fs.writeFileSync(script, provisionBuckets(buckets));
  const { status, stderr } = spawnSync('sh', ['-e', script], {
    encoding: 'utf8',
    env: { PATH: `${state}:${process.env.PATH}`, STATE: state, FAIL: fail },
  });
  const commands = fs.readFileSync(path.join(state, 'log'), 'utf8').trim().split('\n');
  return { status, stderr, state, commands: commands.filter((command) => command !== 's3.bucket.list') };
}

const BUCKETS: S3Bucket[] = [
  { serviceName: 'artifacts', bucketName: 'sample-artifacts', versioned: true },
  { serviceName: 'scratch', bucketName: 'sample-scratch', versioned: false, expirationDays: 30 },
];
const IMPORT = 's3.iam.import -file /etc/s3/identities/identities.json -apply';

test('buckets are made first, identities last', () => {
  const { status, commands } = run(BUCKETS);
  expect(commands).toEqual([
    's3.bucket.create -name sample-artifacts',
    's3.bucket.versioning -name sample-artifacts -enable',
    's3.bucket.create -name sample-scratch',
    'fs.configure -locationPrefix=/buckets/sample-scratch/ -ttl=30d -apply',
    IMPORT,
  ]);
  expect(status).toBe(0);
});

test('a second run makes no bucket again', () => {
  const { state } = run(BUCKETS);
  const { status, commands } = run(BUCKETS, state);
  expect(commands.filter((command) => command.startsWith('s3.bucket.create'))).toEqual([]);
  expect(commands).toContain(IMPORT);
  expect(status).toBe(0);
});

test.each(['s3.bucket.list', 's3.bucket.create', 's3.bucket.versioning', 'fs.configure', 's3.iam.import'])(
  'a failure of %s is noticed although weed ends well',
  (command) => {
    const { status, stderr } = run(BUCKETS, temporaryFolder(), command);
    expect(status).not.toBe(0);
    expect(stderr).toContain('filer is down');
  },
);

test.each([
  [255, '255d'],
  [256, '37w'],
  [1785, '255w'],
  [1786, '5y'],
])('%d days are %s for SeaweedFS', (expirationDays, ttl) => {
  const script = provisionBuckets([{ serviceName: 'a', bucketName: 'aaa', versioned: false, expirationDays }]);
  expect(script).toContain(` -ttl=${ttl} `);
});

test('the provisioner is a restricted pod that waits for script and identities', () => {
  const environment = environmentOf();
  environment.addObjectStore('artifacts');
  const { template } = specOf(manifest(environment, 'Deployment', 's3-provisioner')) as {
    template: { spec: Record<string, unknown> };
  };
  expect(template.spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        image: expect.stringMatching(/^docker\.io\/chrislusf\/seaweedfs:4\.44@sha256:[0-9a-f]{64}$/) as unknown,
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        readinessProbe: { exec: { command: ['test', '-f', '/tmp/provisioned'] } },
      },
    ],
    volumes: [
      { name: 'script', configMap: { name: 's3-provisioner' } },
      { name: 'identities', secret: { secretName: 's3-identities' } },
      { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
    ],
  });
  const { 'provision.sh': script } = manifest(environment, 'ConfigMap', 's3-provisioner').data as {
    'provision.sh': string;
  };
  expect(script).toContain("make_bucket 'sample-artifacts'");
});
