import { AssetType, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const FILES = {
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
  for (const [name, content] of Object.entries(FILES)) {
    fs.mkdirSync(path.join(made, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(made, name), content);
  }
  folder = made;
  return made;
}
