import * as fs from 'node:fs';
import * as path from 'node:path';
import { isMovingImage } from '../../scripts/chart-facts';
import { stoppable } from '../../src/constructs/workloads/stoppable';
import { parseImage } from '../../src/contracts/image-reference';
import { containersIn, FoundContainer, imagesOf, synthesizedObjects } from '../support/synthesized-objects';

const OBJECTS = synthesizedObjects();

/** Images of a sample of the documents, which are theirs. */
const OF_SAMPLES = ['nstarx/feature-eng:latest'];

/** Repositories that build an image anew under the same tag, and the tags of theirs that are built no more. */
const REBUILT: readonly { readonly repository: RegExp; readonly settled: readonly string[] }[] = [
  // https://github.com/docker-library/faq: what is in the library is built anew with its base
  { repository: /^docker\.io\/library\//, settled: ['3.13.7-slim'] },
  // https://github.com/cloudnative-pg/postgres-containers: every Monday
  { repository: /^ghcr\.io\/cloudnative-pg\/postgresql$/, settled: [] },
];

function isRebuilt(image: string): boolean {
  const { repository = '', tag = 'latest', digest } = parseImage(image) ?? {};
  return digest === undefined && REBUILT.some((one) => one.repository.test(repository) && !one.settled.includes(tag));
}

test('no image that is synthesized moves', () => {
  const images = [...new Set(OBJECTS.flatMap((object) => imagesOf(object)).map(({ text }) => text))];
  expect(images.length).toBeGreaterThan(20);
  const moving = images.filter((image) => isMovingImage(image) || isRebuilt(image));
  expect(moving).toEqual(OF_SAMPLES);
});

/** Programs of the platform that notice SIGTERM as the first process of a container. */
const OURS = ['feature-jobs', 'model-jobs'].flatMap((name) => {
  const folder = path.resolve(__dirname, '../../programs', name, 'src');
  return fs
    .readdirSync(folder)
    .filter((file) => /^ +(heed_stop\(|signal\.signal\(signal\.SIGTERM)/m.test(read(path.join(folder, file))));
});

function read(file: string): string {
  return fs.readFileSync(file, 'utf8');
}

/** A script of a shell that is the first process heeds SIGTERM with a trap, and while it waits for what it has begun. */
function isScriptWithTrap({ command, args }: FoundContainer): boolean {
  const [shell, option = '', script = args[0] ?? ''] = command;
  return (
    /\/sh$/.test(shell ?? '') && option.endsWith('c') && /^ *trap .* TERM/m.test(script) && /\bwait\b/.test(script)
  );
}

const SERVERS = 'it answers what it has been asked; at the end of the grace period it is killed';

/** Why a container ends when it is told to, or why it need not. Each is of a container that is synthesized. */
const ENDS: readonly { readonly which: (container: FoundContainer) => boolean; readonly why: string }[] = [
  {
    which: ({ command }) => JSON.stringify(command.slice(0, 4)) === JSON.stringify(stoppable([])),
    why: 'a shell with a trap starts it',
  },
  { which: isScriptWithTrap, why: 'the script has a trap, and waits' },
  {
    which: ({ command: [program = '', ...rest] }) =>
      /^python3?$/.test(program) && rest.some((word) => OURS.includes(path.basename(word)) || word.includes('SIGTERM')),
    why: 'the program has a handler',
  },
  {
    // https://github.com/argoproj/argo-workflows/blob/v4.0.6/cmd/argoexec/commands/emissary.go
    which: ({ kind }) => kind === 'WorkflowTemplate',
    why: "Argo's executor is the first process, and forwards signals to the program",
  },
  {
    // https://github.com/feast-dev/feast/blob/v0.66.0/sdk/python/feast/feature_server.py, start_server
    which: ({ command: [program, , , verb] }) => program === 'feast' && verb === 'serve',
    why: 'Gunicorn has a handler',
  },
  {
    // https://github.com/mlflow/mlflow/blob/v3.15.1/mlflow/server/__init__.py, _run_server
    which: ({ command: [program, verb] }) => program === 'mlflow' && verb === 'server',
    why: 'MLflow has a handler, which forwards signals to Uvicorn',
  },
  {
    // https://github.com/kserve/kserve/blob/v0.20.0/python/kserve/kserve/model_server.py
    which: ({ image }) => /^docker\.io\/kserve\/\w+server:/.test(image),
    why: "KServe's server has a handler",
  },
  {
    // https://github.com/triton-inference-server/server/blob/main/src/triton_signal.cc
    which: ({ args: [program] }) => program === 'tritonserver',
    why: 'Triton has a handler, and the entry point of its image ends in exec',
  },
  {
    // https://github.com/tensorflow/serving/issues/1853
    which: ({ command: [program] }) => program === '/usr/bin/tensorflow_model_server',
    why: SERVERS,
  },
  // the shell of its image is the first process
  { which: ({ image }) => /^docker\.io\/seldonio\/mlserver:/.test(image), why: SERVERS },
  {
    // https://github.com/envoyproxy/envoy/blob/main/source/server/server.cc, RunHelper
    which: ({ command: [program] }) => program === '/usr/local/bin/envoy',
    why: 'Envoy has a handler',
  },
  {
    which: ({ image }) => image.startsWith('docker.io/velero/velero-plugin-'),
    why: 'it copies one file',
  },
  {
    which: ({ kind, command }) => kind === 'ClusterTrainingRuntime' && command.length === 0,
    why: 'its command is that of a TrainJob, whose user knows what it is',
  },
  {
    which: ({ image }) => image.startsWith('ghcr.io/ml-platform-constructs/operators:'),
    why: 'test/package/operators-image.test.ts stops it',
  },
  { which: ({ image }) => image.startsWith('ghcr.io/acme/'), why: 'it is a program of the user' },
];

test('every container ends when it is told to, or the table says why not', () => {
  const containers = OBJECTS.flatMap(containersIn);
  expect(containers.length).toBeGreaterThan(50);
  const without = containers
    .filter((container) => !ENDS.some(({ which }) => which(container)))
    .map(({ kind, name, image, command }) => `${kind} ${name} (${image}): ${command.join(' ').slice(0, 80)}`);
  expect([...new Set(without)]).toEqual([]);
  expect(ENDS.filter(({ which }) => !containers.some(which)).map(({ why }) => why)).toEqual([]);
});
