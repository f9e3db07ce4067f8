import { execFileSync } from 'node:child_process';
import * as path from 'node:path';

import { App, Chart } from 'cdk8s';

import { MLWorkflowSpec } from '../../../src/api';
import { MLWorkflowObjects } from '../../../src/kinds/ml-workflow/ml-workflow-objects';
import { describeTool } from '../describe-tool';
import { whyNoPostgres } from '../postgres';
import { pythonWith, whyNoPython } from '../python';
import { Mlflow } from './mlflow';
import { Outcome, Programs } from './programs';

// the first run installs MLflow

interface Found {
  readonly versions: readonly {
    readonly version: number;
    readonly tags: Readonly<Record<string, string>>;
    readonly source: string;
    readonly run: string;
  }[];
  readonly runs: readonly {
    readonly id: string;
    readonly name: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
}

describeTool("stages with the platform's MLflow", whyNoPython() ?? whyNoPostgres(), () => {
  const programs = new Programs();
  let python = '';
  let mlflow: Mlflow | undefined;
  let uri = '';

  beforeAll(async () => {
    python = await pythonWith('model-jobs');
    mlflow = await Mlflow.start(python);
    ({ uri } = mlflow);
  });

  afterAll(async () => {
    await mlflow?.stop();
    programs.remove();
  });

  /** The variables of a stage in a run, as the construct sets them and Argo fills them in. */
  function variables(run: string, stage: string, tags: string[] = [], version?: string): Record<string, string> {
    const chart = new Chart(new App(), 'test');
    const config = { name: 'fraud-detector', tags, ...(version === undefined ? {} : { version }) };
    const spec = {
      type: 'training',
      stages: [
        { name: 'train', type: 'python-job', config: { script: 'pass' } },
        { name: 'evaluate', type: 'evaluation', config: { metrics: ['accuracy'], threshold: 0.85 } },
        { name: 'register', type: 'model-registry', config },
      ],
    } as unknown as MLWorkflowSpec;
    const settings = { trackingUri: uri };
    new MLWorkflowObjects(chart, 'w', { name: 'fraud', namespace: 'ml-workflows', spec, settings });
    const objects = chart.toJson() as { kind: string; spec: { templates: readonly Template[] } }[];
    const { templates } = objects.find(({ kind }) => kind === 'WorkflowTemplate')!.spec;
    const env = templates.find(({ name }) => name === `stage-${stage}`)!.container!.env;
    const kept = env.filter(({ name }) => !['HOME', 'TERMINATION_LOG', 'METRICS_OUTPUT'].includes(name));
    return Object.fromEntries(
      kept.map(({ name, value }) => [
        name,
        value.replaceAll('{{workflow.name}}', run).replaceAll(/\{\{inputs[^}]*\}\}/g, 'e30='),
      ]),
    );
  }

  function train(run: string, accuracy: number, ...model: string[]): void {
    execFileSync(python, [path.join(__dirname, 'train.py'), String(accuracy), ...model], {
      env: { PATH: process.env.PATH, HOME: programs.folder, ...variables(run, 'train') },
      stdio: 'pipe',
    });
  }

  function evaluate(run: string): Outcome {
    return programs.run('python3', 'evaluation_gate.py', variables(run, 'evaluate'));
  }

  function register(run: string, tags: string[] = [], version?: string): Outcome {
    return programs.run(python, 'register_model.py', variables(run, 'register', tags, version));
  }

  function found(): Found {
    const text = execFileSync(
      python,
      [path.join(__dirname, 'versions.py'), 'ml-workflows.fraud-detector', 'ml-workflows/fraud'],
      {
        env: { PATH: process.env.PATH, HOME: programs.folder, MLFLOW_TRACKING_URI: uri },
        encoding: 'utf8',
      },
    );
    return JSON.parse(text) as Found;
  }

  test('a training that knows of MLflow only has the names of its run, its figures and its model are found', () => {
    train('fraud-1', 0.91, 'model');
    const [run] = found().runs;
    expect(run.name).toBe('fraud-1.train');
    expect(run.tags).toMatchObject({
      'nstarx.io/workflow-run': 'ml-workflows/fraud-1',
      'nstarx.io/workflow': 'ml-workflows/fraud',
      'nstarx.io/workflow-stage': 'train',
    });
    expect(evaluate('fraud-1')).toMatchObject({ status: 0, metrics: { accuracy: 0.91 } });
    expect(register('fraud-1', ['production-ready', 'owner=fraud-team'], 'v3.0')).toMatchObject({
      status: 0,
      message: 'ml-workflows.fraud-detector has version 1 in MLflow',
    });
    const { versions } = found();
    expect(versions).toEqual([
      {
        version: 1,
        run: run.id,
        source: expect.stringMatching(/^models:\/m-/) as string,
        tags: {
          'production-ready': 'true',
          owner: 'fraud-team',
          version: 'v3.0',
          'nstarx.io/workflow-run': 'ml-workflows/fraud-1',
        },
      },
    ]);
  });

  test('another attempt of the same run registers nothing anew', () => {
    expect(register('fraud-1', ['production-ready', 'v3.1'])).toMatchObject({ status: 0 });
    const { versions } = found();
    expect(versions).toHaveLength(1);
    expect(versions[0].tags).toMatchObject({ 'v3.1': 'true' });
  });

  test('the figures and the model are those of the run, not of an earlier one', () => {
    train('fraud-2', 0.5, 'model');
    expect(evaluate('fraud-2')).toMatchObject({
      status: 3,
      message: 'accuracy is 0.5, below the threshold 0.85',
    });
    expect(register('fraud-2')).toMatchObject({
      status: 0,
      message: 'ml-workflows.fraud-detector has version 2 in MLflow',
    });
    const { versions, runs } = found();
    const second = runs.find(({ name }) => name === 'fraud-2.train')!;
    expect(versions[1]).toMatchObject({ version: 2, run: second.id });
  });

  test('a training that was tried again counts with its last attempt', () => {
    train('fraud-3', 0.2);
    train('fraud-3', 0.95);
    expect(evaluate('fraud-3')).toMatchObject({ status: 0, metrics: { accuracy: 0.95 } });
  });

  test('a run without a model fails for good and says what to do', () => {
    expect(register('fraud-3')).toMatchObject({
      status: 3,
      message: expect.stringMatching(
        /^no run of ml-workflows\/fraud-3 in experiment ml-workflows\/fraud has a model: log it with MLflow/,
      ) as string,
    });
    expect(evaluate('fraud-4')).toMatchObject({ status: 3 });
  });

  test('its tables are in its schema, and artifacts in its folder of the bucket, which the stages have no keys for', async () => {
    expect(await mlflow?.schemas()).toEqual(['vision']);
    const keys = (await mlflow?.keys()) ?? [];
    expect(keys.filter((key) => key.endsWith('/MLmodel')).length).toBeGreaterThan(0);
    expect(keys.filter((key) => !key.startsWith('mlflow/vision/'))).toEqual([]);
    expect(Object.keys(variables('fraud-1', 'train')).filter((name) => name.startsWith('AWS_'))).toEqual([
      'AWS_EC2_METADATA_DISABLED',
    ]);
  });

  test.each([
    ['the name of its Service', 'mlflow.vision.svc.cluster.local:5000', 200],
    ['a short name of its Service', 'mlflow.vision:5000', 200],
    ['the address of its pod, as Prometheus has it', '10.1.2.3:5000', 200],
    ['another address', '10.1.2.4:5000', 403],
    ['the name of somebody else', 'evil.example:5000', 403],
    ['a name that begins alike', 'mlflow.vision.svc.evil.example:5000', 403],
  ])('%s as host is answered with %s: %d', async (_what, host, status) => {
    expect(await mlflow?.statusFor(host, '/metrics')).toBe(status);
    expect(await mlflow?.statusFor(host, '/api/2.0/mlflow/experiments/search?max_results=1')).toBe(status);
    // the kubelet's probes
    for (const probe of ['/health', '/version']) expect(await mlflow?.statusFor(host, probe)).toBe(200);
  });
});

interface Template {
  readonly name: string;
  readonly container?: { readonly env: readonly { readonly name: string; readonly value: string }[] };
}
