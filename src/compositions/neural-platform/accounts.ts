import { Chart } from 'cdk8s';
import { Engine, EngineAccount, EngineSelection, ModelServerAccount } from '../../constructs/engines';
import { ServiceUse } from '../../constructs/workloads';
import { DataPlatform } from '../data-platform';
import { NeuralNamespaces } from './neural-namespaces';

/** The accounts of model servers, where models are served. */
export function modelServerAccounts(
  chart: Chart,
  selection: EngineSelection,
  platform: DataPlatform,
  { models, serving }: NeuralNamespaces,
): ModelServerAccount[] {
  if (!(selection.kserve ?? true)) return [];
  return [models, serving].map(
    (namespace) =>
      new ModelServerAccount(chart, `model-server-${namespace.namespaceName}`, {
        namespace,
        gateway: platform.gateway,
        models: platform.artifactBucket,
      }),
  );
}

/** Who runs where: pipelines read and write the lake, workflows start everything, features are computed by pipelines' engines. */
export function engineAccounts(
  chart: Chart,
  selection: EngineSelection,
  { artifactBucket, _pieces: { cache, database } }: DataPlatform,
  { data, features, workflows }: NeuralNamespaces,
): EngineAccount[] {
  const lake = ServiceUse.readWrite(artifactBucket);
  const all = [
    {
      selected: selection.spark,
      engine: Engine.SPARK,
      namespace: data,
      uses: [lake, ...(database ? [ServiceUse.read(database)] : [])],
    },
    { selected: selection.flink, engine: Engine.FLINK, namespace: data, uses: [lake] },
    { selected: selection.spark, engine: Engine.SPARK, namespace: workflows, uses: [lake] },
    { selected: selection.argoWorkflows, engine: Engine.ARGO_WORKFLOWS, namespace: workflows, uses: [lake] },
    { selected: selection.argoWorkflows, engine: Engine.ARGO_RESOURCES, namespace: workflows, uses: [] },
    { selected: selection.kubeflowTrainer, engine: Engine.TRAINER, namespace: workflows, uses: [lake] },
    {
      selected: selection.spark,
      engine: Engine.SPARK,
      namespace: features,
      uses: [lake, ...(cache ? [ServiceUse.readWrite(cache)] : [])],
    },
    { selected: selection.flink, engine: Engine.FLINK, namespace: features, uses: [lake] },
  ];
  return all
    .filter(({ selected }) => selected ?? true)
    .map(
      ({ engine, namespace, uses }) =>
        new EngineAccount(chart, `${engine.accountName}-${namespace.namespaceName}`, { engine, namespace, uses }),
    );
}
