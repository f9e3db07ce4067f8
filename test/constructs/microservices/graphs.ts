import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import fc from 'fast-check';
import {
  ServiceEdge,
  ServiceEdgeKind,
  ServiceGraph,
  ServiceNode,
  ServiceNodeKind,
} from '../../../src/constructs/microservices/service-graph';

/** What Mermaid reads in a flowchart. */
export interface Flowchart {
  readonly title: string;
  readonly nodes: readonly {
    readonly id: string;
    readonly label: string;
    readonly shape: string;
    readonly classes: readonly string[];
  }[];
  readonly edges: readonly {
    readonly start: string;
    readonly end: string;
    readonly label: string;
    readonly stroke: string;
  }[];
  readonly subgraphs: readonly { readonly title: string; readonly nodes: readonly string[] }[];
}

/** What marked reads in a table: cells as a reader sees them, and the kinds of inline elements in them. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly kinds: readonly string[];
}

/** Reads texts with Mermaid and marked, in a process of their own. */
export function readBack(texts: { readonly flowcharts?: readonly string[]; readonly tables?: readonly string[] }): {
  readonly flowcharts: readonly Flowchart[];
  readonly tables: readonly Table[];
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'read-back.mjs')], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { flowcharts: Flowchart[]; tables: Table[] };
}

/** A node, by default a service. */
export function node(name: string, more: Partial<ServiceNode> = {}): ServiceNode {
  return { name, kind: 'service', namespace: 'shop', ports: [8080], details: [], ...more };
}

/** A dependency. */
export function edge(from: string, kind: ServiceEdgeKind, to: string, port?: number): ServiceEdge {
  return { from, to, kind, ...(port === undefined ? {} : { port }) };
}

/** One of each: a shop with a gateway, services, a job, all kinds of stores, and a database outside. */
export const SHOP: ServiceGraph = {
  nodes: [
    node('gateway', { kind: 'gateway', startupStep: 2, ports: [80, 443] }),
    node('orders', { startupStep: 1, details: ['2-8 replicas'] }),
    node('payments', { startupStep: 1, ports: [50_051] }),
    node('report', { kind: 'job', ports: [] }),
    node('postgres', { kind: 'database', namespace: 'data', startupStep: 0, ports: [5432] }),
    node('receipts', { kind: 'bucket', namespace: 'data', startupStep: 0, ports: [443] }),
    node('sessions', { kind: 'cache', namespace: 'data', startupStep: 0, ports: [6379] }),
    node('shop.paid', { kind: 'topic', namespace: 'data', startupStep: 0, ports: [9094] }),
    node('ledger', { kind: 'external', namespace: undefined, ports: [3306], details: ['mysql'] }),
  ],
  edges: [
    edge('gateway', 'http', 'orders', 8080),
    edge('orders', 'grpc', 'payments', 50_051),
    edge('orders', 'database', 'postgres', 5432),
    edge('orders', 'cache', 'sessions', 6379),
    edge('orders', 'consumes', 'shop.paid', 9094),
    edge('payments', 'produces', 'shop.paid', 9094),
    edge('payments', 'external', 'ledger', 3306),
    edge('payments', 'starts-after', 'orders'),
    edge('report', 'bucket', 'receipts', 443),
    edge('report', 'http', 'orders', 8080),
  ],
};

/** The same graph, put together the other way round. */
export function reversed({ nodes, edges }: ServiceGraph): ServiceGraph {
  return { nodes: [...nodes].reverse(), edges: [...edges].reverse() };
}

/** Texts that Markdown, Mermaid, HTML or XML could take for something of theirs. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '"] --> n1["',
  '| a | b |',
  '#quot;%%{init: {}}%%',
  '`x` **bold** _em_ [a](https://example.com) ![b](c)',
  '1. one',
  '- item',
  'end',
  'line\nbreak\r\nand\ttab',
  '&amp; &#60; ]]> --> <!-- x',
  '\u0000\u0007 control \uFFFF',
  '\uD800 alone',
  '漢字 émoji 😀',
  "'; DROP TABLE users; --",
  '${x} {{y}} $labels',
  'www.example.com https://example.com a@example.com',
];

const NODE_KINDS: readonly ServiceNodeKind[] = [
  'gateway',
  'service',
  'job',
  'database',
  'bucket',
  'cache',
  'topic',
  'external',
];
const EDGE_KINDS: readonly ServiceEdgeKind[] = [
  'http',
  'grpc',
  'database',
  'bucket',
  'cache',
  'produces',
  'consumes',
  'external',
  'starts-after',
];

/** Any graph of up to 24 parts, with cycles, several edges between two, parts of no edge, and any texts. */
export const anyGraph: fc.Arbitrary<ServiceGraph> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...NODE_KINDS),
      namespace: fc.constantFrom('a', 'b', 'a-namespace-with-a-very-long-name', undefined),
      startupStep: fc.option(fc.nat({ max: 12 }), { nil: undefined }),
      ports: fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 3 }),
      details: fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 80 })), { maxLength: 3 }),
      suffix: fc.stringMatching(/^[a-z0-9]{1,40}$/),
    }),
    { minLength: 1, maxLength: 24 },
  )
  .chain((parts) => {
    const nodes = parts.map(({ suffix, ...part }, at): ServiceNode => ({ name: `s${at}-${suffix}`, ...part }));
    const names = nodes.map(({ name }) => name);
    const edges = fc.array(
      fc.record({
        from: fc.constantFrom(...names),
        to: fc.constantFrom(...names),
        kind: fc.constantFrom(...EDGE_KINDS),
        port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
      }),
      { maxLength: 60 },
    );
    // nothing depends on itself
    return edges.map((all) => ({ nodes, edges: all.filter(({ from, to }) => from !== to) }));
  });
