import { Chart } from 'cdk8s';
import { INamespace } from '../../contracts/namespace';
import { Engine, EngineAccount, EngineSelection, ModelServerAccount } from '../../constructs/engines';
import { DataPlatform } from '../data-platform';
import { NeuralNamespaces } from './neural-namespaces';

/** The accounts of model servers, where models are served. */
export function modelServerAccounts(
  chart: Chart,
  selection: EngineSelection,
  platform: DataPlatform,
  { models, serving }: NeuralNamespaces,
  others: readonly INamespace[],
): ModelServerAccount[] {
  if (!(selection.kserve ?? true)) return [];
  return [models, serving, ...others].map(
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
  others: readonly INamespace[],
): EngineAccount[] {
  type Grant = (account: EngineAccount) => void;
  const lake: Grant = (account) => artifactBucket.grantReadWrite(account);
  const readDatabase: Grant = (account) => database?.grantRead(account);
  const writeCache: Grant = (account) => cache?.grantReadWrite(account);
  const steps = (namespace: INamespace) => [
    { selected: selection.argoWorkflows, engine: Engine.ARGO_WORKFLOWS, namespace, grants: [lake] },
    { selected: selection.argoWorkflows, engine: Engine.ARGO_RESOURCES, namespace, grants: [] },
    { selected: selection.kubeflowTrainer, engine: Engine.TRAINER, namespace, grants: [lake] },
  ];
  const spark = (namespace: INamespace, ...grants: Grant[]) => [
    { selected: selection.spark, engine: Engine.SPARK, namespace, grants: [lake, ...grants] },
  ];
  const flink = (namespace: INamespace) => [
    { selected: selection.flink, engine: Engine.FLINK, namespace, grants: [lake] },
  ];
  const all = [
    ...spark(data, readDatabase),
    ...flink(data),
    ...spark(workflows),
    ...steps(workflows),
    ...spark(features, writeCache),
    ...flink(features),
    // there, everything may run
    ...others.flatMap((namespace) => [
      ...spark(namespace, readDatabase, writeCache),
      ...flink(namespace),
      ...steps(namespace),
    ]),
  ];
  return all
    .filter(({ selected }) => selected ?? true)
    .map(({ engine, namespace, grants }) => {
      const account = new EngineAccount(chart, `${engine.accountName}-${namespace.namespaceName}`, {
        engine,
        namespace,
      });
      grants.forEach((grant) => grant(account));
      return account;
    });
}
