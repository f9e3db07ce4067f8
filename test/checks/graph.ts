import { ApiObject, App, Chart } from 'cdk8s';
import { Finding, ICheck } from '../../src/checks/check';
import { ManifestGraph, ManifestGraphContext } from '../../src/checks/manifest-graph';

export type Json = { [key: string]: unknown };

export const CONTEXT: ManifestGraphContext = { namespaces: [], customResources: [] };

/** A chart `test` with the objects; each has the path `test/<kind>-<name>`. */
export function chartOf(objects: Json[]): Chart {
  const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
  for (const object of objects) {
    const { name } = object.metadata as { name: string };
    new ApiObject(chart, `${String(object.kind)}-${name}`, object as { apiVersion: string; kind: string });
  }
  return chart;
}

/** What a check finds in a graph of the objects. */
export function findings(check: ICheck, objects: Json[], context: Partial<ManifestGraphContext> = {}): Finding[] {
  return check.check(ManifestGraph.of(chartOf(objects), { ...CONTEXT, ...context }));
}

export function namespace(name: string, labels: { [key: string]: string } = {}): Json {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A Deployment in namespace `team`. */
export function deployment(name: string, podSpec: Json, labels: { [key: string]: string } = { app: name }): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'team' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } },
  };
}

export function object(apiVersion: string, kind: string, name: string, content: Json = {}, inNamespace = 'team'): Json {
  return { apiVersion, kind, metadata: { name, namespace: inNamespace }, ...content };
}
