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
  if (!(selection.serving ?? true)) return [];
  return [models, serving].map(
    (namespace) =>
      new ModelServerAccount(chart, `model-server-${namespace.namespaceName}`, {
        namespace,
        gateway: platform.gateway,
        models: platform.artifacts,
      }),
  );
}

/** Who runs where: pipelines read and write the lake, workflows start everything, features are computed by pipelines' engines. */
export function engineAccounts(
  chart: Chart,
  selection: EngineSelection,
  { artifacts, cache, database }: DataPlatform,
  { data, features, workflows }: NeuralNamespaces,
): EngineAccount[] {
  const lake = ServiceUse.readWrite(artifacts);
  const wanted = [
    { wish: selection.spark, engine: Engine.SPARK, namespace: data, uses: [lake, ServiceUse.read(database)] },
    { wish: selection.flink, engine: Engine.FLINK, namespace: data, uses: [lake] },
    { wish: selection.spark, engine: Engine.SPARK, namespace: workflows, uses: [lake] },
    { wish: selection.workflows, engine: Engine.ARGO_WORKFLOWS, namespace: workflows, uses: [lake] },
    { wish: selection.workflows, engine: Engine.ARGO_RESOURCES, namespace: workflows, uses: [] },
    { wish: selection.training, engine: Engine.TRAINER, namespace: workflows, uses: [lake] },
    { wish: selection.spark, engine: Engine.SPARK, namespace: features, uses: [lake, ServiceUse.readWrite(cache)] },
    { wish: selection.flink, engine: Engine.FLINK, namespace: features, uses: [lake] },
  ];
  return wanted
    .filter(({ wish }) => wish ?? true)
    .map(
      ({ engine, namespace, uses }) =>
        new EngineAccount(chart, `${engine.accountName}-${namespace.namespaceName}`, { engine, namespace, uses }),
    );
}
