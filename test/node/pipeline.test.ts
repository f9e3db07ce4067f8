import * as fs from 'node:fs';
import * as path from 'node:path';

import { dataPipelineOperator } from '../../operators/src/data-pipeline/data-pipeline-operator';
import { hooksOf } from '../../operators/src/runtime/hooks';
import type { KubernetesObject as Answered } from '../../operators/src/runtime/protocol';
import type { OperatorSettings } from '../../src/kinds/operators/operator-settings';
import { conditionOf, type KubernetesObject, referenceTo } from '../cluster/types';
import { syncRequest } from '../operators/support/requests';
import { whyNoJava } from '../tools/java';
import { whyNoPython } from '../tools/python';
import { textsBelow } from '../tools/data-pipeline/support';
import { until } from '../support/waiting';
import { describeNode, useWholePlatform } from './connect';
import { applyAll, isReady, small } from './objects';
import { applyPlatform, deletePlatform } from './platform';
import { SPARK_IMAGE, sparkDriver, sparkImage } from './spark';

const NAMESPACE = 'data-processing';
const CLAIM = 'lake';
const CONTAINER = 'spark-kubernetes-driver';
const { sync } = hooksOf(dataPipelineOperator);

describeNode(
  'the run of a DataPipeline on a real node',
  (node) => {
    useWholePlatform(node);
    let settings: OperatorSettings;
    let lake = '';

    beforeAll(async () => {
      const platform = await applyPlatform(node, [NAMESPACE]);
      const { dataPipeline } = platform.settings;
      settings = {
        ...platform.settings,
        // nothing scrapes here, and S3 would take Amazon's library of half a gigabyte
        dataPipeline: { ...dataPipeline, sparkImage: SPARK_IMAGE, metricsLingerSeconds: 0 },
      };
      lake = path.join(node.connection.folder, 'lake');
      fs.mkdirSync(path.join(lake, 'orders'), { recursive: true });
      fs.writeFileSync(path.join(lake, 'orders', 'one.csv'), 'id,amount\n1,10\n2,20\n3,30\n');
      for (const folder of [lake, path.join(lake, 'orders')]) fs.chmodSync(folder, 0o777);
      await node.addImages([await sparkImage()]);
      await applyAll(node, [...claim(lake), keys()]);
    }, 300_000);
    afterAll(async () => {
      await deletePlatform(node, [NAMESPACE]);
      await node.delete(referenceTo(claim(lake)[0]));
      fs.rmSync(lake, { recursive: true, force: true });
    });

    /** Starts a pipeline's driver; says what becomes of it, and what the operator makes of that. */
    const begin = async (name: string, spec: object) => {
      const parent = pipeline(name, spec);
      const { children } = sync(syncRequest(parent), settings);
      const application = children.find(({ kind }) => kind === 'SparkApplication') as unknown as KubernetesObject;
      const others = children.filter(({ kind }) => ['ConfigMap', 'NetworkPolicy'].includes(kind));
      expect(others.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'NetworkPolicy']);
      const run = application.metadata.name ?? '';
      const objects = [...(others as unknown as KubernetesObject[]), ...sparkDriver(application, run)];
      await applyAll(node, small(objects));
      const driver = referenceTo(objects.at(-1)!);
      const status = (pod: KubernetesObject): Answered['status'] => {
        const state = pod.status?.phase === 'Succeeded' ? 'COMPLETED' : 'FAILED';
        const seen = { ...application, status: { applicationState: { state } } } as unknown as Answered;
        return sync(syncRequest(parent, [seen], [pod as unknown as Answered]), settings).status;
      };
      const end = async () => {
        const pod = await node
          .waitFor(driver, ({ status: { phase } = {} }) => phase === 'Succeeded' || phase === 'Failed', 120_000)
          .catch(async (error: unknown) => {
            throw new Error(`${String(error)}\n${await log()}\n${JSON.stringify((await node.get(driver)).status)}`);
          });
        return { phase: pod.status?.phase, ended: endOf(pod), status: status(pod), log: await log() };
      };
      const log = (): Promise<string> =>
        node.kubectl(['-n', NAMESPACE, 'logs', driver.name, '--tail=60']).catch((error: unknown) => String(error));
      return { driver, end, status, log };
    };

    test('reads, writes and ends well under the policies of its namespace, and the operator tells of it', async () => {
      const { end } = await begin('orders', {
        sink: { type: 'datalake', config: { path: `pvc://${CLAIM}/large`, format: 'json' } },
        quality: [{ name: 'small', type: 'range', column: 'amount', max: 25, onFailure: 'warn' }],
      });
      const { phase, ended, status, log } = await end();
      expect({ phase, exitCode: ended?.exitCode, log: phase === 'Succeeded' ? '' : log }).toEqual({
        phase: 'Succeeded',
        exitCode: 0,
        log: '',
      });
      expect(textsBelow(path.join(lake, 'large')).join('').trim().split('\n').sort()).toEqual([
        '{"id":1,"amount":10}',
        '{"id":2,"amount":20}',
      ]);
      expect(status).toMatchObject({ state: 'Completed', recordsProcessed: 2, failedChecks: ['small'] });
    });

    test('whose source is not there fails, and says so where the status has it', async () => {
      const { end } = await begin('nothing', {
        source: { type: 'datalake', config: { path: `pvc://${CLAIM}/nothing`, format: 'csv' } },
        sink: { type: 'datalake', config: { path: `pvc://${CLAIM}/none`, format: 'json' } },
      });
      const { phase, ended, status } = await end();
      expect({ phase, exitCode: ended?.exitCode }).toEqual({ phase: 'Failed', exitCode: 2 });
      expect(conditionIn(status, 'Ready')).toMatchObject({
        status: 'False',
        reason: 'CannotRun',
        message: expect.stringMatching(/source\.config\.path: .*nothing/) as unknown,
      });
      expect(fs.existsSync(path.join(lake, 'none', '_SUCCESS'))).toBe(false);
    });

    test('that is told to stop ends within its time, and leaves nothing half done', async () => {
      const { driver, log, end } = await begin('slow', {
        transformations: [{ name: 'wait', type: 'python', config: { script: SLEEP } }],
        sink: { type: 'datalake', config: { path: `pvc://${CLAIM}/slow`, format: 'json' } },
      });
      await node.waitFor(driver, isReady, 60_000);
      await until('the run to be under way', 60_000, async () => /sleeping/.test(await log())).catch(
        async (error: unknown) => {
          throw new Error(`${String(error)}\n${await log()}`);
        },
      );
      const since = Date.now();
      await node.exec(NAMESPACE, driver.name, ['kill', '-TERM', '1']);
      const { phase, ended, status } = await end();
      // it would have 30 seconds, after which it is killed
      expect(Date.now() - since).toBeLessThan(20_000);
      expect({ phase, exitCode: ended?.exitCode }).toEqual({ phase: 'Failed', exitCode: 143 });
      expect(conditionIn(status, 'Ready')).toMatchObject({ status: 'False', reason: 'RunFailed' });
      expect(fs.existsSync(path.join(lake, 'slow')) ? textsBelow(path.join(lake, 'slow')) : []).toEqual([]);
    });
  },
  whyNoPython() ?? whyNoJava(),
);

const SLEEP = 'import time\nprint("sleeping", flush=True)\ntime.sleep(600)\n';

/** A DataPipeline that reads the orders, as a user writes it. */
function pipeline(name: string, spec: object): Answered {
  return {
    apiVersion: 'nstarx.io/v1alpha1',
    kind: 'DataPipeline',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      source: { type: 'datalake', config: { path: `pvc://${CLAIM}/orders`, format: 'csv' } },
      resources: { driver: { cpu: '1', memory: '1Gi' } },
      ...spec,
    },
  };
}

/** A claim and the folder of this machine that it is bound to. */
function claim(folder: string): [KubernetesObject, KubernetesObject] {
  const size = { storage: '1Gi' };
  const accessModes = ['ReadWriteMany'];
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: CLAIM },
      spec: { capacity: size, accessModes, storageClassName: '', hostPath: { path: folder } },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: CLAIM, namespace: NAMESPACE },
      spec: { accessModes, storageClassName: '', volumeName: CLAIM, resources: { requests: size } },
    },
  ];
}

/** What the synthesized pods take from External Secrets. */
function keys(): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's3-credentials', namespace: NAMESPACE },
    stringData: { 'access-key-id': 'a', 'secret-access-key': 'b' },
  };
}

interface Ended {
  readonly exitCode: number;
  readonly message?: string;
}

function endOf({ status }: KubernetesObject): Ended | undefined {
  const containers = (status?.containerStatuses ?? []) as readonly {
    readonly name: string;
    readonly state?: { readonly terminated?: Ended };
  }[];
  return containers.find(({ name }) => name === CONTAINER)?.state?.terminated;
}

function conditionIn(status: Answered['status'], type: string): unknown {
  return conditionOf({ status } as unknown as KubernetesObject, type);
}
