import { App, Chart } from 'cdk8s';
import { AIModelSpec } from '../../api/generated/ai-model';
import { AIZoneSpec, ZoneIsolation } from '../../api/generated/ai-zone';
import { DataPipelineSpec } from '../../api/generated/data-pipeline';
import { FeatureStoreSpec } from '../../api/generated/feature-store';
import { MLWorkflowSpec } from '../../api/generated/ml-workflow';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { DATA_PIPELINE } from '../../api/kinds/data-pipeline';
import { FEATURE_STORE } from '../../api/kinds/feature-store';
import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { objectSchema } from '../../api/schema/crd';
import { KindDefinition } from '../../api/schema/schema';
import { withDefaults } from '../../api/schema/validate';
import { Finding, ICheck } from '../../checks/check';
import { groupOf, KubernetesSchema } from '../../checks/kubernetes-schema';
import { Manifest, ManifestGraph } from '../../checks/manifest-graph';
import { InvalidInputError } from '../../contracts/errors';
import { AIModelObjects } from '../../kinds/ai-model/ai-model-objects';
import { ZonePlacement } from '../../kinds/ai-zone/placement';
import { DataPipelineObjects } from '../../kinds/data-pipeline/data-pipeline-objects';
import { FeatureStoreObjects } from '../../kinds/feature-store/feature-store-objects';
import { MLWorkflowObjects } from '../../kinds/ml-workflow/ml-workflow-objects';
import { aiModelSettings, dataPipelineSettings, featureStoreSettings } from '../../kinds/operators/kind-settings';
import { OperatorSettings } from '../../kinds/operators/operator-settings';
import { Lake, LakeReach } from './lake';

/**
 * The objects of the platform's kinds can be done: their operators would accept them, and make nothing of a kind that no component
 * defines. What the operators would only say in the status of an object in the cluster is said at synthesis, by the same code.
 */
export class KindsCheck implements ICheck {
  /**
   * @param settings what the operators of the environment know
   * @param lake what pods reach of the bucket for models and data
   */
  public constructor(
    private readonly settings: OperatorSettings,
    private readonly lake: Lake,
  ) {}

  public check(graph: ManifestGraph): Finding[] {
    const isServed = servedKinds(graph);
    return JUDGED.flatMap((judged) => {
      const { kind, group } = judged.definition;
      const schema = objectSchema(judged.definition);
      return graph.ofKind(kind, group).flatMap((manifest) => {
        const { spec } = withDefaults(schema, manifest.json) as { readonly spec: Spec };
        return this.problems(judged, manifest, spec, graph, isServed).map((problem) => ({
          path: manifest.path,
          message: `${kind} ${manifest.name}: ${problem}`,
        }));
      });
    });
  }

  /** Places in the bucket where the pods would be refused. */
  private outside(made: ApiKind[], reach: LakeReach): string[] {
    const { bucketName } = this.lake;
    const folders = [...reach.writes, ...reach.reads].join(', ');
    return this.lake
      .outside(JSON.stringify(made), reach)
      .map((key) => `needs s3://${bucketName}/${key}, which its pods do not reach; put it into one of ${folders}`);
  }

  private problems(
    { make, zoneOf, reachOf }: Judged,
    { name, namespace = 'default' }: Manifest,
    spec: Spec,
    graph: ManifestGraph,
    isServed: (made: ApiKind) => boolean,
  ): string[] {
    const chart = new Chart(new App(), 'children', { disableResourceNameHashes: true, namespace });
    try {
      const zone = zonePlacement(graph, zoneOf?.(spec));
      make(chart, { name, namespace, spec, zone }, this.settings);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // the name is the one thing that constructs are given beside the spec
      const field = error.prop === 'name' ? 'metadata.name' : `spec.${error.prop}`;
      return [`${field} ${error.message.replace(/^\[[^\]]*\] \S+ /, '').replace(/\.$/, '')}`];
    }
    const made = chart.toJson() as ApiKind[];
    const missing = made.flatMap(kindsMade).filter((made) => !isServed(made));
    const unserved = [...new Map(missing.map((one) => [`${one.kind} ${one.apiVersion}`, one])).values()].map(
      ({ apiVersion, kind }) =>
        `needs a ${kind} of ${apiVersion}, which no component defines; ${turnOn(kind, groupOf(apiVersion))}`,
    );
    return [...unserved, ...this.outside(made, reachOf(this.lake))];
  }
}

type Spec = { readonly [field: string]: unknown };

interface ApiKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec?: { readonly templates?: readonly { readonly resource?: { readonly manifest?: string } }[] };
}

/** An object of a kind, as its constructs take it. */
interface KindObject {
  readonly name: string;
  readonly namespace: string;
  readonly spec: unknown;
  readonly zone?: ZonePlacement;
}

/** A kind, and the constructs that its operator makes of an object. */
interface Judged {
  readonly definition: KindDefinition;
  readonly make: (chart: Chart, object: KindObject, settings: OperatorSettings) => void;
  /** The AIZone that an object names. */
  readonly zoneOf?: (spec: Spec) => unknown;
  /** What its pods reach of the bucket for models and data. */
  readonly reachOf: (lake: Lake) => LakeReach;
}

const JUDGED: readonly Judged[] = [
  {
    definition: AI_MODEL,
    make: (chart, { spec, ...object }, settings) =>
      new AIModelObjects(chart, 'model', {
        ...object,
        spec: spec as AIModelSpec,
        settings: aiModelSettings(settings),
      }),
    zoneOf: (spec) => (spec as unknown as AIModelSpec).serving.zone,
    reachOf: (lake) => lake.ofModels,
  },
  {
    definition: DATA_PIPELINE,
    make: (chart, { spec, ...object }, settings) =>
      new DataPipelineObjects(chart, 'pipeline', {
        ...object,
        spec: spec as DataPipelineSpec,
        settings: dataPipelineSettings(settings),
      }),
    zoneOf: ({ zone }) => zone,
    reachOf: (lake) => lake.ofPipelines,
  },
  {
    definition: ML_WORKFLOW,
    make: (chart, { spec, ...object }, settings) =>
      new MLWorkflowObjects(chart, 'workflow', {
        ...object,
        spec: spec as MLWorkflowSpec,
        settings: settings.mlWorkflow,
      }),
    zoneOf: ({ zone }) => zone,
    reachOf: (lake) => lake.ofWorkflows,
  },
  {
    definition: FEATURE_STORE,
    make: (chart, { name, namespace, spec }, settings) =>
      new FeatureStoreObjects(chart, 'store', {
        name,
        namespace,
        spec: spec as FeatureStoreSpec,
        settings: featureStoreSettings(settings),
      }),
    reachOf: (lake) => lake.ofFeatures,
  },
];

/** What is known of a zone: one that the program does not make is in the cluster already, or a finding of its own. */
function zonePlacement(graph: ManifestGraph, name: unknown): ZonePlacement | undefined {
  if (typeof name !== 'string') return undefined;
  const zone = graph.ofKind('AIZone', 'nstarx.io').find((manifest) => manifest.name === name);
  const spec = zone?.json.spec as AIZoneSpec | undefined;
  const { nodeSelector, limits } = spec?.resources?.compute ?? {};
  // a CRD takes 8 as well as "8"
  const amounts = Object.entries((limits ?? {}) as { readonly [resource: string]: unknown }).map(
    ([resource, amount]) => [resource, String(amount)] as const,
  );
  return {
    name,
    nodeSelector,
    ...(limits ? { limits: Object.fromEntries(amounts) } : {}),
    ownNodes: spec?.isolation === ZoneIsolation.NODE,
  };
}

/** The kinds that an object is of and that it makes itself: a workflow has some of them as text. */
function kindsMade(object: ApiKind): ApiKind[] {
  const inside = (object.spec?.templates ?? []).flatMap(({ resource }) =>
    resource?.manifest?.startsWith('{') ? [JSON.parse(resource.manifest) as ApiKind] : [],
  );
  return [object, ...inside];
}

function servedKinds(graph: ManifestGraph): (made: ApiKind) => boolean {
  const schema = KubernetesSchema.of(graph.context.kubernetesVersion);
  const defined = new Set(graph.context.customResources);
  for (const { json } of graph.ofKind('CustomResourceDefinition', 'apiextensions.k8s.io')) {
    const { group, names } = json.spec as { readonly group: string; readonly names: { readonly kind: string } };
    defined.add(`${names.kind}.${group}`);
  }
  return ({ apiVersion, kind }) => {
    const group = groupOf(apiVersion);
    return schema.isBuiltIn(group) || defined.has(`${kind}.${group}`);
  };
}

/** The engine of the API groups, as in `EngineSelection`. Argo Rollouts, of the same group as workflows, is always there. */
const ENGINES: { readonly [group: string]: string } = {
  'serving.kserve.io': 'kserve',
  'sparkoperator.k8s.io': 'spark',
  'flink.apache.org': 'flink',
  'trainer.kubeflow.org': 'kubeflowTrainer',
  'feast.dev': 'feast',
  'argoproj.io': 'argoWorkflows',
};

function turnOn(kind: string, group: string): string {
  const engine = ENGINES[group] as string | undefined;
  return engine === undefined
    ? `require the component of ${kind}.${group} with ComponentRegistry.of(this).require(…)`
    : `set engines.${engine} of NeuralPlatform to true, or leave it out`;
}
