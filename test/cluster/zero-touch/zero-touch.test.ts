/**
 * From a manifest that is pushed to a prediction, and what keeps a bad model from being served.
 *
 * Real: the training, Git, the scripts that `ModelDeliveryWorkflow` writes, Gitleaks, the command line, crane and its registry, Syft, Grype (with a
 * small database), cosign with a pair of keys, MLflow, the API server with its admission policies, quota and Pod Security, the scheduler, the controllers of
 * Deployments, Jobs, autoscalers and EndpointSlices, the operator with the settings that `ZeroTouch` makes for staging, the Jobs' programs, the
 * inference service with the files of the image.
 *
 * Played: containers are processes (`ProcessKubelet`), the interpreter and the packages of the service are those of a virtual environment and not
 * of its image, which no Docker builds here; Argo CD is `kubectl apply -k` (`OverlaySync`); Gateway and kube-proxy are `Entrance`; Metacontroller is
 * the hook driver; GitHub Actions is `deliver.sh`. Kyverno and Gatekeeper do not run: what they refuse, test/tools/admission shows. Nobody measures, so that
 * no version goes back by its figures: test/cluster/operators/model-deployment.test.ts does that.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';

import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { until } from '../../support/waiting';
import { describeTool } from '../../tools/describe-tool';
import { pythonWith, SERVICES, whyNoPython } from '../../tools/python';
import { MlflowProcess } from '../../tools/supply-chain/mlflow-server';
import { Ended } from '../../tools/supply-chain/model-repository';
import { whyNoDelivery } from '../../tools/supply-chain/tools';
import { Workplace } from '../../tools/supply-chain/workplace';
import { refusals } from '../apply';
import { describeOperators } from '../operators/support/describe-operators';
import { conditionOf, type KubernetesObject } from '../types';
import { imagesOf, SERVICE_CONFIG, serviceFiles } from './images';
import { zeroTouchPlatform } from './platform';
import { ProcessKubelet } from './process-kubelet';
import { Entrance, OverlaySync } from './surroundings';

const MINUTES = 60_000;
const EXAMPLE = path.resolve(__dirname, '../../../examples/zero-touch/models/fraud-detector');
const OVERLAY = 'deploy/overlays/staging';
const MODEL = 'fraud-detector';
const FOLDER = `models/${MODEL}`;
const MANIFEST = `${FOLDER}/model-deployment.yaml`;

const run = promisify(execFile);

// the operator's settings are made before anything runs
const KEYS = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PUBLIC_KEY = KEYS.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const PRIVATE_KEY = KEYS.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const MLFLOW_PORT = 20_000 + (process.pid % 20_000);
const PLATFORM = zeroTouchPlatform(PUBLIC_KEY, `http://127.0.0.1:${MLFLOW_PORT}`);

interface Predicted {
  readonly model: string;
  readonly version: string;
  readonly predictions: { readonly label: readonly number[]; readonly probabilities: readonly number[][] };
}

describeTool('zero-touch deployment', whyNoDelivery() ?? whyNoPython(), () => {
  describeOperators(
    'from a manifest to a prediction',
    [hooksOf(modelDeploymentOperator)],
    (bench) => {
      let at: Workplace;
      let mlflow: MlflowProcess | undefined;
      let kubelet: ProcessKubelet;
      let sync: OverlaySync;
      let entrance: Entrance;
      let python: string;
      const seen: unknown[] = [];
      let watching: (() => Promise<void>) | undefined;

      const ref = { apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployment', name: MODEL, namespace: 'ml-inference' };
      const deployment = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: `${MODEL}-deployment`,
        namespace: 'ml-inference',
      };
      const find = (): Promise<KubernetesObject> => bench.cluster.get(ref);

      /** Trains a version in the repository and pushes it, as a data scientist does. */
      async function train(version: string, ...more: string[]): Promise<void> {
        const folder = path.join(at.repository.clone, FOLDER);
        fs.cpSync(EXAMPLE, folder, { recursive: true });
        await run(python, [path.join(folder, 'train.py'), '--version', version, ...more]);
        at.repository.push(`${MODEL} ${version}`);
      }

      /** Runs the whole delivery. */
      function deliver(smokeSeconds = 600): Promise<Ended> {
        const before = at.repository.git('rev-parse', 'HEAD~1');
        return at.repository.run('deliver', [MANIFEST, 'staging'], {
          BEFORE: before,
          MODEL_URL: `${entrance.url}/{name}`,
          MLFLOW_TRACKING_URI: mlflow?.uri ?? '',
          SMOKE_SECONDS: String(smokeSeconds),
          SMOKE_INTERVAL: '1',
        });
      }

      async function predict(): Promise<Predicted> {
        const asked = fs.readFileSync(path.join(at.repository.clone, FOLDER, 'smoke.json'), 'utf8');
        const { status, body } = await entrance.ask(MODEL, '/predict', asked);
        expect([status, body]).toEqual([200, expect.any(String)]);
        return JSON.parse(body) as Predicted;
      }

      /** Two payments, of which the second is fraud. */
      async function expectServed(version: string): Promise<void> {
        const { predictions, ...of } = await predict();
        expect(of).toEqual({ model: MODEL, version });
        expect(predictions.label).toEqual([0, 1]);
        expect(predictions.probabilities[1][1]).toBeGreaterThan(0.9);
        expect(predictions.probabilities[0][1]).toBeLessThan(0.1);
      }

      beforeAll(async () => {
        python = await pythonWith('inference', SERVICES);
        at = await Workplace.open({ privateKey: PRIVATE_KEY, baseFiles: serviceFiles, baseConfig: SERVICE_CONFIG });
        mlflow = await MlflowProcess.start(at.folder, MLFLOW_PORT);
        expect(refusals(await bench.cluster.apply([...PLATFORM.objects], { force: true }))).toEqual([]);
        kubelet = new ProcessKubelet(bench.cluster, path.join(at.folder, 'pods'), imagesOf(at, python));
        await kubelet.start();
        sync = new OverlaySync(bench.cluster, at.repository.origin, OVERLAY, path.join(at.folder, 'overlays'));
        sync.start();
        entrance = new Entrance(bench.cluster, 'ml-inference');
        await entrance.start();
        watching = watchPhases(() => bench.cluster.find(ref), seen);
      }, 60 * MINUTES);

      afterAll(async () => {
        await watching?.();
        entrance?.stop();
        await sync?.stop();
        await kubelet?.stop();
        mlflow?.stop();
        at?.close();
      });

      test(
        'a model that is trained and pushed is served, and nobody has done anything in between',
        async () => {
          await train('2.1.0');
          const { status, output } = await deliver();
          expect([sync.refused, output.slice(-3000), status]).toEqual([[], expect.any(String), 0]);

          const image = at.repository.handedOn('image.txt');
          const { status: reported } = await bench.cluster.waitFor(
            ref,
            (one) => one.status?.phase === 'Serving',
            60_000,
          );
          expect(reported).toMatchObject({
            version: '2.1.0',
            image,
            registration: { name: `ml-inference.${MODEL}`, version: '1' },
          });
          const served = await find();
          expect(conditionOf(served, 'GatePassed')).toMatchObject({ status: 'True', reason: 'PoliciesKept' });
          expect(conditionOf(served, 'ImageVerified')).toMatchObject({ status: 'True', reason: 'Verified' });
          expect(conditionOf(served, 'Registered')).toMatchObject({ status: 'True', reason: 'Registered' });
          expect(conditionOf(served, 'Ready')).toMatchObject({ status: 'True' });
          // the one who watches looks 20 times a second
          await until('the last phase to be seen', 10_000, () => Promise.resolve(seen.at(-1) === 'Serving'));
          // how long the gate takes, nobody sees
          expect(seen.filter((phase) => phase !== 'Validating')).toEqual([
            'Scanning',
            'Registering',
            'Deploying',
            'Serving',
          ]);
          // as many as staging has
          expect(await entrance.endpoints(MODEL)).toHaveLength(2);
        },
        30 * MINUTES,
      );

      test('it answers, and tells of itself', async () => {
        await expectServed('2.1.0');
        const { status } = await entrance.ask(MODEL, '/predict', '{"instances": [{"amount": "much"}]}');
        expect(status).toBe(422);
        const figures = await Promise.all(
          (await entrance.endpoints(MODEL)).map(async (one) => (await fetch(`http://${one}/metrics`)).text()),
        );
        const text = figures.join('\n');
        const labels = `model="${MODEL}",version="2.1.0"`;
        for (const [metric, more] of [
          ['inference_requests_total', ',status="200"'],
          ['inference_predictions_total', ''],
          ['inference_errors_total', ',reason="invalid-input"'],
          ['inference_latency_seconds_count', ''],
        ]) {
          expect(text).toMatch(new RegExp(`^${metric}\\{[^}]*\\} [1-9]`, 'm'));
          const line = text.split('\n').find((one) => one.startsWith(`${metric}{`)) ?? '';
          expect([line, labels.split(',').every((label) => line.includes(label))]).toEqual([line, true]);
          if (more !== '') expect(text).toContain(more.slice(1));
        }
      });

      test('MLflow has the version, once, with the alias of the environment', async () => {
        const query = { filter: `name = 'ml-inference.${MODEL}'` };
        const { model_versions: all } = await (mlflow as MlflowProcess).ask<{
          readonly model_versions: { readonly version: string; readonly tags: { key: string; value: string }[] }[];
        }>('model-versions/search', query);
        expect(all).toHaveLength(1);
        const tags = Object.fromEntries(all[0].tags.map(({ key, value }) => [key, value]));
        expect(tags).toMatchObject({
          version: '2.1.0',
          'nstarx.io/image': at.repository.handedOn('image.txt'),
          'nstarx.io/model-deployment': `ml-inference/${MODEL}`,
        });
        const names = await (mlflow as MlflowProcess).ask<object>('registered-models/alias', {
          name: `ml-inference.${MODEL}`,
          alias: 'staging',
        });
        expect(names).toMatchObject({ model_version: { version: '1' } });
      });

      test(
        'a version that is worse than the bounds stops at the gate, and the former one goes on',
        async () => {
          const commits = at.serving.commits();
          await train('2.2.0', '--trees', '1');
          const { status, output } = await deliver();
          expect([status, output]).toEqual([
            1,
            expect.stringMatching(/gate: the policy gate of staging refuses the manifest: .*f1_score/),
          ]);
          expect(at.serving.commits()).toEqual(commits);
          await expectServed('2.1.0');
        },
        10 * MINUTES,
      );

      test(
        'a better version takes its place without a request that fails',
        async () => {
          await train('2.3.0', '--trees', '80');
          const failed: unknown[] = [];
          let isOver = false;
          let asked = 0;
          const asking = (async () => {
            while (!isOver) {
              const { status, body } = await entrance.ask(
                MODEL,
                '/predict',
                fs.readFileSync(path.join(at.repository.clone, FOLDER, 'smoke.json'), 'utf8'),
              );
              if (status !== 200) failed.push([status, body]);
              asked += 1;
              await sleep(100);
            }
          })();
          const { status, output } = await deliver();
          isOver = true;
          await asking;
          expect([output.slice(-3000), status]).toEqual([expect.any(String), 0]);
          expect(failed).toEqual([]);
          expect(asked).toBeGreaterThan(20);
          await until('2.3.0 to be served', 60_000, async () => (await find()).status?.version === '2.3.0');
          await expectServed('2.3.0');
        },
        30 * MINUTES,
      );

      test(
        'a version that does not start is taken back, and nobody notices',
        async () => {
          await train('2.4.0');
          at.repository.write(`${FOLDER}/model/model.onnx`, 'no model');
          at.repository.push('Break it');
          const said = (one: KubernetesObject): string => conditionOf(one, 'Ready')?.message ?? '';
          const why = bench.cluster.waitFor(ref, (one) => said(one).includes('model.onnx'), 300_000);
          const { status, output } = await deliver(60);
          expect([status, output]).toEqual([
            1,
            expect.stringMatching(/smoke: .* did not serve fraud-detector 2\.4\.0 within 60 seconds/),
          ]);
          expect((await why).spec).toMatchObject({ model: { version: '2.4.0' } });
          expect(at.serving.commits().slice(0, 2)).toEqual([
            `Take back ${MODEL} 2.4.0 from staging`,
            `Deploy ${MODEL} 2.4.0 to staging`,
          ]);
          await bench.cluster.waitFor(
            ref,
            ({ status: seenStatus, metadata, spec }) =>
              (spec?.model as { version?: string } | undefined)?.version === '2.3.0' &&
              seenStatus?.observedGeneration === metadata.generation &&
              seenStatus?.phase === 'Serving',
            120_000,
          );
          await expectServed('2.3.0');
        },
        15 * MINUTES,
      );

      test(
        'an image that another has signed is not served, though somebody writes it into the overlay',
        async () => {
          const [file, text] = Object.entries(at.serving.files()).find(([name]) => name === `${MODEL}.yaml`) ?? [
            '',
            '',
          ];
          const object = parse(text) as { spec: { model: { version: string }; serving: { image: string } } };
          const served = object.spec.serving.image;
          const forged = await forge(served);
          object.spec.model.version = '2.5.0';
          object.spec.serving.image = forged;
          at.repository.git('fetch', '--quiet', 'origin', 'deploy');
          at.repository.git('checkout', '--quiet', 'FETCH_HEAD');
          at.repository.write(`${OVERLAY}/${file}`, stringify(object));
          at.repository.git('add', OVERLAY);
          at.repository.git('commit', '--quiet', '--message', 'By hand');
          at.repository.git('push', '--quiet', 'origin', 'HEAD:deploy');
          at.repository.git('checkout', '--quiet', 'main');

          const refused = await bench.cluster.waitFor(
            ref,
            (one) =>
              one.status?.observedGeneration === one.metadata.generation &&
              conditionOf(one, 'ImageVerified')?.status === 'False',
            120_000,
          );
          expect(refused.status).toMatchObject({ phase: 'Rejected', version: '2.3.0', image: served });
          expect(conditionOf(refused, 'ImageVerified')).toMatchObject({ reason: 'NotSigned' });
          expect(conditionOf(refused, 'ImageVerified')?.message).toContain(
            `It cannot be shown that ${forged} is signed`,
          );
          await bench.engine.settle();
          expect(JSON.stringify((await bench.cluster.get(deployment)).spec)).not.toContain(forged);
          await expectServed('2.3.0');
        },
        10 * MINUTES,
      );

      /** Another image in the same repository, with everything that a delivery signs, by another key. */
      async function forge(image: string): Promise<string> {
        const repository = image.slice(0, image.indexOf('@'));
        await at.program('crane', 'mutate', image, '--label', 'forged=yes', '--tag', `${repository}:forged`);
        const digest = (await at.program('crane', 'digest', `${repository}:forged`)).trim();
        const delivery = path.join(at.repository.clone, '.delivery');
        fs.writeFileSync(path.join(delivery, 'image.txt'), `${repository}@${digest}`);
        const signing = { MANIFEST, ENVIRONMENT: 'staging', SIGNING_KEY: at.key('another', 'key') };
        for (const step of ['sign', 'attest'])
          expect(await at.repository.run(step, [], signing)).toMatchObject({ status: 0 });
        return `${repository}@${digest}`;
      }
    },
    { groups: PLATFORM.settings.apiGroups, change: () => PLATFORM.settings },
  );
});

/** Notes each phase that an object has, until it is told to stop. */
function watchPhases(find: () => Promise<KubernetesObject | undefined>, seen: unknown[]): () => Promise<void> {
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      const phase = (await find().catch(() => undefined))?.status?.phase;
      if (phase !== undefined && seen.at(-1) !== phase) seen.push(phase);
      await sleep(50);
    }
  };
  const looking = look();
  return () => {
    isOver = true;
    return looking;
  };
}
