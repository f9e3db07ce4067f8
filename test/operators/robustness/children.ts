import { ApiObject, ApiObjectProps, App, Chart } from 'cdk8s';
import { keyOf, KubernetesObject } from '../../../operators/src/runtime/protocol';
import { REVISIONS } from '../../../src/api/operator-definition';
import { ManifestGraph } from '../../../src/checks/manifest-graph';
import { MetadataCheck } from '../../../src/checks/metadata-check';
import { SchemaCheck } from '../../../src/checks/schema-check';

/** What is wrong with an answer. */
export interface Fault {
  readonly where: string;
  readonly message: string;
}

/** What the API server would refuse of children: their schema, their names and labels, their size, and two of one name. */
export function faultsOfChildren(children: readonly KubernetesObject[]): Fault[] {
  const chart = new Chart(new App(), 'answer');
  for (const [index, child] of children.entries()) {
    // the constructs do not make it, and its data is whatever the user wrote
    if (child.kind === REVISIONS.kind) continue;
    new ApiObject(chart, String(index), JSON.parse(JSON.stringify(child)) as ApiObjectProps);
  }
  const graph = ManifestGraph.of(chart);
  const keys = children.map(keyOf);
  return [
    ...[new SchemaCheck(), new MetadataCheck()].flatMap((check) =>
      check.check(graph).map(({ message }) => ({ where: 'children', message })),
    ),
    ...keys.filter((key, index) => keys.indexOf(key) !== index).map((key) => ({ where: 'twice', message: key })),
    ...children
      .filter((child) => Buffer.byteLength(JSON.stringify(child)) > 1_100_000)
      .map((child) => ({ where: 'too large', message: keyOf(child) })),
  ];
}
