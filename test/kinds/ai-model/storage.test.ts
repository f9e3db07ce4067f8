import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Chart } from 'cdk8s';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { MODEL_DIRECTORY } from '../../../src/kinds/ai-model/runtimes';
import { AIModelSettings } from '../../../src/kinds/ai-model/settings';
import { ARTIFACT_CHECK_SCRIPT, ModelArtifactCheck } from '../../../src/kinds/ai-model/storage';
import { make, predictor, SPEC } from './support';

describe('where the model comes from', () => {
  test.each([
    ['s3a://models/churn', 's3://models/churn/'],
    // not what begins alike: 1.4.10
    ['s3://models/churn/1.4.1', 's3://models/churn/1.4.1/'],
    ['s3://models/churn/1.4.1//', 's3://models/churn/1.4.1/'],
    ['s3://models', 's3://models/'],
    ['s3://models/churn/1.4.1/model.joblib', 's3://models/churn/1.4.1/model.joblib'],
    ['s3://models/churn/1.4.1.tar.gz', 's3://models/churn/1.4.1.tar.gz'],
    ['s3://models/churn/model.onnx/', 's3://models/churn/model.onnx/'],
    ['abfss://box@acme.dfs.core.windows.net/churn/1', 'https://acme.blob.core.windows.net/box/churn/1/'],
    ['abfss://box@acme.dfs.core.windows.net/churn/m.pkl', 'https://acme.blob.core.windows.net/box/churn/m.pkl'],
    ['https://acme.blob.core.windows.net/box/churn/1', 'https://acme.blob.core.windows.net/box/churn/1/'],
    // these ask for the folder themselves
    ['gs://models/churn/1', 'gs://models/churn/1'],
    ['https://models.example.com/churn/1', 'https://models.example.com/churn/1'],
    ['hf://org/churn', 'hf://org/churn'],
  ])('%s is fetched as %s', (location, uri) => {
    expect(predictor(make({ storage: { location } }))).toMatchObject({
      initContainers: [{ args: [uri, '/mnt/models'] }],
    });
  });

  test('a claim is mounted, and nothing is fetched', () => {
    const made = predictor(make({ storage: { location: 'pvc://models/churn/1' } }));
    expect(made).not.toHaveProperty('initContainers');
    expect(made).toMatchObject({
      volumes: [{}, { persistentVolumeClaim: { claimName: 'models', readOnly: true } }],
      model: { volumeMounts: [{}, { mountPath: '/mnt/models', subPath: 'churn/1', readOnly: true }] },
    });
  });

  test('an image is a volume', () => {
    const made = predictor(make({ storage: { location: 'oci://registry.example.com/churn:1' } }));
    expect(made).toMatchObject({ volumes: [{}, { image: { reference: 'registry.example.com/churn:1' } }] });
  });

  test('a checksum is compared before the server starts', () => {
    const sha256 = 'a'.repeat(64);
    const made = predictor(make({ storage: { location: 's3://models/churn', sha256 } }));
    expect(made).toMatchObject({ initContainers: [{}, { name: 'checksum', command: ['python3', '-c', {}, sha256] }] });
    // the program knows by itself where the model is
    const { initContainers } = made as { initContainers: { command: string[] }[] };
    expect(initContainers[1].command[2]).toContain(`FOLDER = "${MODEL_DIRECTORY}"`);
  });

  test('keys come from the Secret of the model, else from those of the platform', () => {
    const storage: AIModelSettings['storage'] = {
      env: { AWS_ENDPOINT_URL_S3: 'http://s3:8333', AWS_REGION: 'us-east-1' },
      secretEnv: [{ name: 'AWS_ACCESS_KEY_ID', secretName: 'bucket', key: 'id' }],
    };
    expect(predictor(make({}, { storage }))).toMatchObject({
      initContainers: [
        {
          env: expect.arrayContaining([
            { name: 'AWS_ENDPOINT_URL', value: 'http://s3:8333' },
            { name: 'AWS_DEFAULT_REGION', value: 'us-east-1' },
            { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 'bucket', key: 'id' } } },
          ]) as object[],
        },
      ],
    });
    const own = predictor(make({ storage: { location: 's3://x/y', secretRef: { name: 'mine' } } }, { storage }));
    expect(own).toMatchObject({ initContainers: [{ envFrom: [{ secretRef: { name: 'mine' } }] }] });
    expect(JSON.stringify(own)).not.toContain('bucket');
  });
});

describe('the check of a location', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'artifact-check-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Runs the script with a program in the place of rclone. */
  function start(rclone: string, patience = 30): ChildProcess {
    fs.writeFileSync(path.join(folder, 'rclone'), `#!/bin/sh\n${rclone}\n`, { mode: 0o755 });
    return spawn('/bin/sh', ['-c', ARTIFACT_CHECK_SCRIPT], {
      stdio: 'ignore',
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        TERMINATION_LOG: path.join(folder, 'log'),
        FOLDER: folder,
        PATIENCE: String(patience),
        REMOTE: ':s3:models/a/',
      },
    });
  }

  async function ended(check: ChildProcess): Promise<{ readonly code: unknown; readonly said: string }> {
    const [code] = (await once(check, 'exit')) as [unknown];
    return { code, said: fs.readFileSync(path.join(folder, 'log'), 'utf8').trim() };
  }

  test.each([
    ['something is there', 'echo model.onnx', 0, 'found'],
    ['nothing is there', 'true', 3, 'there is nothing'],
    ['the bucket is not there', 'echo "directory not found" >&2; exit 3', 3, 'there is nothing'],
    ['a file is not there', 'echo "object not found" >&2; exit 4', 3, 'there is nothing'],
    [
      'there are no keys',
      // as rclone 1.60 says it; its first line is always there
      'printf "NOTICE: Config file not found - using defaults\\nFailed to lsf: NoCredentialProviders\\n\\tFor verbose messaging\\n" >&2; exit 1',
      4,
      'Failed to lsf: NoCredentialProviders',
    ],
    ['it may not be read', 'echo one >&2; echo "403 Forbidden" >&2; exit 1', 4, '403 Forbidden'],
  ])('%s', async (_name, rclone, code, said) => {
    expect(await ended(start(rclone))).toEqual({ code, said });
  });

  test('a store that does not answer is given up, with a last word', async () => {
    expect(await ended(start('echo "Failed to lsf: retrying" >&2; exec sleep 60', 1))).toEqual({
      code: 4,
      said: 'no answer within 1 seconds: see that the namespace may reach the store and has keys. Failed to lsf: retrying',
    });
  });

  test('it stops at once when it is told to, and says so', async () => {
    const check = start('touch "$FOLDER/began"; exec sleep 60');
    while (!fs.existsSync(path.join(folder, 'began'))) await new Promise((resolve) => setTimeout(resolve, 20));
    check.kill('SIGTERM');
    expect(await ended(check)).toEqual({ code: 143, said: 'it was stopped before the store answered' });
  });

  test('no client asks the metadata address of the node, and each attempt has its time', () => {
    const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
    new ModelArtifactCheck(chart, 'check', { name: 'churn', namespace: 'ml', spec: SPEC });
    const job = (chart.toJson() as KubernetesObject[]).find(({ kind }) => kind === 'Job');
    const env = [
      { name: 'AWS_EC2_METADATA_DISABLED', value: 'true' },
      { name: 'RCLONE_CONTIMEOUT', value: '10s' },
      { name: 'RCLONE_TIMEOUT', value: '20s' },
    ].map((variable) => expect.objectContaining(variable) as unknown);
    expect(job?.spec).toMatchObject({
      template: {
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [{ env: expect.arrayContaining(env) as unknown }],
        },
      },
    });
  });
});
