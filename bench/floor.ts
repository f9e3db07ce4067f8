import { ApiObject, App as KubernetesApp, Chart, YamlOutputType } from 'cdk8s';
import { App as TerraformApp, TerraformElement, TerraformOutput, TerraformStack, Token } from 'cdktf';
import { RecordedElement } from './recorder';

type Attributes = { [name: string]: unknown };

/** What a synthesis made. */
export interface Recorded {
  /** What was made from the bindings of Terraform providers. */
  readonly elements: RecordedElement[];
  /** Values of the stacks' outputs. */
  readonly outputs: { [stack: string]: { [id: string]: unknown } };
  /** The Kubernetes objects of each chart. */
  readonly charts: { [name: string]: Attributes[] };
}

/**
 * The floor of a synthesis: the same objects and resources, made with nothing but cdktf, its bindings and cdk8s, and
 * written by their own `synth()`. Resources refer to each other by tokens, as anybody's do; everything else is known.
 */
export function synthFloor(recorded: Recorded, terraformOutdir: string, manifestsOutdir: string): void {
  const terraform = new TerraformApp({ outdir: terraformOutdir, stackTraces: false });
  const stacks = new Map<string, { stack: TerraformStack; made: Map<string, TerraformElement> }>();
  for (const { binding, stack: name, id, logicalId, fqn, config, dependsOn } of recorded.elements) {
    let here = stacks.get(name);
    if (!here) stacks.set(name, (here = { stack: new TerraformStack(terraform, name), made: new Map() }));
    const { made } = here;
    const after = dependsOn.flatMap((one) => made.get(one) ?? []);
    const element = new binding(here.stack, id, {
      ...(withTokens(config, made) as object),
      dependsOn: after.length > 0 ? after : undefined,
    });
    element.overrideLogicalId(logicalId);
    if (fqn !== undefined) made.set(fqn, element);
  }
  for (const [name, outputs] of Object.entries(recorded.outputs)) {
    const stack = stacks.get(name)?.stack ?? new TerraformStack(terraform, name);
    for (const [id, value] of Object.entries(outputs)) new TerraformOutput(stack, id, { value, sensitive: true });
  }
  terraform.synth();

  const kubernetes = new KubernetesApp({
    outdir: manifestsOutdir,
    yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
  });
  for (const [name, manifests] of Object.entries(recorded.charts)) {
    const chart = new Chart(kubernetes, name, { disableResourceNameHashes: true });
    manifests.forEach((manifest, at) => {
      const { apiVersion, kind, ...rest } = manifest as { apiVersion: string; kind: string };
      new ApiObject(chart, String(at), { apiVersion, kind, ...rest });
    });
  }
  kubernetes.synth();
}

interface Referable {
  interpolationForAttribute(attribute: string): unknown;
}

/** Replaces the text of references by tokens. */
function withTokens(value: unknown, others: Map<string, TerraformElement>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{((?:data\.)?\w+\.[\w-]+)\.([^{}]+)\}/g, (text, name: string, attribute: string) => {
      const other = others.get(name) as unknown as Referable | undefined;
      return other ? Token.asString(other.interpolationForAttribute(attribute)) : text;
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => withTokens(one, others));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withTokens(one, others)]));
}
