import { ApiObject, App as KubernetesApp, Chart, YamlOutputType } from 'cdk8s';
import {
  App as TerraformApp,
  TerraformDataSource,
  TerraformOutput,
  TerraformProvider,
  TerraformResource,
  TerraformStack,
} from 'cdktf';
import { Construct } from 'constructs';

type Attributes = { [name: string]: unknown };
type ByType = { [type: string]: { [name: string]: Attributes } };

/** What a synthesis made, as data. */
export interface Recorded {
  readonly stacks: {
    [name: string]: {
      resource?: ByType;
      data?: ByType;
      provider?: { [name: string]: Attributes[] };
      output?: { [name: string]: Attributes };
    };
  };
  readonly charts: { [name: string]: Attributes[] };
}

class PlainResource extends TerraformResource {
  public constructor(
    scope: Construct,
    id: string,
    type: string,
    private readonly attributes: Attributes,
  ) {
    super(scope, id, { terraformResourceType: type });
  }
  protected override synthesizeAttributes(): Attributes {
    return this.attributes;
  }
}

class PlainDataSource extends TerraformDataSource {
  public constructor(
    scope: Construct,
    id: string,
    type: string,
    private readonly attributes: Attributes,
  ) {
    super(scope, id, { terraformResourceType: type });
  }
  protected override synthesizeAttributes(): Attributes {
    return this.attributes;
  }
}

class PlainProvider extends TerraformProvider {
  public constructor(
    scope: Construct,
    id: string,
    type: string,
    private readonly attributes: Attributes,
  ) {
    super(scope, id, { terraformResourceType: type });
  }
  protected override synthesizeAttributes(): Attributes {
    return this.attributes;
  }
}

/**
 * The floor of a synthesis: the same objects and resources, with all values known, made with nothing but cdktf and cdk8s
 * and written by their own `synth()`.
 */
export function synthFloor(recorded: Recorded, terraformOutdir: string, manifestsOutdir: string): void {
  const terraform = new TerraformApp({ outdir: terraformOutdir, stackTraces: false });
  for (const [name, content] of Object.entries(recorded.stacks)) {
    const stack = new TerraformStack(terraform, name);
    for (const [type, all] of Object.entries(content.provider ?? {})) {
      all.forEach((attributes, at) => new PlainProvider(stack, `provider-${type}-${at}`, type, attributes));
    }
    for (const [type, all] of Object.entries(content.data ?? {})) {
      for (const [id, attributes] of Object.entries(all))
        new PlainDataSource(stack, `data-${type}-${id}`, type, attributes);
    }
    for (const [type, all] of Object.entries(content.resource ?? {})) {
      for (const [id, attributes] of Object.entries(all)) new PlainResource(stack, `${type}-${id}`, type, attributes);
    }
    for (const [id, attributes] of Object.entries(content.output ?? {})) {
      new TerraformOutput(stack, id, { value: attributes.value, sensitive: true });
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
      const { apiVersion, kind, metadata, ...rest } = manifest as {
        apiVersion: string;
        kind: string;
        metadata: Attributes;
      };
      new ApiObject(chart, String(at), { apiVersion, kind, metadata, ...rest });
    });
  }
  kubernetes.synth();
}
