import {
  booleanToHclTerraform,
  booleanToTerraform,
  hashMapper,
  hashMapperHcl,
  listMapper,
  listMapperHcl,
  numberToHclTerraform,
  numberToTerraform,
  stringToHclTerraform,
  stringToTerraform,
  TerraformProvider,
  TerraformResource,
} from 'cdktf';
import { Construct } from 'constructs';

// Typed bindings for the Terraform provider tehcyx/kind, of which no package is published. Only what this library uses of
// its schema, which forks such as kind.local/gigifokchiman/kind share:
// https://github.com/tehcyx/terraform-provider-kind/blob/v0.11.0/kind/schema_kind_config.go

/** Settings of the Terraform provider. */
export interface KindTerraformProviderConfig {
  /** Source address, such as `tehcyx/kind`. */
  readonly source: string;
  /** Version constraint. */
  readonly version: string;
}

/** The Terraform provider `kind`. It has no arguments. */
export class KindTerraformProvider extends TerraformProvider {
  public constructor(scope: Construct, id: string, config: KindTerraformProviderConfig) {
    super(scope, id, {
      terraformResourceType: 'kind',
      terraformGeneratorMetadata: { providerName: 'kind', providerVersionConstraint: config.version },
      terraformProviderSource: config.source,
    });
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return {};
  }

  protected override synthesizeHclAttributes(): { [name: string]: unknown } {
    return {};
  }
}

/** `extra_port_mappings`: a port of the node that the host listens on. */
export interface KindPortMapping {
  readonly containerPort: number;
  readonly hostPort: number;
  readonly listenAddress: string;
  readonly protocol: string;
}

/** `node`: a container that runs as a node. */
export interface KindNodeConfig {
  readonly role: string;
  readonly labels: { [key: string]: string };
  readonly kubeadmConfigPatches?: string[];
  readonly extraPortMappings?: KindPortMapping[];
}

/** Arguments of `kind_cluster`. */
export interface KindClusterConfig {
  readonly name: string;
  readonly nodeImage: string;
  readonly waitForReady: boolean;
  readonly kubeconfigPath: string;
  readonly nodes: KindNodeConfig[];
}

/** The resource `kind_cluster`. Every change to it replaces the cluster. */
export class KindClusterResource extends TerraformResource {
  public constructor(
    scope: Construct,
    id: string,
    private readonly config: KindClusterConfig,
    provider: KindTerraformProvider,
  ) {
    super(scope, id, {
      terraformResourceType: 'kind_cluster',
      terraformGeneratorMetadata: { providerName: 'kind' },
      provider,
    });
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return {
      name: stringToTerraform(this.config.name),
      node_image: stringToTerraform(this.config.nodeImage),
      wait_for_ready: booleanToTerraform(this.config.waitForReady),
      kubeconfig_path: stringToTerraform(this.config.kubeconfigPath),
      kind_config: [
        {
          kind: 'Cluster',
          api_version: 'kind.x-k8s.io/v1alpha4',
          node: listMapper(nodeToTerraform, true)(this.config.nodes) as unknown,
        },
      ],
    };
  }

  protected override synthesizeHclAttributes(): { [name: string]: unknown } {
    const kindConfig = {
      kind: simple(stringToHclTerraform('Cluster'), 'string'),
      api_version: simple(stringToHclTerraform('kind.x-k8s.io/v1alpha4'), 'string'),
      node: block(listMapperHcl(nodeToHcl, true)(this.config.nodes), 'KindNodeConfigList'),
    };
    return {
      name: simple(stringToHclTerraform(this.config.name), 'string'),
      node_image: simple(stringToHclTerraform(this.config.nodeImage), 'string'),
      wait_for_ready: simple(booleanToHclTerraform(this.config.waitForReady), 'boolean'),
      kubeconfig_path: simple(stringToHclTerraform(this.config.kubeconfigPath), 'string'),
      kind_config: block([kindConfig], 'KindConfigList'),
    };
  }
}

function nodeToTerraform(node: KindNodeConfig): { [name: string]: unknown } {
  return {
    role: stringToTerraform(node.role),
    labels: hashMapper(stringToTerraform)(node.labels),
    kubeadm_config_patches: listMapper(stringToTerraform, false)(node.kubeadmConfigPatches),
    extra_port_mappings: listMapper(portToTerraform, true)(node.extraPortMappings),
  };
}

function portToTerraform(port: KindPortMapping): { [name: string]: unknown } {
  return {
    container_port: numberToTerraform(port.containerPort),
    host_port: numberToTerraform(port.hostPort),
    listen_address: stringToTerraform(port.listenAddress),
    protocol: stringToTerraform(port.protocol),
  };
}

function nodeToHcl(node: KindNodeConfig): { [name: string]: unknown } {
  return {
    role: simple(stringToHclTerraform(node.role), 'string'),
    labels: attribute(hashMapperHcl(stringToHclTerraform)(node.labels), 'map', 'stringMap'),
    ...(node.kubeadmConfigPatches && {
      kubeadm_config_patches: attribute(
        listMapperHcl(stringToHclTerraform, false)(node.kubeadmConfigPatches),
        'list',
        'stringList',
      ),
    }),
    ...(node.extraPortMappings && {
      extra_port_mappings: block(listMapperHcl(portToHcl, true)(node.extraPortMappings), 'KindPortMappingList'),
    }),
  };
}

function portToHcl(port: KindPortMapping): { [name: string]: unknown } {
  return {
    container_port: simple(numberToHclTerraform(port.containerPort), 'number'),
    host_port: simple(numberToHclTerraform(port.hostPort), 'number'),
    listen_address: simple(stringToHclTerraform(port.listenAddress), 'string'),
    protocol: simple(stringToHclTerraform(port.protocol), 'string'),
  };
}

function simple(value: unknown, storageClassType: string): { [name: string]: unknown } {
  return attribute(value, 'simple', storageClassType);
}

function attribute(value: unknown, type: string, storageClassType: string): { [name: string]: unknown } {
  return { value, isBlock: false, type, storageClassType };
}

function block(value: unknown, storageClassType: string): { [name: string]: unknown } {
  return { value, isBlock: true, type: 'list', storageClassType };
}
