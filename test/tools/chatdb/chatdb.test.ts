import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import * as path from 'node:path';

import { until } from '../../support/waiting';
import { whyNoEnvoy } from '../api-gateway/gateway';
import { describeTool } from '../describe-tool';
import { pythonWith } from '../python';
import { Client, ROWS, untilAnswered, Users } from './clients';
import { Infrastructure, startInfrastructure, whyNoInfrastructure } from './infrastructure';
import { JobServer, startJobServer } from './job-server';
import { Manifests } from './manifests';
import { ServiceProcesses } from './services';

const CHATDB = path.resolve(__dirname, '../../../examples/chatdb');

/**
 * The services of the example as processes, with what the example synthesizes for a laptop: their environment, probes and order, the users and topics of
 * Kafka, the users and databases of PostgreSQL. They are on a real PostgreSQL with TLS, a real Kafka with TLS, passwords and access control lists, and a
 * real server of S3's protocol that checks signatures, behind the real Envoy. One thing is a stand-in: the API server that makes the Jobs (`job-server.ts`).
 */
describeTool('ChatDB', whyNoEnvoy() ?? whyNoInfrastructure(), () => {
  let manifests: Manifests;
  let infrastructure: Infrastructure;
  let jobs: JobServer;
  let services: ServiceProcesses;
  let users: Users;
  let client: Client;

  beforeAll(async () => {
    const python = await pythonWith('services', CHATDB);
    manifests = new Manifests();
    infrastructure = await startInfrastructure(python, manifests);
    jobs = await startJobServer(manifests.training, (name, job) => services.jobOf(name, job));
    services = new ServiceProcesses(python, manifests, infrastructure.secrets, infrastructure.places, {
      SERVICE_ACCOUNT_FOLDER: jobs.account,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(jobs.port),
    });
  });

  afterAll(async () => {
    await users?.end();
    client?.end();
    await services?.stop();
    await jobs?.stop();
    await infrastructure?.stop();
  });

  const plan = { operation: 'count', table: 'orders', column: null, where: [] };

  test('what needs a database waits for its user, and lives', async () => {
    const [first] = manifests.startOrder;
    for (const service of first) await services.start(service);
    for (const service of first) {
      await until(`${service} to live`, 30_000, () => services.isLive(service));
      expect(await services.isReady(service)).toBe(false);
    }
    await infrastructure.addUsers();
    for (const service of first) await services.untilReady(service);
  });

  test('the others become ready in the order of their start', async () => {
    for (const step of manifests.startOrder.slice(1)) {
      await Promise.all(step.map((service) => services.start(service)));
      await Promise.all(step.map((service) => services.untilReady(service)));
    }
    client = new Client(services.gateway);
  });

  test('a question that the gateway gets is answered from the database of another party', async () => {
    const question = { question: 'What is the total amount of orders where status is open?', database: 'orders' };
    const asked = await client.ask('/api/query/questions', question);
    expect(asked.status).toBe(202);
    const found = await untilAnswered(
      'a plan',
      () => client.ask(`/api/query/questions/${String(asked.body.id)}?wait=5`),
      ({ body }) => body.status === 'planned',
    );
    expect(found.body.plan).toEqual({
      operation: 'sum',
      table: 'orders',
      column: 'amount',
      where: [{ column: 'status', equals: 'open' }],
    });
    const answer = await client.ask('/api/databases/queries', {
      plan: found.body.plan,
      database: found.body.database,
    });
    expect(answer).toEqual({ status: 200, body: { database: 'orders', rows: [{ answer: '600' }] } });
  });

  test('a training becomes a Job, a model in the bucket, and predictions', async () => {
    const id = randomUUID();
    const job = { model: 'prices', kind: 'regression', rows: ROWS };
    // sent twice, it is one
    for (let time = 0; time < 2; time++) {
      expect((await client.ask('/api/training/jobs', job, id)).status).toBe(202);
    }
    const done = await untilAnswered(
      'the training',
      () => client.ask(`/api/training/jobs/${id}`),
      ({ body }) => body.status !== 'queued',
    );
    expect(done.body).toMatchObject({ status: 'done', version: 1, model: 'prices' });
    expect(jobs.names()).toEqual([`train-model-${id.replaceAll('-', '')}`]);
    expect(infrastructure.models()).toEqual([expect.stringMatching(`^prices/${id}/[0-9a-f]{64}\\.json$`)]);
    const answer = await client.ask('/api/predictions/prices', { inputs: [[10]] });
    const [prediction] = answer.body.predictions as number[];
    expect([answer.body.version, prediction]).toEqual([1, expect.closeTo(21, 3)]);
  });

  test('a training that cannot be done is told as failed', async () => {
    const job = { model: 'prices', kind: 'regression', rows: [['one'], ['two']] };
    const { body } = await client.ask('/api/training/jobs', job);
    const done = await untilAnswered(
      'the training',
      () => client.ask(`/api/training/jobs/${String(body.id)}`),
      (answer) => answer.body.status !== 'queued',
    );
    expect(done.body).toMatchObject({ status: 'failed', version: null, reason: expect.stringContaining('has failed') });
  });

  test('a model of the registry helps the ML engine to understand', async () => {
    const question = { question: 'what is the headcount in orders?' };
    const before = await client.ask('/api/engine/plans', question);
    expect(before.body.status).toBe('not-understood');
    const rows = [
      ['headcount in', 'count'],
      ['the headcount of', 'count'],
      ['top of the', 'maximum'],
    ];
    const { body } = await client.ask('/api/training/jobs', {
      model: 'question-intent',
      kind: 'classification',
      rows,
    });
    await untilAnswered(
      'the training',
      () => client.ask(`/api/training/jobs/${String(body.id)}`),
      (answer) => answer.body.status === 'done',
    );
    const after = await untilAnswered(
      'the model to be asked for anew',
      () => client.ask('/api/engine/plans', question),
      (answer) => answer.body.status === 'planned',
    );
    expect(after.body.plan).toMatchObject({ operation: 'count', table: 'orders' });
  });

  test('the test runner goes both ways', async () => {
    const runner = services.job('test-runner');
    let log = '';
    runner.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const [code] = (await once(runner, 'exit')) as [number];
    expect(log).toContain('"message": "passed"');
    expect(code).toBe(0);
  });

  test('each service tells the durations of its requests, with a bucket at each target', async () => {
    // Envoy has its own, which the tests of the gateway read
    const own = manifests.services.filter((service) => service !== 'api-gateway');
    const texts = await Promise.all(
      own.map(async (service) => (await fetch(`${services.url(service)}/metrics`)).text()),
    );
    for (const text of texts) {
      for (const seconds of ['0.1', '0.2', '0.5']) {
        expect(text).toMatch(
          new RegExp(
            `^http_server_request_duration_seconds_bucket\\{http_request_method="GET",http_response_status_code="200",http_route="[^"]*/[^"]*",le="${seconds}"\\}`,
            'm',
          ),
        );
      }
    }
    expect(texts.join('')).toContain('http_route="/training/jobs/{id}"');
  });

  describe('while users go on asking', () => {
    beforeAll(() => {
      users = new Users(services.gateway);
    });

    test.each([
      { dependency: 'postgres' as const, unready: ['training-orchestrator', 'model-registry'], way: 'shut' as const },
      { dependency: 'postgres' as const, unready: ['training-orchestrator', 'model-registry'], way: 'hang' as const },
      { dependency: 'models' as const, unready: ['model-registry'], way: 'shut' as const },
      { dependency: 'models' as const, unready: ['model-registry'], way: 'hang' as const },
    ])('$dependency goes away ($way) and comes back', async ({ dependency, unready, way }) => {
      const door = infrastructure.doors[dependency];
      await door[way]();
      try {
        for (const service of unready) await services.untilReady(service, false);
        expect(await others(unready)).toEqual([]);
        expect(await dead()).toEqual([]);
      } finally {
        await door.open();
      }
      for (const service of unready) await services.untilReady(service);
    });

    test('without the databases of others, questions get plans, and plans are asked for later', async () => {
      await infrastructure.doors.orders.shut();
      await services.untilReady('db-connector', false);
      expect(await others(['db-connector'])).toEqual([]);
      expect(await dead()).toEqual([]);
      const answer = await client.ask('/api/databases/queries', { plan });
      expect(answer.status).toBe(503);
      await infrastructure.doors.orders.open();
      await services.untilReady('db-connector');
      const later = await client.ask('/api/databases/queries', { plan });
      expect(later).toEqual({ status: 200, body: { database: 'orders', rows: [{ answer: 20 }] } });
    });

    test('Kafka goes away and comes back: trainings are accepted all the same', async () => {
      await infrastructure.kafka.halt();
      for (const service of ['query-parser', 'ml-engine']) await services.untilReady(service, false);
      expect(await others(['query-parser', 'ml-engine'])).toEqual([]);
      expect(await dead()).toEqual([]);
      const accepted = await client.ask('/api/training/jobs', { model: 'line', kind: 'regression', rows: ROWS });
      expect(accepted.status).toBe(202);
      expect((await client.ask('/api/query/questions', { question: 'how many orders?' })).status).toBe(503);
      await infrastructure.kafka.resume();
      for (const service of ['query-parser', 'ml-engine']) await services.untilReady(service);
      await untilAnswered(
        'the training',
        () => client.ask(`/api/training/jobs/${String(accepted.body.id)}`),
        ({ body }) => body.status === 'done',
      );
    });

    test('without the model registry, models that are known still predict', async () => {
      await services.end('model-registry', 'SIGKILL');
      await services.untilReady('ml-engine', false);
      expect(await services.isReady('prediction-service')).toBe(true);
      const known = await client.ask('/api/predictions/prices', { inputs: [[10]] });
      expect([known.status, known.body.version]).toEqual([200, 1]);
      const unknown = await client.ask('/api/predictions/other', { inputs: [[10]] });
      expect(unknown.status).toBe(503);
      // one that knows none is of no use yet
      await services.end('prediction-service', 'SIGTERM');
      await services.start('prediction-service');
      await until('the service to live', 30_000, () => services.isLive('prediction-service'));
      expect(await services.isReady('prediction-service')).toBe(false);
      await services.start('model-registry');
      for (const service of ['model-registry', 'ml-engine', 'prediction-service']) await services.untilReady(service);
    });

    test('without the ML engine, questions are accepted and wait', async () => {
      await services.end('ml-engine', 'SIGKILL');
      const asked = await client.ask('/api/query/questions', { question: 'how many orders are there?' });
      expect(asked.status).toBe(202);
      const at = `/api/query/questions/${String(asked.body.id)}`;
      expect((await client.ask(`${at}?wait=1`)).body.status).toBe('pending');
      await services.start('ml-engine');
      await untilAnswered(
        'the plan',
        () => client.ask(at),
        ({ body }) => body.status === 'planned',
      );
    });

    test('services end in order when they are told to, all at once, and go on where they were', async () => {
      const told = ['training-orchestrator', 'query-parser', 'ml-engine', 'db-connector', 'model-registry'];
      const codes = await Promise.all(told.map((service) => services.end(service, 'SIGTERM')));
      expect(codes).toEqual(told.map(() => 0));
      await Promise.all(told.map((service) => services.start(service)));
      await Promise.all(told.map((service) => services.untilReady(service)));
    });

    test('nothing that was accepted is lost', async () => {
      await users.end();
      // what was asked in good times, and in bad ones
      expect(users.questions.length).toBeGreaterThan(50);
      expect(users.trainings.length).toBeGreaterThan(5);
      expect(users.refused).toBeGreaterThan(0);
      expect(await users.lost()).toEqual({ questions: [], trainings: [] });
      // one version for each training, although messages come twice
      const known = await infrastructure.sql(
        'model_registry',
        "select count(*), max(version) from chatdb_services.model_versions where model = 'line'",
      );
      const [versions, newest] = known.split(' ').map(Number);
      expect(newest).toBe(versions);
      expect(versions).toBeGreaterThanOrEqual(users.trainings.length);
      expect(await infrastructure.sql('training_orchestrator', 'select count(*) from chatdb_services.outbox')).toBe(
        '0',
      );
    });
  });

  test('no log has a secret', () => {
    const secrets = Object.values(infrastructure.secrets).flatMap((secret) =>
      ['password', 'secret-access-key'].flatMap((key) => secret[key] ?? []),
    );
    expect(secrets.length).toBeGreaterThan(5);
    const log = services.log + jobs.log();
    expect(log).toContain('a dependency changed');
    for (const secret of [...secrets, 'token-of-the-ml-engine']) {
      expect(log).not.toContain(secret);
    }
  });

  /** Those of the other services that are not ready, but for the ones that are taken along. */
  async function others(unready: readonly string[]): Promise<string[]> {
    const rest = manifests.services.filter((service) => !unready.includes(service));
    const ready = await Promise.all(rest.map((service) => services.isReady(service)));
    return rest.filter((_, index) => !ready[index]);
  }

  /** Services that do not live. */
  async function dead(): Promise<string[]> {
    const live = await Promise.all(manifests.services.map((service) => services.isLive(service)));
    return manifests.services.filter((_, index) => !live[index]);
  }
});
