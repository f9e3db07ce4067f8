import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

import { PlatformTesting } from 'ml-platform-constructs';
import { parse } from 'yaml';

import { chatDb } from '../../../examples/chatdb/platform';
import { until } from '../../support/waiting';
import { pythonWith, whyNoPython } from '../../tools/python';
import { refusals } from '../apply';
import { describeCluster } from '../connect';
import type { KubernetesObject } from '../types';

const run = promisify(execFile);

const CHATDB = path.resolve(__dirname, '../../../examples/chatdb');
const NAMESPACE = 'chatdb-services';
const TEMPLATE = 'train-model';

/** What the ML engine runs for each training, with the identity and the variables of its pod. */
const PROGRAM = `
import sys
from chatdb.errors import Unavailable
from chatdb.kubernetes import JobTemplate
from chatdb.settings import Settings
template = JobTemplate(Settings(), "${TEMPLATE}")
try:
    template.start(sys.argv[1], sys.argv[2])
except Unavailable as error:
    print(error)
else:
    print(template.job_name(sys.argv[1]), template.state(sys.argv[1]))
`;

/** What the training of the example is, and what may start it. */
function trainingObjects(): KubernetesObject[] {
  const files = Object.entries(PlatformTesting.synth(chatDb({ environments: ['local'] })));
  return files
    .filter(([file]) => /^local\/(services|namespaces|job-template-params)\//.test(file))
    .map(([, text]) => parse(text) as KubernetesObject)
    .filter(
      ({ kind, metadata: { name, namespace } }) =>
        (kind === 'Namespace' && name === NAMESPACE) ||
        (kind === 'ServiceAccount' && namespace === NAMESPACE && ['ml-engine', TEMPLATE].includes(name ?? '')) ||
        (['CronJob', 'Role', 'RoleBinding', 'ResourceQuota', 'Deployment'].includes(kind) &&
          namespace === NAMESPACE &&
          /^(train-model|ml-engine)/.test(name ?? '')) ||
        /^ValidatingAdmissionPolicy/.test(kind),
    );
}

function isKept({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.['helm.sh/resource-policy'] === 'keep';
}

/** The program of the example, and what the example synthesizes, at a real API server. */
describeCluster('the trainings of ChatDB', (cluster) => {
  const missing = whyNoPython();
  const onPython = missing === undefined ? test : test.skip;
  let python: string;
  let account: string;
  let variables: Record<string, string>;

  /** Starts a training as the ML engine does. */
  async function start(id: string, request: string): Promise<string> {
    const { hostname, port } = new URL(cluster.connection.server);
    const env = {
      ...variables,
      PATH: process.env.PATH,
      PYTHONPATH: path.join(CHATDB, 'services/src'),
      PYTHONDONTWRITEBYTECODE: '1',
      SERVICE_ACCOUNT_FOLDER: account,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    };
    return (await run(python, ['-c', PROGRAM, id, request], { env })).stdout.trim();
  }

  beforeAll(async () => {
    if (missing !== undefined) return;
    python = await pythonWith('services', CHATDB);
    const objects = trainingObjects();
    expect(refusals(await cluster.apply(objects, { force: true }))).toEqual([]);
    const engine = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
      spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
    };
    const env = engine.spec.template.spec.containers[0].env;
    variables = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
    const of = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: NAMESPACE, name: 'ml-engine' };
    const { status } = await cluster.rest.send<{ status: { token: string } }>(
      'POST',
      `${await cluster.rest.objectPath(of)}/token`,
      {
        body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }),
      },
    );
    account = fs.mkdtempSync(path.join(os.tmpdir(), 'account-'));
    fs.writeFileSync(path.join(account, 'token'), status.token);
    fs.writeFileSync(path.join(account, 'ca.crt'), cluster.connection.ca);
  }, 300_000);

  afterAll(async () => {
    if (account !== undefined) fs.rmSync(account, { recursive: true, force: true });
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: NAMESPACE });
    for (const kind of ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy']) {
      // what stays in a user's cluster stays here, for the other tests of templates
      for (const { metadata } of trainingObjects().filter((one) => one.kind === kind && !isKept(one))) {
        await cluster.delete({ apiVersion: 'admissionregistration.k8s.io/v1', kind, name: metadata.name! });
      }
    }
  });

  onPython('the policy is in force: it refuses a longer request than the template allows', async () => {
    await until('the policy to be in force', 60_000, async () =>
      (await start(randomUUID(), 'a'.repeat(16_385))).endsWith(' to a new Job'),
    );
  });

  onPython('the policy accepts the Job that the program makes, and the program learns of its end', async () => {
    const [id, request] = [randomUUID(), '{"model":"prices","rows":[[1,2]]}'];
    const name = `${TEMPLATE}-${id.replaceAll('-', '')}`;
    // the API server refuses every Job until it has heard of the CronJob that they are compared with; the program tries again
    await until('the Job to be accepted', 60_000, async () => {
      const said = await start(id, request);
      return said === `${name} running` || said === `${name} complete`;
    });
    // asked for again, it is the same one
    await until('the Job to be complete', 60_000, async () => (await start(id, request)) === `${name} complete`);
    const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: NAMESPACE, name };
    const { spec } = await cluster.get<{ spec: { template: { metadata: { annotations: Record<string, string> } } } }>(
      job,
    );
    expect(spec.template.metadata.annotations['nstarx.io/request']).toBe(request);
  });
});
