import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { describeTool } from '../describe-tool';
import { whyNoJava } from '../java';
import { Postgres, startPostgres, whyNoPostgres } from '../postgres';
import { cacheFolder, pythonWith, whyNoPython } from '../python';
import { mount, objects, textsBelow } from './support';

const run = promisify(execFile);

interface Template {
  readonly sparkConf: Record<string, string>;
  readonly deps: { readonly packages: readonly string[] };
  readonly arguments: readonly string[];
  readonly driver: { readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[] };
  readonly volumes: readonly { readonly name: string; readonly secret?: object; readonly configMap?: object }[];
}

/** The SparkApplication and the ConfigMap of a pipeline on Spark itself; folders take the place of volumes and of the bucket. */
describeTool('the job of a pipeline on Spark', whyNoPython() ?? whyNoJava() ?? whyNoPostgres(), () => {
  let folder: string;
  let python: string;
  let postgres: Postgres;

  beforeAll(async () => {
    python = await pythonWith('pipeline-runner');
    postgres = await startPostgres();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'spark-'));
  });

  afterAll(async () => {
    await postgres.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function job(spec: object): Promise<{ code: number; result: Record<string, unknown>; text: string }> {
    const made = objects({ source, ...spec });
    const template = made.SparkApplication.spec as unknown as Template;
    // every mount of the driver is a folder here, under its own name
    const root = path.join(folder, 'root');
    for (const { name, mountPath } of template.driver.volumeMounts) {
      const volume = template.volumes.find((one) => one.name === name);
      const files = volume?.configMap ? made.ConfigMap.data : volume?.secret ? secret() : {};
      mount(path.join(root, mountPath), files);
    }
    const program = path.join(root, 'opt/pipeline');
    const file = path.join(program, 'pipeline.json');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('s3://lake', `file://${folder}/lake`));
    const result = path.join(folder, 'termination-log');
    const given = template.arguments
      .map((argument) => (argument.startsWith('/') ? path.join(root, argument) : argument))
      .map((argument, index, all) => (/^--metrics/.test(all[index - 1] ?? '') ? '-1' : argument));
    const conf = { ...template.sparkConf, 'spark.jars.ivy': cacheFolder('ivy'), 'spark.ui.enabled': 'false' };
    const flags = Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
    const packages = template.deps.packages.filter((one) => !one.includes('hadoop-aws')).join(',');
    const submit = ['--master', 'local[2]', '--packages', packages, ...flags, 'pyspark-shell'].join(' ');
    const env = { ...process.env, PYSPARK_SUBMIT_ARGS: submit, PYSPARK_PYTHON: python, SPARK_LOCAL_IP: '127.0.0.1' };
    const options = { env, timeout: 900_000, maxBuffer: 64 * 1024 * 1024, cwd: path.join(root, 'opt/spark/work-dir') };
    const { code, text } = await run(
      python,
      [path.join(program, 'main.py'), ...given, '--result', result],
      options,
    ).then(
      ({ stderr }) => ({ code: 0, text: stderr }),
      (error: unknown) => {
        const { code, stderr } = error as { readonly code: number; readonly stderr: string };
        return { code, text: stderr };
      },
    );
    if (!fs.existsSync(result)) throw new Error(text.slice(-4000));
    return { code, result: JSON.parse(fs.readFileSync(result, 'utf8')) as Record<string, unknown>, text };
  }

  const source = {
    type: 'database',
    config: {
      driver: 'postgresql',
      connection: { secretRef: { name: 'db' } },
      query:
        "SELECT i AS id, TIMESTAMPTZ '2026-01-01' AS updated_at FROM generate_series(1, 3) AS i WHERE now() > :last_run",
    },
  };
  const secret = (): Record<string, string> => ({
    host: '127.0.0.1',
    port: `${postgres.port}`,
    database: 'postgres',
    username: postgres.user,
    password: postgres.password,
  });
  const sink = { type: 'datalake', config: { path: 's3://lake/orders/', format: 'json' } };

  test('the program finds its spec and the Secret, reads, writes, and says what it did', async () => {
    const quality = [{ name: 'small', type: 'range', column: 'id', max: 2, onFailure: 'warn' }];
    const { code, result, text } = await job({ sink, quality });
    expect({ code, text: code === 0 ? '' : text.slice(-3000) }).toEqual({ code: 0, text: '' });
    expect(result).toMatchObject({ state: 'Completed', recordsRead: 3, recordsWritten: 2, failedChecks: ['small'] });
    expect(textsBelow(path.join(folder, 'lake/orders')).join('')).toContain('"id":1');
  });

  test('a check that fails the run ends with code 3, which the operator knows', async () => {
    const quality = [{ name: 'small', type: 'range', column: 'id', max: 2 }];
    const { code, result } = await job({
      sink: { ...sink, config: { ...sink.config, path: 's3://lake/none/' } },
      quality,
    });
    expect(code).toBe(3);
    expect(result).toMatchObject({ state: 'Failed', failedChecks: ['small'] });
    expect(textsBelow(path.join(folder, 'lake/none'))).toEqual([]);
  });
});
