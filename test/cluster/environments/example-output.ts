import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import type { KubernetesObject } from '../types';

const ROOT = path.resolve(__dirname, '../../..');

/** What an example synthesizes for one environment. */
export interface EnvironmentOutput {
  readonly name: string;
  /** The objects of its manifests, and those that Argo CD starts from. */
  readonly manifests: KubernetesObject[];
  /** The namespaces that Terraform makes before them. */
  readonly terraformNamespaces: KubernetesObject[];
}

/** Runs an example as a user does, in a process of its own, and reads what it wrote. */
export function runExample(example: string, folder: string): EnvironmentOutput[] {
  const dist = path.join(folder, 'dist');
  const terraform = path.join(folder, 'cdktf.out');
  const tsx = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const result = spawnSync(process.execPath, [tsx, path.join('examples', example, 'main.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CDK8S_OUTDIR: dist, CDKTF_OUTDIR: terraform },
  });
  if (result.status !== 0) throw new Error(`examples/${example}: ${result.stderr}`);
  return environmentsIn(dist, terraform);
}

/** What an app wrote into its folders for manifests and Terraform, by environment. */
export function environmentsIn(dist: string, terraform: string): EnvironmentOutput[] {
  // beside them there may be what is for other repositories
  const names = fs.readdirSync(dist).filter((name) => fs.existsSync(path.join(dist, name, 'kustomization.yaml')));
  return names.map((name) => {
    const bootstrap = path.join(terraform, 'stacks', `${name}-bootstrap`, 'cdk.tf.json');
    return {
      name,
      manifests: [...manifestsIn(path.join(dist, name)), ...rootsOfArgoCd(bootstrap)],
      terraformNamespaces: namespacesIn(bootstrap),
    };
  });
}

/** What the chart argocd-apps makes of its values: it prints them as the fields of the same names. */
function rootsOfArgoCd(stack: string): KubernetesObject[] {
  const { resource } = JSON.parse(fs.readFileSync(stack, 'utf8')) as {
    resource: { helm_release?: { [id: string]: { values?: string[] } } };
  };
  const [values] = resource.helm_release?.['argo-cd-apps']?.values ?? [];
  if (values === undefined) return [];
  const { projects, applications } = parse(values) as { readonly [what: string]: { readonly [name: string]: Root } };
  return [
    ...Object.entries(projects).map((project) => rootOf('AppProject', ...project)),
    ...Object.entries(applications).map((application) => rootOf('Application', ...application)),
  ];
}

interface Root {
  readonly namespace: string;
  readonly additionalLabels?: { readonly [key: string]: string };
  readonly additionalAnnotations?: { readonly [key: string]: string };
}

function rootOf(kind: string, name: string, values: Root): KubernetesObject {
  const { namespace, additionalLabels: labels, additionalAnnotations: annotations, ...spec } = values;
  return { apiVersion: 'argoproj.io/v1alpha1', kind, metadata: { name, namespace, labels, annotations }, spec };
}

/** The objects of an environment in the order in which they are applied: CustomResourceDefinitions, then all others. */
function manifestsIn(folder: string): KubernetesObject[] {
  const crds = path.join(folder, 'crds');
  return [...(fs.existsSync(crds) ? listedIn(crds) : []), ...listedIn(folder)];
}

/** The objects whose files a kustomization lists, in its order. */
function listedIn(folder: string): KubernetesObject[] {
  const { resources } = parse(fs.readFileSync(path.join(folder, 'kustomization.yaml'), 'utf8')) as {
    resources: string[];
  };
  return resources
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(fs.readFileSync(path.join(folder, file), 'utf8')) as KubernetesObject);
}

function namespacesIn(stack: string): KubernetesObject[] {
  const { resource } = JSON.parse(fs.readFileSync(stack, 'utf8')) as {
    resource: { kubernetes_namespace_v1?: { [id: string]: { metadata: KubernetesObject['metadata'] } } };
  };
  return Object.values(resource.kubernetes_namespace_v1 ?? {}).map(({ metadata }) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
  }));
}
