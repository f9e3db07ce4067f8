import { ApiObject, App as KubernetesApp, Chart, YamlOutputType } from 'cdk8s';
import { App as TerraformApp, Fn, TerraformElement, TerraformStack, Token } from 'cdktf';
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
  const values = new Map(Object.values(recorded.outputs).flatMap((outputs) => Object.entries(outputs)));
  const all = new Map<string, TerraformElement>();
  for (const { binding, stack: name, id, logicalId, fqn, config, dependsOn } of recorded.elements) {
    let here = stacks.get(name);
    if (!here) stacks.set(name, (here = { stack: new TerraformStack(terraform, name), made: new Map() }));
    const { made } = here;
    const after = dependsOn.flatMap((one) => made.get(one) ?? []);
    const element = new binding(here.stack, id, {
      ...(withTokens(config, (text) => referred(text, made)) as object),
      dependsOn: after.length > 0 ? after : undefined,
    });
    element.overrideLogicalId(logicalId);
    if (fqn === undefined) continue;
    made.set(fqn, element);
    all.set(`${environmentOf(name)} ${fqn}`, element);

    function referred(text: string, others: Map<string, TerraformElement>): string | undefined {
      const decoded = /^base64decode\((.*)\)$/.exec(text);
      if (decoded) {
        const encoded = referred(decoded[1], others);
        return encoded === undefined ? undefined : Fn.base64decode(encoded);
      }
      const output = /^data\.terraform_remote_state\.[\w-]+\.outputs\.([\w-]+)$/.exec(text);
      if (output) {
        // what another stack knows: cdktf makes the output and the data source itself
        const inner = /^\$\{(.*)\}$/.exec(String(values.get(output[1])));
        return inner ? tokenFor(inner[1], (one) => all.get(`${environmentOf(name)} ${one}`)) : undefined;
      }
      return tokenFor(text, (one) => others.get(one));
    }
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

/** Stacks are named `<environment>-<purpose>`. */
function environmentOf(stack: string): string {
  return stack.slice(0, stack.lastIndexOf('-'));
}

function tokenFor(text: string, find: (fqn: string) => TerraformElement | undefined): string | undefined {
  const parts = /^((?:data\.)?\w+\.[\w-]+)\.(.+)$/.exec(text);
  const element = parts && (find(parts[1]) as unknown as Referable | undefined);
  return element ? Token.asString(element.interpolationForAttribute(parts[2])) : undefined;
}

/** Replaces the text of references by tokens. */
function withTokens(value: unknown, token: (reference: string) => string | undefined): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([^{}]+)\}/g, (text, reference: string) => token(reference) ?? text);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => withTokens(one, token));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withTokens(one, token)]));
}
