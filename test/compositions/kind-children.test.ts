import { MODEL_DEPLOYMENT } from '../../src/api/kinds/model-deployment';
import { apiVersionOf } from '../../src/api/schema/schema';
import { ManifestGraph } from '../../src/checks/manifest-graph';
import { KindChildren } from '../../src/compositions/operators/kind-children';
import { sampleOf } from '../api/support/samples';
import { CONTEXT, chartOf } from '../checks/graph';
import { platformSettings } from '../support/platform-settings';

const SIGNERS = ['a', 'b'].map((name) => ({
  publicKey: `-----BEGIN PUBLIC KEY-----\n${name}\n-----END PUBLIC KEY-----\n`,
}));
const MLFLOW = 'http://mlflow.nstarx-system.svc.cluster.local:5000';

/** Names of the Jobs that are rehearsed for a ModelDeployment, without what their content adds. */
function jobs(image: string | undefined, delivery: object): string[] {
  const { modelDeployment, ...settings } = platformSettings();
  const children = new KindChildren({ ...settings, modelDeployment: { ...modelDeployment!, ...delivery } });
  const { spec } = sampleOf(MODEL_DEPLOYMENT) as unknown as { readonly spec: object };
  const graph = ManifestGraph.of(
    chartOf([
      {
        apiVersion: apiVersionOf(MODEL_DEPLOYMENT),
        kind: MODEL_DEPLOYMENT.kind,
        metadata: { name: 'fraud', namespace: 'ml' },
        spec: { ...spec, ...(image === undefined ? {} : { serving: { image } }) },
      },
    ]),
    CONTEXT,
  );
  const [deployment] = graph.ofKind(MODEL_DEPLOYMENT.kind, MODEL_DEPLOYMENT.group);
  return (children.childrenOf(deployment, graph) ?? [])
    .filter(({ kind }) => kind === 'Job')
    .map(({ name }) => name.replace(/-[0-9a-f]{10}$/, ''));
}

test('the Jobs that verify and register a model need room as its pods do', () => {
  const image = `registry.example.com/fraud@sha256:${'a'.repeat(64)}`;
  const verification = 'fraud-deployment-verification';
  const registration = 'fraud-deployment-registration';
  const none = { signers: undefined, mlflowUrl: undefined };
  expect(jobs(image, none)).toEqual([]);
  // one for each signer
  expect(jobs(image, { ...none, signers: SIGNERS })).toEqual([verification, verification]);
  expect(jobs(image, { signers: SIGNERS, mlflowUrl: MLFLOW })).toEqual([verification, verification, registration]);
  expect(jobs('registry.example.com/fraud:2.1.0', { signers: SIGNERS, mlflowUrl: MLFLOW })).toEqual([]);
  expect(jobs('registry.example.com/fraud:2.1.0', { ...none, mlflowUrl: MLFLOW })).toEqual([registration]);
  expect(jobs(undefined, { signers: SIGNERS, mlflowUrl: MLFLOW })).toEqual([]);
});
