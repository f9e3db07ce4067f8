import { Chart } from 'cdk8s';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { DATA_PIPELINE } from '../../api/kinds/data-pipeline';
import { FEATURE_STORE } from '../../api/kinds/feature-store';
import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { KindDefinition } from '../../api/schema/schema';
import { Access, ServiceBinding } from '../../contracts/backing-service';
import { SPARK_ACCOUNT } from '../../contracts/engine-accounts';
import { INamespace } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { schemaOfNamespace } from '../../contracts/service-names';
import { Engine, EngineAccount, EngineSelection, ModelServerAccount } from '../../constructs/engines';
import { AIZoneServices } from '../../kinds/ai-zone/settings';
import { DataPlatform } from '../data-platform';
import { Lake } from './lake';
import { busOf, takesPushes } from './event-buses';
import { NeuralNamespaces } from './neural-namespaces';
import { Tracking } from './tracking';

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
        folders: [...lake.folders.reachOf(namespace.namespaceName, AI_MODEL).reads],
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

/**
 * The database and the cache for zones, by namespace. The Secrets with a user of each are those of the ServiceAccount `default` there; it has
 * a schema and the beginning of keys for itself.
 */
export function dataServicesOfZones(
  { _pieces: { database, cache } }: DataPlatform,
  zones: readonly string[],
): { [namespace: string]: AIZoneServices } {
  return Object.fromEntries(
    zones.map((namespace) => {
      const identity = { namespace, serviceAccountName: 'default' };
      const bindings = [
        database?.bind(identity, Access.READ_WRITE),
        cache?.bind(identity, Access.READ_WRITE, { prefixes: [`${namespace}:`] }),
      ].filter((binding) => binding !== undefined);
      const labels = bindings.map(({ namespaceLabels }) => namespaceLabels);
      const services: AIZoneServices = {
        egress: bindings.flatMap(({ egress }) => egress),
        serviceLabels: Object.assign({}, ...labels) as { [key: string]: string },
      };
      return [namespace, services];
    }),
  );
}

/** Every kind whose pods run as an engine's account. */
const ENGINE_KINDS: readonly KindDefinition[] = [DATA_PIPELINE, FEATURE_STORE, ML_WORKFLOW];

/**
 * Who runs where: pipelines read and write the lake, workflows start everything, features are computed by pipelines' engines. Each account
 * reaches the folders of its namespace, and those that are shared with it.
 */
export function engineAccounts(
  chart: Chart,
  selection: EngineSelection,
  { _pieces: { database } }: DataPlatform,
  lake: Lake,
  { data, features, workflows }: NeuralNamespaces,
  others: readonly INamespace[],
  tracking: Tracking,
): EngineAccount[] {
  type Grant = (account: EngineAccount) => void;
  interface Wanted {
    readonly selected?: boolean;
    readonly engine: Engine;
    readonly namespace: INamespace;
    readonly grants: readonly Grant[];
    readonly egress?: NetworkPeer[];
  }
  const reaching =
    (kinds: readonly KindDefinition[]): Grant =>
    (account) =>
      lake.grant(account, account.identity.namespace, ...kinds);
  // all schemas: a pipeline of the platform may read what any team keeps in the database
  const readDatabase: Grant = (account) => database?.grantRead(account);
  // that of others reads what their own programs keep there
  const readOwnSchema: Grant = (account) =>
    database?.grantRead(account, { schema: schemaOfNamespace(account.identity.namespace) });
  const track: Grant = (account) => tracking.grant(account);
  const steps = (namespace: INamespace, ...kinds: KindDefinition[]) => [
    { selected: selection.argoWorkflows, engine: Engine.ARGO_WORKFLOWS, namespace, grants: [reaching(kinds), track] },
    { selected: selection.argoWorkflows, engine: Engine.ARGO_RESOURCES, namespace, grants: [] },
    ...pushes(selection, namespace),
    { selected: selection.kubeflowTrainer, engine: Engine.TRAINER, namespace, grants: [reaching(kinds), track] },
  ];
  const spark = (namespace: INamespace, kinds: readonly KindDefinition[], ...grants: Grant[]) => [
    { selected: selection.spark, engine: Engine.SPARK, namespace, grants: [reaching(kinds), ...grants] },
  ];
  const flink = (namespace: INamespace, ...kinds: KindDefinition[]) => [
    { selected: selection.flink, engine: Engine.FLINK, namespace, grants: [reaching(kinds)] },
  ];
  const all: Wanted[] = [
    ...spark(data, [DATA_PIPELINE], readDatabase),
    ...flink(data, DATA_PIPELINE),
    ...spark(workflows, [ML_WORKFLOW], track),
    ...steps(workflows, ML_WORKFLOW),
    ...spark(features, [FEATURE_STORE]),
    ...flink(features, FEATURE_STORE),
    // there, everything may run
    ...others.flatMap((namespace) => [
      ...spark(namespace, ENGINE_KINDS, readOwnSchema, track),
      ...flink(namespace, DATA_PIPELINE, FEATURE_STORE),
      ...steps(namespace, ML_WORKFLOW),
    ]),
  ];
  return all
    .filter(({ selected }) => selected ?? true)
    .map(({ engine, namespace, grants, egress }) => {
      const account = new EngineAccount(chart, `${engine.accountName}-${namespace.namespaceName}`, {
        engine,
        namespace,
        egress,
      });
      grants.forEach((grant) => grant(account));
      return account;
    });
}

/** What takes pushes and asks for runs, in a namespace with workflows. */
function pushes({ argoWorkflows, argoEvents }: EngineSelection, namespace: INamespace) {
  const selected = takesPushes({ argoWorkflows, argoEvents });
  return [Engine.EVENT_SOURCES, Engine.RUN_REQUESTS].map((engine) => ({
    selected,
    engine,
    namespace,
    grants: [],
    egress: [busOf(namespace.namespaceName)],
  }));
}

/** Names of the Secrets that pods of Spark get, in any namespace. */
export function secretsOfSpark(accounts: readonly EngineAccount[]): string[] {
  const ofSpark = accounts.filter(({ identity }) => identity.serviceAccountName === SPARK_ACCOUNT);
  return [...new Set(ofSpark.flatMap(({ secretEnv }) => secretEnv.map(({ secretName }) => secretName)))].sort();
}
