import { KindDefinition } from '../../api/schema/schema';
import { Finding, ICheck } from '../../checks/check';
import { servedKinds } from '../../checks/custom-resource-check';
import { groupOf } from '../../checks/kubernetes-schema';
import { Manifest, ManifestGraph } from '../../checks/manifest-graph';
import { KindChildren } from './kind-children';
import { LakeFolders, LakeReach, LAKE_KINDS } from '../../kinds/lake-folders';

/**
 * The objects of the platform's kinds can be done: their operators would accept them, ModelDeployments keep the policy gate, and nothing is
 * made of a kind that no component defines. What the operators would only say in the status of an object in the cluster is said at synthesis, by the same code.
 */
export class KindsCheck implements ICheck {
  /**
   * @param children what the operators of the environment make
   * @param lake what pods reach of the bucket for models and data
   */
  public constructor(
    private readonly children: KindChildren,
    private readonly lake: LakeFolders,
  ) {}

  public check(graph: ManifestGraph): Finding[] {
    const isServed = servedKinds(graph);
    return LAKE_KINDS.flatMap((definition) => {
      const { kind, group } = definition;
      return graph.ofKind(kind, group).flatMap((manifest) =>
        this.problems(definition, manifest, graph, isServed).map((problem) => ({
          path: manifest.path,
          message: `${kind} ${manifest.name}: ${problem}`,
        })),
      );
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
    definition: KindDefinition,
    manifest: Manifest,
    graph: ManifestGraph,
    isServed: (kind: string, group: string) => boolean,
  ): string[] {
    const problems = this.children.problemsOf(manifest, graph);
    if (problems.length > 0) return [...problems];
    const made = (this.children.childrenOf(manifest, graph) ?? []).map(({ json }) => json as unknown as ApiKind);
    const missing = made.flatMap(kindsMade).filter(({ apiVersion, kind }) => !isServed(kind, groupOf(apiVersion)));
    const unserved = [...new Map(missing.map((one) => [`${one.kind} ${one.apiVersion}`, one])).values()].map(
      ({ apiVersion, kind }) =>
        `needs a ${kind} of ${apiVersion}, which no component defines; ${turnOn(kind, groupOf(apiVersion))}`,
    );
    return [...unserved, ...this.outside(made, this.lake.reachOf(manifest.namespace ?? 'default', definition))];
  }
}

interface ApiKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec?: { readonly templates?: readonly { readonly resource?: { readonly manifest?: string } }[] };
}

/** The kinds that an object is of and that it makes itself: a workflow has some of them as text. */
function kindsMade(object: ApiKind): ApiKind[] {
  const inside = (object.spec?.templates ?? []).flatMap(({ resource }) =>
    resource?.manifest?.startsWith('{') ? [JSON.parse(resource.manifest) as ApiKind] : [],
  );
  return [object, ...inside];
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
