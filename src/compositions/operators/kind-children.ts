import { App, Chart } from 'cdk8s';
import { AIModelSpec } from '../../api/generated/ai-model';
import { AIZoneSpec, ZoneIsolation } from '../../api/generated/ai-zone';
import { DataPipelineSpec } from '../../api/generated/data-pipeline';
import { FeatureStoreSpec } from '../../api/generated/feature-store';
import { MLWorkflowSpec } from '../../api/generated/ml-workflow';
import { AB_TEST } from '../../api/kinds/ab-test';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { AI_ZONE } from '../../api/kinds/ai-zone';
import { DATA_PIPELINE } from '../../api/kinds/data-pipeline';
import { FEATURE_STORE } from '../../api/kinds/feature-store';
import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { objectSchema } from '../../api/schema/crd';
import { KindDefinition } from '../../api/schema/schema';
import { withDefaults } from '../../api/schema/validate';
import { ManifestGraph, objectFrom, ObjectOfGraph } from '../../checks/manifest-graph';
import { Operators } from '../../checks/rehearsal/operators';
import { InvalidInputError } from '../../contracts/errors';
import { parseImage } from '../../contracts/image-reference';
import { AIModelObjects } from '../../kinds/ai-model/ai-model-objects';
import { AIZoneObjects } from '../../kinds/ai-zone/ai-zone-objects';
import { modelInZone } from '../../kinds/ai-zone/models';
import { ZonePlacement } from '../../kinds/ai-zone/placement';
import { DataPipelineObjects } from '../../kinds/data-pipeline/data-pipeline-objects';
import { FeatureStoreObjects } from '../../kinds/feature-store/feature-store-objects';
import { MLWorkflowObjects } from '../../kinds/ml-workflow/ml-workflow-objects';
import { ModelEvidence } from '../../kinds/model-deployment/evidence';
import { gateVerdict, servedPolicies } from '../../kinds/model-deployment/gate';
import { ImageVerification } from '../../kinds/model-deployment/image-verification';
import { ModelDeploymentObjects } from '../../kinds/model-deployment/model-deployment-objects';
import { ServedSpec } from '../../kinds/model-deployment/plan';
import { ModelRegistration } from '../../kinds/model-deployment/registration';
import {
  aiModelSettings,
  dataPipelineSettings,
  featureStoreSettings,
  mlWorkflowSettings,
  modelDeploymentSettings,
} from '../../kinds/operators/kind-settings';
import { OperatorSettings } from '../../kinds/operators/operator-settings';

/** What the platform's operators make of the objects of a graph, by the code that they run themselves. Each object is asked once. */
export class KindChildren implements Operators {
  private readonly known = new WeakMap<object, KindResult>();

  /** @param settings what the operators of the environment know */
  public constructor(private readonly settings: OperatorSettings) {}

  public childrenOf(object: ObjectOfGraph, graph: ManifestGraph): readonly ObjectOfGraph[] | undefined {
    const maker = MAKERS[`${object.kind}.${object.group}`] as Maker | undefined;
    return maker && this.resultOf(object, maker, graph).objects;
  }

  /** What an operator would refuse an object for; nothing when it would take it. */
  public problemsOf(object: ObjectOfGraph, graph: ManifestGraph): readonly string[] {
    const maker = MAKERS[`${object.kind}.${object.group}`] as Maker | undefined;
    return (maker && this.resultOf(object, maker, graph).problems) ?? [];
  }

  private resultOf(object: ObjectOfGraph, maker: Maker, graph: ManifestGraph): KindResult {
    const known = this.known.get(object.json);
    if (known) return known;
    const result = this.make(object, maker, graph);
    this.known.set(object.json, result);
    return result;
  }

  private make(
    { path, name, namespace = 'default', json }: ObjectOfGraph,
    maker: Maker,
    graph: ManifestGraph,
  ): KindResult {
    const { spec } = withDefaults(objectSchema(maker.definition), json) as { readonly spec: unknown };
    const chart = new Chart(new App(), 'children', { disableResourceNameHashes: true, namespace });
    try {
      const zone = zonePlacement(graph, maker.zoneOf?.(spec));
      maker.make(chart, { name, namespace, spec, zone }, this.settings);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // the name is the one thing that constructs are given beside the spec
      const field = error.prop === 'name' ? 'metadata.name' : `spec.${error.prop}`;
      return { problems: [`${field} ${error.message.replace(/^\[[^\]]*\] \S+ /, '').replace(/\.$/, '')}`] };
    }
    const broken = maker.broken?.(json, this.settings) ?? [];
    if (broken.length > 0) return { problems: broken };
    const more = maker.more?.({ name, namespace, spec }, this.settings, graph) ?? [];
    return { objects: [...(chart.toJson() as object[]), ...more].map((one) => objectFrom(path, { ...one })) };
  }
}

interface KindResult {
  /** What the operator makes. @default - it would not accept the object */
  readonly objects?: readonly ObjectOfGraph[];
  /** Why it would not. @default - it would */
  readonly problems?: readonly string[];
}

/** An object of a kind, as its constructs take it. */
interface KindObject {
  readonly name: string;
  readonly namespace: string;
  readonly spec: unknown;
  /** The zone that it names. @default - none */
  readonly zone?: ZonePlacement;
}

/** A kind, and what its operator makes of an object. */
interface Maker {
  readonly definition: KindDefinition;
  /** The constructs. */
  readonly make: (chart: Chart, object: KindObject, settings: OperatorSettings) => void;
  /** What of the platform's policies an object does not keep. */
  readonly broken?: (json: object, settings: OperatorSettings) => string[];
  /** What it makes without a construct. */
  readonly more?: (object: KindObject, settings: OperatorSettings, graph: ManifestGraph) => object[];
  /** The AIZone that an object names. */
  readonly zoneOf?: (spec: unknown) => string | undefined;
}

const MAKERS: { readonly [kind: string]: Maker } = Object.fromEntries(
  (
    [
      {
        definition: AI_MODEL,
        make: (chart, { spec, ...object }, settings) =>
          new AIModelObjects(chart, 'model', {
            ...object,
            spec: spec as AIModelSpec,
            settings: aiModelSettings(settings),
          }),
        zoneOf: (spec) => (spec as AIModelSpec).serving.zone,
      },
      {
        definition: DATA_PIPELINE,
        make: (chart, { spec, ...object }, settings) =>
          new DataPipelineObjects(chart, 'pipeline', {
            ...object,
            spec: spec as DataPipelineSpec,
            settings: dataPipelineSettings(settings),
          }),
        zoneOf: (spec) => (spec as DataPipelineSpec).zone,
      },
      {
        definition: ML_WORKFLOW,
        make: (chart, { spec, ...object }, settings) =>
          new MLWorkflowObjects(chart, 'workflow', {
            ...object,
            spec: spec as MLWorkflowSpec,
            settings: mlWorkflowSettings(settings),
          }),
        zoneOf: (spec) => (spec as MLWorkflowSpec).zone,
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
      },
      {
        definition: MODEL_DEPLOYMENT,
        make: (chart, { name, namespace, spec }, settings) => modelDeployment(chart, name, namespace, spec, settings),
        broken: brokenPolicies,
      },
      {
        definition: AI_ZONE,
        make: (chart, { name, spec }, { gateway, scraper, aiZone }) =>
          // labels that are inherited change no pods
          new AIZoneObjects(chart, 'zone', {
            name,
            spec: spec as AIZoneSpec,
            gateway,
            scraperPods: scraper,
            settings: aiZone,
          }),
        more: modelsOfZone,
      },
      // routes, rules and queries: no pods
      { definition: AB_TEST, make: () => undefined },
    ] satisfies Maker[]
  ).map((maker) => [`${maker.definition.kind}.${maker.definition.group}`, maker]),
);

/** Nothing before there is an image. */
function modelDeployment(
  chart: Chart,
  name: string,
  namespace: string,
  given: unknown,
  platform: OperatorSettings,
): void {
  const spec = given as ServedSpec & ModelEvidence;
  const image = spec.serving?.image;
  if (image === undefined || platform.modelDeployment === undefined) return;
  const { scraper, gateway } = platform;
  const settings = modelDeploymentSettings(platform);
  new ModelDeploymentObjects(chart, 'deployment', { name, namespace, spec, image, settings, scraper, gateway });
  const { signers = [], mlflowUrl } = settings;
  // nothing is verified, nor registered, before there is a digest
  if (signers.length > 0 && parseImage(image)?.digest === undefined) return;
  const delivery = { name, namespace, image, manifest: spec, settings };
  if (signers.length > 0) new ImageVerification(chart, 'verification', delivery);
  if (mlflowUrl !== undefined) new ModelRegistration(chart, 'registration', { ...delivery, mlflowUrl });
}

/**
 * What the policy gate finds. It is asked as at the time when the drift was measured: how old a measurement may be, the API server says when
 * the object is applied, and a program that is synthesized later is the same program.
 */
function brokenPolicies(manifest: object, { modelDeployment: settings }: OperatorSettings): string[] {
  const { spec } = manifest as { readonly spec: ModelEvidence };
  const measured = Date.parse(String(spec.drift?.measuredAt));
  const now = new Date(Number.isNaN(measured) ? 0 : measured).toISOString();
  return gateVerdict({ manifest, policies: servedPolicies(settings), now }).findings.map(({ message }) => message);
}

/** The AIModels of a zone, of which the originals are in the program; those of the cluster are not known. */
function modelsOfZone(
  { name: zone, spec: given }: KindObject,
  { aiZone }: OperatorSettings,
  graph: ManifestGraph,
): object[] {
  const spec = given as AIZoneSpec;
  const namespaces = aiZone?.modelNamespaces ?? [];
  const originals = graph.ofKind(AI_MODEL.kind, AI_MODEL.group);
  return (spec.models ?? []).flatMap((model) => {
    const original = originals.find(
      ({ name, namespace = '', json }) =>
        name === model.name &&
        namespaces.includes(namespace) &&
        (model.version === undefined || (json.spec as AIModelSpec).version === model.version),
    );
    if (original === undefined) return [];
    const namespace = spec.targetNamespace ?? zone;
    return [modelInZone(original.json.spec as object, model, { zone, namespace })];
  });
}

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
    type: spec?.type,
  };
}
