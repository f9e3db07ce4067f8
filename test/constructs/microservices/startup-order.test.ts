import * as fc from 'fast-check';
import { StartupOrder } from '../../../src/constructs/microservices/startup-order';

type Edges = readonly (readonly [number, number])[];

function orderOf(size: number, edges: Edges): StartupOrder<number> {
  const waitsFor = new Map(Array.from({ length: size }, (_, part) => [part, new Set<number>()]));
  edges.forEach(([from, to]) => waitsFor.get(from)?.add(to));
  return new StartupOrder(waitsFor);
}

const SIZE = 12;
const anyEdges = fc.array(
  fc.tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1)).filter(([from, to]) => from !== to),
  { maxLength: 30 },
);

/** Which parts can be reached from one, by one edge or more. */
function reachable(edges: Edges, start: number): Set<number> {
  const found = new Set<number>();
  const add = (at: number): void => {
    for (const [from, to] of edges) {
      if (from !== at || found.has(to)) continue;
      found.add(to);
      add(to);
    }
  };
  add(start);
  return found;
}

test.each<[string, Edges, (number | undefined)[]]>([
  ['nothing waits', [], [0, 0, 0]],
  [
    'a chain',
    [
      [2, 1],
      [1, 0],
    ],
    [0, 1, 2],
  ],
  [
    'the longest of two ways counts',
    [
      [2, 0],
      [2, 1],
      [1, 0],
    ],
    [0, 1, 2],
  ],
  [
    'a circle, and what waits for it',
    [
      [0, 1],
      [1, 0],
      [2, 1],
    ],
    [undefined, undefined, undefined],
  ],
  [
    'a circle, and what does not wait for it',
    [
      [0, 1],
      [1, 0],
      [1, 2],
    ],
    [undefined, undefined, 0],
  ],
])('%s', (_what, edges, steps) => {
  expect([0, 1, 2].map((part) => orderOf(3, edges).stepOf(part))).toEqual(steps);
});

test('a circle is named in the order in which one waits for the next', () => {
  const edges: Edges = [
    [0, 2],
    [2, 3],
    [3, 1],
    [1, 2],
  ];
  expect(orderOf(4, edges).cycles()).toEqual([[2, 3, 1]]);
});

test('circles that have nothing to do with each other are all found', () => {
  const edges: Edges = [
    [0, 1],
    [1, 0],
    [2, 3],
    [3, 2],
  ];
  expect(orderOf(4, edges).cycles()).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test('a part has a step exactly if no circle is before it, one above the highest of those that it waits for', () => {
  fc.assert(
    fc.property(anyEdges, (edges) => {
      const order = orderOf(SIZE, edges);
      for (let part = 0; part < SIZE; part++) {
        const before = [part, ...reachable(edges, part)];
        const circular = before.some((one) => reachable(edges, one).has(one));
        const waitsFor = edges.filter(([from]) => from === part).map(([, to]) => order.stepOf(to) ?? Infinity);
        expect(order.stepOf(part)).toBe(circular ? undefined : Math.max(-1, ...waitsFor) + 1);
      }
    }),
  );
});

test('what is called a circle is one, and there is none exactly if all parts have a step', () => {
  fc.assert(
    fc.property(anyEdges, (edges) => {
      const order = orderOf(SIZE, edges);
      const cycles = order.cycles();
      const complete = Array.from({ length: SIZE }, (_, part) => order.stepOf(part)).every(
        (step) => step !== undefined,
      );
      expect(cycles.length === 0).toBe(complete);
      for (const cycle of cycles) {
        cycle.forEach((part, at) => {
          const next = cycle[(at + 1) % cycle.length];
          expect(edges.some(([from, to]) => from === part && to === next)).toBe(true);
        });
      }
    }),
  );
});

test('a long chain takes no deep recursion', () => {
  const edges = Array.from({ length: 20_000 }, (_, part) => [part, part + 1] as const);
  expect(orderOf(20_001, edges).stepOf(0)).toBe(20_000);
  expect(orderOf(20_001, [...edges, [20_000, 0]]).cycles()).toHaveLength(1);
});
