import * as fs from 'node:fs';

import { describeTool } from '../describe-tool';
import { whyNoPython } from '../python';
import { Outcome, Programs } from './programs';

describeTool('evaluation gate', whyNoPython(), () => {
  const programs = new Programs();

  afterAll(() => programs.remove());

  function gate(
    metrics: readonly string[],
    threshold: number | undefined,
    inputs: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Outcome {
    return programs.run('python3', 'evaluation_gate.py', {
      EVALUATION_METRICS: JSON.stringify(metrics),
      ...(threshold === undefined ? {} : { EVALUATION_THRESHOLD: String(threshold) }),
      METRICS_INPUTS: String(inputs.length),
      ...Object.fromEntries(inputs.map((text, at) => [`METRICS_INPUT_${at}`, text])),
      ...more,
    });
  }

  test('figures that reach the threshold let the run go on, and are handed on', () => {
    const outcome = gate(['accuracy', 'recall'], 0.85, ['{"accuracy": 0.85, "recall": 0.91, "loss": 3}']);
    expect(outcome).toMatchObject({ status: 0, metrics: { accuracy: 0.85, recall: 0.91 } });
    expect(outcome.message).toBe('accuracy 0.85, recall 0.91');
  });

  test('a run with a figure below it fails for good, and every such figure is named', () => {
    const outcome = gate(['accuracy', 'precision', 'recall'], 0.85, [
      '{"accuracy": 0.84, "precision": 0.9, "recall": 0.2}',
    ]);
    expect(outcome.status).toBe(3);
    expect(outcome.message).toBe('accuracy is 0.84, below the threshold 0.85; recall is 0.2, below the threshold 0.85');
  });

  test('a figure that nobody reports fails the run, with a threshold or without', () => {
    for (const threshold of [0.5, undefined]) {
      const outcome = gate(['accuracy', 'f1_score'], threshold, ['{"accuracy": 0.9}', '']);
      expect(outcome.status).toBe(3);
      expect(outcome.message).toBe('f1_score was reported by no stage before and by no run in MLflow');
    }
  });

  test('no number is no figure', () => {
    expect(gate(['accuracy'], 0, ['{"accuracy": NaN}'])).toMatchObject({
      status: 3,
      message: 'accuracy is nan, which is no figure',
      metrics: {},
    });
    for (const given of ['{"accuracy": true}', '{"accuracy": null}', '{"accuracy": "high"}', '{"accuracy": [1]}']) {
      expect(gate(['accuracy'], 0, [given])).toMatchObject({ status: 3 });
    }
  });

  test('what is no JSON of figures fails the run for good', () => {
    expect(gate(['accuracy'], 0, ['accuracy=0.9'])).toMatchObject({ status: 3 });
    expect(gate(['accuracy'], 0, ['accuracy=0.9']).message).toMatch(/^metrics are no JSON/);
    expect(gate(['accuracy'], 0, ['3']).message).toBe('metrics must be a JSON object of names and numbers');
  });

  test('a later stage wins, and the program of the stage itself wins over all', () => {
    const inputs = ['{"accuracy": 0.1, "recall": 0.9}', '{"accuracy": 0.9}'];
    expect(gate(['accuracy', 'recall'], 0.85, inputs)).toMatchObject({ status: 0 });
    const own = programs.at('own.json');
    fs.writeFileSync(own, '{"accuracy": 0.3}');
    expect(gate(['accuracy', 'recall'], 0.85, inputs, { METRICS_FILE: own }).message).toMatch(/^accuracy is 0.3,/);
  });

  test('the form of a TrainJob is read: values are texts', () => {
    expect(gate(['accuracy'], 0.85, ['{"accuracy":"0.91"}'])).toMatchObject({ status: 0, metrics: { accuracy: 0.91 } });
    expect(gate(['accuracy'], 0.85, ['[{"name":"accuracy","value":"0.5"}]'])).toMatchObject({ status: 3 });
  });

  test('an MLflow that does not answer fails the attempt, not the run', () => {
    const outcome = gate(['accuracy'], 0.85, [], {
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
      MLFLOW_EXPERIMENT_NAME: 'x',
      WORKFLOW_RUN: 'run',
    });
    expect(outcome.status).toBe(1);
    expect(outcome.message).toMatch(/^MLflow cannot be reached/);
  });
});
