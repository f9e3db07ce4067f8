import { Chart } from 'cdk8s';
import { Access, ServiceBinding } from '../../contracts/backing-service';
import { SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { INamespace } from '../../contracts/namespace';
import { Engine, EngineAccount, EngineSelection, ModelServerAccount } from '../../constructs/engines';
import { DataPlatform } from '../data-platform';
import { Lake, LakeReach } from './lake';
import { NeuralNamespaces } from './neural-namespaces';

/** The accounts of model servers, where models are served. */
export function modelServerAccounts(
  chart: Chart,
  selection: EngineSelection,
  platform: DataPlatform,
  lake: Lake,
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
        folders: [...lake.ofModels.reads],
      }),
  );
}

/** The user of the cache with which the pods of feature stores keep and look up values, the same in each namespace. */
export function featureServerBinding(
  { _pieces: { cache } }: DataPlatform,
  { features }: NeuralNamespaces,
  others: readonly INamespace[],
): ServiceBinding | undefined {
  const bindings = [features, ...others].flatMap((namespace) => {
    const identity = { namespace: namespace.namespaceName, serviceAccountName: 'feature-store' };
    const binding = cache?.bind(identity, Access.READ_WRITE);
    if (binding === undefined) return [];
    for (const [key, value] of Object.entries(binding.namespaceLabels)) namespace.addLabel(key, value);
    return [binding];
  });
  return bindings.at(0);
}

/** Who runs where: pipelines read and write the lake, workflows start everything, features are computed by pipelines' engines. */
export function engineAccounts(
  chart: Chart,
  selection: EngineSelection,
  { _pieces: { database } }: DataPlatform,
  lake: Lake,
  { data, features, workflows }: NeuralNamespaces,
  others: readonly INamespace[],
): EngineAccount[] {
  type Grant = (account: EngineAccount) => void;
  const reaching =
    (reach: LakeReach): Grant =>
    (account) =>
      lake.grant(account, reach);
  const { ofPipelines, ofFeatures, ofWorkflows, ofEverything } = lake;
  // all schemas: a pipeline may read what any team keeps in the database
  const readDatabase: Grant = (account) => database?.grantRead(account);
  const steps = (namespace: INamespace, reach: LakeReach) => [
    { selected: selection.argoWorkflows, engine: Engine.ARGO_WORKFLOWS, namespace, grants: [reaching(reach)] },
    { selected: selection.argoWorkflows, engine: Engine.ARGO_RESOURCES, namespace, grants: [] },
    { selected: selection.kubeflowTrainer, engine: Engine.TRAINER, namespace, grants: [reaching(reach)] },
  ];
  const spark = (namespace: INamespace, reach: LakeReach, ...grants: Grant[]) => [
    { selected: selection.spark, engine: Engine.SPARK, namespace, grants: [reaching(reach), ...grants] },
  ];
  const flink = (namespace: INamespace, reach: LakeReach) => [
    { selected: selection.flink, engine: Engine.FLINK, namespace, grants: [reaching(reach)] },
  ];
  const all = [
    ...spark(data, ofPipelines, readDatabase),
    ...flink(data, ofPipelines),
    ...spark(workflows, ofWorkflows),
    ...steps(workflows, ofWorkflows),
    ...spark(features, ofFeatures),
    ...flink(features, ofFeatures),
    // there, everything may run
    ...others.flatMap((namespace) => [
      ...spark(namespace, ofEverything, readDatabase),
      ...flink(namespace, ofEverything),
      ...steps(namespace, ofEverything),
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

/** Names of the Secrets that pods of Spark get, in any namespace. */
export function secretsOfSpark(accounts: readonly EngineAccount[]): string[] {
  const ofSpark = accounts.filter(({ identity }) => identity.serviceAccountName === SPARK_ACCOUNT);
  return [...new Set(ofSpark.flatMap(({ secretEnv }) => secretEnv.map(({ secretName }) => secretName)))].sort();
}
