import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { Fn, TerraformStack } from 'cdktf';
import { ClusterConnection } from '../contracts/cluster';

/** Lets the resources of a stack reach a cluster, with the kubernetes and the helm provider. */
export function addClusterProviders(stack: TerraformStack, connection: ClusterConnection): void {
  const exec = connection.credentialCommand;
  const settings = {
    host: connection.endpoint,
    clusterCaCertificate: connection.certificateAuthority && Fn.base64decode(connection.certificateAuthority),
    configPath: connection.kubeconfigPath,
    configContext: connection.kubeconfigContext,
  };
  new KubernetesProvider(stack, 'kubernetes', { ...settings, exec: exec && [exec] });
  new HelmProviderWithAttribute(stack, 'helm', { kubernetes: { ...settings, exec } });
}

/**
 * The helm provider has `kubernetes` as an attribute; cdktf writes a block when it synthesizes HCL, which Terraform
 * refuses. The JSON is the same for both.
 */
class HelmProviderWithAttribute extends HelmProvider {
  protected override synthesizeHclAttributes(): { [name: string]: unknown } {
    return { ...super.synthesizeHclAttributes(), kubernetes: this.synthesizeAttributes().kubernetes };
  }
}
