import { modelDeploymentOperator } from '../../../operators/src/model-deployment/model-deployment-operator';
import { hooksOf } from '../../../operators/src/runtime/hooks';
import { MODEL_DEPLOYMENT } from '../../../src/api/kinds/model-deployment';
import { sampleOf } from '../../api/support/samples';
import { refusals } from '../apply';
import { conditionOf, type KubernetesObject } from '../types';
import { describeOperators } from './support/describe-operators';
import { installPriorityClass } from './support/small-models';

describeOperators(
  'the operator of ModelDeployments',
  [hooksOf(modelDeploymentOperator)],
  (bench) => {
    let namespace: string;
    const type = { apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployment' };
    const ref = () => ({ ...type, name: 'fraud-detector', namespace });
    const deployment = () => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'fraud-detector-deployment',
      namespace,
    });
    const phase = (wanted: string) => bench.cluster.waitFor(ref(), ({ status }) => status?.phase === wanted, 60_000);

    beforeAll(async () => {
      await installPriorityClass(bench.cluster);
      namespace = await bench.cluster.freshNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    });

    test('the sample of the document waits for its image', async () => {
      const sample = sampleOf(MODEL_DEPLOYMENT);
      const object = { ...sample, metadata: { name: 'fraud-detector', namespace } } as unknown as KubernetesObject;
      expect(refusals(await bench.cluster.apply([object]))).toEqual([]);
      const waiting = await phase('Building');
      expect(conditionOf(waiting, 'ImageAvailable')?.status).toBe('False');
    });

    test('with an image it is deployed, and the pods run', async () => {
      const resources = { requests: { cpu: '100m', memory: '64Mi' } };
      const serving = { image: 'registry.example.com/fraud:2.1.0', resources };
      await bench.cluster.patch(ref(), { spec: { serving } });
      const deployed = await phase('Deployed');
      expect(deployed.status).toMatchObject({ observedGeneration: 2, image: 'registry.example.com/fraud:2.1.0' });
      expect(conditionOf(deployed, 'Ready')?.status).toBe('True');
      await bench.engine.settle();
      bench.engine.forgetWrites();
      await bench.engine.restart();
      await bench.engine.settle();
      expect(bench.engine.changes).toEqual([]);
    });

    test('what an autoscaler wrote stays, also when the image changes', async () => {
      await bench.cluster.patch(deployment(), { spec: { replicas: 5 } });
      await bench.cluster.patch(ref(), { spec: { serving: { image: 'registry.example.com/fraud:2.1.1' } } });
      await bench.cluster.waitFor(
        deployment(),
        ({ spec }) => JSON.stringify(spec?.template).includes('fraud:2.1.1') && spec?.replicas === 5,
      );
      await phase('Deployed');
    });

    test('deleted, it leaves nothing', async () => {
      await bench.cluster.delete(ref());
      await bench.cluster.waitForGone(deployment(), 60_000);
      for (const kind of ['ConfigMap', 'Service', 'ServiceAccount']) {
        const left = await bench.cluster.list({ apiVersion: 'v1', kind }, { namespace });
        expect(
          left.map(({ metadata }) => metadata.name).filter((name) => name === 'fraud-detector-deployment'),
        ).toEqual([]);
      }
    });
  },
  { nodes: [{ name: 'worker-1' }] },
);
