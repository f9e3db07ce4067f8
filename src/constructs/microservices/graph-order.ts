import { ServiceEdge, ServiceEdgeKind, ServiceGraph, ServiceNode, ServiceNodeKind } from './service-graph';

/** What a reader calls the kinds of parts. */
export const NODE_NAMES: { readonly [kind in ServiceNodeKind]: string } = {
  gateway: 'Gateway',
  service: 'Service',
  job: 'Job',
  database: 'Database',
  bucket: 'Bucket',
  cache: 'Cache',
  topic: 'Topic',
  external: 'External',
};

/** What a reader calls the kinds of dependencies. */
export const EDGE_NAMES: { readonly [kind in ServiceEdgeKind]: string } = {
  http: 'HTTP',
  grpc: 'gRPC',
  database: 'database',
  bucket: 'bucket',
  cache: 'cache',
  produces: 'produces',
  consumes: 'consumes',
  external: 'external',
  'starts-after': 'starts after',
};

/** The same graph in one order, whichever it was put together in, so that the same graph is written as the same bytes. */
export function inOrder({ nodes, edges }: ServiceGraph): ServiceGraph {
  return { nodes: [...nodes].sort(by(nodeKey)), edges: [...edges].sort(by(edgeKey)) };
}

/** The namespaces of a graph, in order. */
export function namespacesOf({ nodes }: ServiceGraph): string[] {
  const names = nodes.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  return [...new Set(names)].sort(by((name) => [name]));
}

/** The ends of an edge as messages and requests go: a topic hands to those that consume it. */
export function direction({ from, to, kind }: ServiceEdge): readonly [string, string] {
  return kind === 'consumes' ? [to, from] : [from, to];
}

/** Such as `HTTP 8080`. */
export function edgeText({ kind, port }: ServiceEdge): string {
  return [EDGE_NAMES[kind], ...(port === undefined ? [] : [port])].join(' ');
}

type Key = readonly (string | number)[];

const nodeKey = ({ namespace, name }: ServiceNode): Key => [namespace ?? '', name];
const edgeKey = ({ from, to, kind, port }: ServiceEdge): Key => [from, to, kind, port ?? 0];

/** By code units, which no locale changes. */
function by<T>(key: (one: T) => Key): (a: T, b: T) => number {
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    if (at < 0) return 0;
    return left[at] < right[at] ? -1 : 1;
  };
}
