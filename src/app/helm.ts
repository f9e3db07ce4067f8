import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { Yaml } from 'cdk8s';
import { AssetType, Fn, TerraformAsset, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { gzipSync } from 'zlib';
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

/**
 * The values of a chart as the argument of a `helm_release`: YAML where everything is known, otherwise an expression
 * that Terraform evaluates.
 */
export function helmValues(values: { [key: string]: unknown }): string {
  if (hasToken(values)) return Fn.yamlencode(escapeStrings(values));
  // a copy without shared parts, which YAML would write as anchors
  return escapeTemplate(Yaml.stringify(JSON.parse(JSON.stringify(values))));
}

/** Whether a value holds something that only Terraform knows. */
export function hasToken(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasToken);
}

/** cdktf writes strings inside of an expression as they are, but for `${`. */
function escapeStrings(value: unknown): unknown {
  if (typeof value === 'string') return escapeString(value);
  if (typeof value !== 'object' || value === null || Token.isUnresolved(value)) return value;
  if (Array.isArray(value)) return value.map(escapeStrings);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [escapeString(key), escapeStrings(inner)]));
}

function escapeString(text: string): string {
  return text
    .replace(/[\\"]/g, (character) => `\\${character}`)
    .replace(/\r/g, '\\r')
    .replace(/%\{/g, '%%{');
}

/** Terraform reads every string of its JSON syntax as a template. */
export function escapeTemplate(text: string): string {
  return text.replace(/[$%]\{/g, (opening) => `${opening[0]}${opening}`);
}

/**
 * Bytes of the Secret in which Helm keeps a release of these objects: chart, values and what was rendered, as JSON that is compressed and written
 * as base64.
 *
 * Source: https://github.com/helm/helm/blob/v3.19.0/pkg/storage/driver/util.go
 */
export function releaseBytes(manifests: readonly object[]): number {
  const release = {
    chart: { metadata: {}, templates: CHART_FILES },
    config: { manifests },
    manifest: manifests.map((one) => Yaml.stringify(JSON.parse(JSON.stringify(one)))).join('---\n'),
  };
  return Math.ceil(gzipSync(JSON.stringify(release), { level: 9 }).length / 3) * 4;
}

const CHART_FILES = {
  'Chart.yaml': `apiVersion: v2
name: terraform-values
description: Kubernetes objects that hold values which only Terraform knows
version: 1.0.0
`,
  'templates/manifests.yaml': `{{- range .Values.manifests }}
---
{{ toYaml . }}
{{- end }}
`,
};

/**
 * A chart that renders the objects in its value `manifests` as they are. Through Helm, unlike through
 * `kubernetes_manifest`, custom resources can be planned before their CRD exists.
 *
 * @returns the chart's path, relative to the stack's folder
 */
export function manifestChart(scope: Construct, id: string): string {
  return new TerraformAsset(scope, id, { path: chartFolder(), type: AssetType.DIRECTORY }).path;
}

let folder: string | undefined;

/** The chart's files in a temporary folder, made once a process; cdktf copies them into each stack at synthesis. */
function chartFolder(): string {
  if (folder !== undefined && fs.existsSync(folder)) return folder;
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'terraform-values-'));
  process.once('exit', () => fs.rmSync(made, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(CHART_FILES)) {
    fs.mkdirSync(path.join(made, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(made, name), content);
  }
  folder = made;
  return made;
}
