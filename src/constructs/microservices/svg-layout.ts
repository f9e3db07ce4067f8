import { Graph, layout } from '@dagrejs/dagre';
import { namespacesOf } from './graph-order';
import { ServiceEdge, ServiceGraph, ServiceNode } from './service-graph';

/** A rectangle, by its upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A point. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a node is drawn. */
export interface PlacedNode extends Box {
  readonly node: ServiceNode;
}

/** Where an edge is drawn: from the border of the one box to that of the other. */
export interface PlacedEdge {
  readonly edge: ServiceEdge;
  readonly points: readonly Point[];
}

/** The frame of a namespace. */
export interface Frame extends Box {
  readonly name: string;
}

/** Where everything is drawn. */
export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly frames: readonly Frame[];
}

/** The size of what is drawn for a node. */
export type Measure = (node: ServiceNode) => { readonly width: number; readonly height: number };

/** Distance between columns, between what stands in one column, and between lines that pass each other. */
const SEPARATION = { ranksep: 72, nodesep: 28, edgesep: 12 };
/** Where a picture is larger, the order within columns is searched for less long. */
const LARGE = 150;

/**
 * Places a graph in columns from left to right: what depends stands left of what it depends on. Lines turn between columns only, so that none runs through a box.
 *
 * @param graph in the order of `inOrder`, since the place depends on it
 */
export function placed(graph: ServiceGraph, measure: Measure): Layout {
  const dagre = new Graph<object, Box, { points: Point[] }>({ multigraph: true, compound: true });
  dagre.setGraph({ rankdir: 'LR', ranker: 'tight-tree', ...SEPARATION });
  for (const name of namespacesOf(graph)) dagre.setNode(frameId(name), nowhere(0, 0));
  for (const node of graph.nodes) {
    const { width, height } = measure(node);
    dagre.setNode(nodeId(node.name), nowhere(width, height));
    if (node.namespace !== undefined) dagre.setParent(nodeId(node.name), frameId(node.namespace));
  }
  graph.edges.forEach(({ from, to }, at) => dagre.setEdge(nodeId(from), nodeId(to), { points: [] }, String(at)));
  layout(dagre, { disableOptimalOrderHeuristic: graph.nodes.length > LARGE });
  const nodes = graph.nodes.map((node) => ({ node, ...corner(dagre.node(nodeId(node.name))) }));
  const frames = namespacesOf(graph).map((name) => ({ name, ...corner(dagre.node(frameId(name))) }));
  const courses = graph.edges.map((edge, at) => ({
    edge,
    course: dagre.edge(nodeId(edge.from), nodeId(edge.to), String(at)).points.map(rounded),
  }));
  return { nodes, edges: routed(nodes, courses), frames };
}

// the library has names of its own in the graph while it works
const nodeId = (name: string): string => `node ${name}`;
const frameId = (name: string): string => `namespace ${name}`;

function nowhere(width: number, height: number): Box {
  return { x: 0, y: 0, width, height };
}

/** The library says where the middle is. */
function corner({ x, y, width, height }: Box): Box {
  const [left, top] = [Math.round(x - width / 2), Math.round(y - height / 2)];
  return { x: left, y: top, width: Math.round(x + width / 2) - left, height: Math.round(y + height / 2) - top };
}

function rounded({ x, y }: Point): Point {
  return { x: Math.round(x), y: Math.round(y) };
}

interface Course {
  readonly edge: ServiceEdge;
  readonly course: readonly Point[];
}

/** A column of boxes, by what they take of the width. */
interface Column {
  readonly left: number;
  readonly right: number;
}

/** Lines from border to border, level within columns. */
function routed(nodes: readonly PlacedNode[], courses: readonly Course[]): PlacedEdge[] {
  const columns = columnsOf(nodes);
  const boxes = new Map(nodes.map((one) => [one.node.name, one]));
  const ends = endsOf(boxes, courses);
  return courses.map(({ edge, course }, at) => {
    const [first, last] = [ends.get(`${at} from`), ends.get(`${at} to`)];
    if (!first || !last) return { edge, points: course };
    const rightwards = first.x <= last.x;
    const level = ({ x, y }: Point): Point[] => {
      const column = columns.find(({ left, right }) => left <= x && x <= right);
      if (!column) return [];
      const sides = [
        { x: column.left, y },
        { x: column.right, y },
      ];
      return rightwards ? sides : sides.reverse();
    };
    const [leaving, arriving] = [level(first).at(-1), level(last)[0]];
    const inner = course.slice(1, -1).flatMap(level);
    return { edge, points: [first, leaving, ...inner, arriving, last].filter((point) => point !== undefined) };
  });
}

/** The library puts the boxes of a column on one middle; between columns there is room. */
function columnsOf(nodes: readonly PlacedNode[]): Column[] {
  const columns: { left: number; right: number }[] = [];
  for (const { x, width } of [...nodes].sort((a, b) => a.x - b.x)) {
    const column = columns.at(-1);
    if (column && x <= column.right) column.right = Math.max(column.right, x + width);
    else columns.push({ left: x, right: x + width });
  }
  return columns;
}

/** Where each line leaves its boxes: in the order of where it goes, at equal distances. */
function endsOf(boxes: ReadonlyMap<string, PlacedNode>, courses: readonly Course[]): Map<string, Point> {
  const sides = new Map<string, { readonly id: string; readonly towards: number }[]>();
  courses.forEach(({ edge, course }, at) => {
    const ends = [
      { id: `${at} from`, name: edge.from, next: course[1] },
      { id: `${at} to`, name: edge.to, next: course[course.length - 2] },
    ];
    for (const { id, name, next } of ends) {
      const box = boxes.get(name);
      if (!box) continue;
      const side = `${next.x > box.x + box.width / 2 ? 'right' : 'left'} ${name}`;
      sides.set(side, [...(sides.get(side) ?? []), { id, towards: next.y }]);
    }
  });
  const places = new Map<string, Point>();
  for (const [side, ends] of sides) {
    const box = boxes.get(side.replace(/^\S+ /, ''));
    if (!box) continue;
    const x = side.startsWith('right') ? box.x + box.width : box.x;
    [...ends]
      .sort((a, b) => a.towards - b.towards)
      .forEach(({ id }, at) => {
        places.set(id, { x, y: Math.round(box.y + (box.height * (at + 1)) / (ends.length + 1)) });
      });
  }
  return places;
}
