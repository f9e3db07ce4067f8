import { direction, edgeText, EDGE_NAMES, inOrder, NODE_NAMES } from './graph-order';
import { ServiceEdge, ServiceEdgeKind, ServiceGraph, ServiceNode, ServiceNodeKind } from './service-graph';
import { Box, Frame, Layout, placed, PlacedEdge, PlacedNode, Point } from './svg-layout';
import { ICONS, STYLE } from './svg-style';
import { oneLine, textElement, textWidth, xml } from './svg-text';

/**
 * A graph of services as a picture: a document of SVG 1.1, light or dark as the reader's system is. It holds its own style and fetches nothing. Each part is a box in the
 * frame of its namespace; what depends stands left of what it depends on; arrows point the way that requests and messages go.
 */
export function toSvg(graph: ServiceGraph, title: string): string {
  const ordered = inOrder(graph);
  const layout = placed(ordered, sizeOf);
  const content = contentOf(layout);
  const legend = legendOf(ordered, content);
  const [left, top] = [content.x - MARGIN, content.y - MARGIN];
  const [width, height] = [content.width + 2 * MARGIN, content.height + legend.height + 2 * MARGIN];
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">`,
    `<title id="title">${xml(title)}</title>`,
    `<desc id="description">${xml(description(ordered))}</desc>`,
    `<style>${STYLE}</style>`,
    `<defs>${GROUPS.map(marker).join('')}</defs>`,
    `<rect class="page" x="${left}" y="${top}" width="${width}" height="${height}"/>`,
    ...layout.frames.map(frame),
    ...layout.edges.map(line),
    ...layout.nodes.map(box),
    ...legend.lines,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

const MARGIN = 16;
const NAME = 13;
const SMALL = 11;
/** Where texts of a box begin, right of the icon. */
const INDENT = 38;
const BADGE = 18;
/** Longer lines are cut; the whole text is in the title of the box. */
const MOST_CHARACTERS = 48;
/** Names of Kubernetes and topics end before. */
const LONGEST_NAME = 128;

/** What edges look like: several kinds are one group. */
interface Group {
  readonly name: string;
  readonly kinds: readonly ServiceEdgeKind[];
  /** What the legend says. */
  readonly text: string;
}

/** What the frame is called with all that is in no namespace: outside the cluster, or the business of the provider. */
const BESIDE = 'beside the services';

const GROUPS: readonly Group[] = [
  { name: 'call', kinds: ['http', 'grpc'], text: 'calls' },
  { name: 'data', kinds: ['database', 'bucket', 'cache'], text: 'stores' },
  { name: 'message', kinds: ['produces', 'consumes'], text: 'messages' },
  { name: 'outside', kinds: ['external'], text: 'calls outside' },
  { name: 'start', kinds: ['starts-after'], text: 'starts after' },
];

function groupOf(kind: ServiceEdgeKind): string {
  return GROUPS.find(({ kinds }) => kinds.includes(kind))?.name ?? 'call';
}

function marker({ name }: Group): string {
  return `<marker id="arrow-${name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip ${name}" d="M0 0.5 8 4 0 7.5z"/></marker>`;
}

/** The lines below the name. */
function smallLines({ kind, ports, details }: ServiceNode): string[] {
  const first = [NODE_NAMES[kind], ...(ports.length > 0 ? [ports.join(', ')] : [])].join(' · ');
  return [first, ...details].map((text) => oneLine(text, MOST_CHARACTERS)).filter((text) => text !== '');
}

function sizeOf(node: ServiceNode): { readonly width: number; readonly height: number } {
  const lines = smallLines(node);
  const name = textWidth(oneLine(node.name, LONGEST_NAME), NAME, true);
  const widths = [
    name + (node.startupStep === undefined ? 0 : BADGE + 10),
    ...lines.map((text) => textWidth(text, SMALL)),
  ];
  return { width: INDENT + Math.max(...widths) + 14, height: 35 + 15 * lines.length };
}

function box({ node, x, y, width, height }: PlacedNode): string {
  const whole = [node.name, NODE_NAMES[node.kind], ...node.ports, ...node.details].join('\n');
  const texts = smallLines(node).map((text, at) => textElement(text, x + INDENT, y + 39 + 15 * at, SMALL, 'small'));
  return [
    `<g class="${node.kind}"><title>${xml(whole)}</title>`,
    `<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`,
    `<path class="icon" transform="translate(${x + 12} ${y + 11})" d="${ICONS[node.kind]}"/>`,
    textElement(oneLine(node.name, LONGEST_NAME), x + INDENT, y + 23, NAME, 'name', true),
    ...texts,
    node.startupStep === undefined ? '' : badge(String(node.startupStep), x + width - BADGE - 7, y + 8),
    '</g>',
  ].join('');
}

function badge(text: string, x: number, y: number): string {
  const width = Math.min(textWidth(text, SMALL), BADGE - 4);
  const number = `<text class="small" x="${x + BADGE / 2}" y="${y + 13}" font-size="${SMALL}" text-anchor="middle" textLength="${width}" lengthAdjust="spacingAndGlyphs">${xml(text)}</text>`;
  return `<rect class="badge" x="${x}" y="${y}" width="${BADGE}" height="${BADGE}" rx="${BADGE / 2}"/>${number}`;
}

function frame({ name, x, y, width, height }: Frame): string {
  const most = Math.max(3, Math.floor((width - 44) / 7));
  const label = oneLine(name ?? BESIDE, most);
  const labelWidth = textWidth(label, 12) + 16;
  return [
    `<g><title>${xml(name === undefined ? BESIDE : `namespace ${name}`)}</title>`,
    `<rect class="frame${name === undefined ? ' outside' : ''}" x="${x}" y="${y}" width="${width}" height="${height}" rx="12"/>`,
    `<rect class="label" x="${x + 14}" y="${y - 9}" width="${labelWidth}" height="19" rx="9.5"/>`,
    textElement(label, x + 22, y + 5, 12, 'small'),
    '</g>',
  ].join('');
}

function line({ edge, points }: PlacedEdge): string {
  const group = groupOf(edge.kind);
  const course = edge.kind === 'consumes' ? [...points].reverse() : points;
  const text = xml(sentence(edge));
  return `<path class="line ${group}" marker-end="url(#arrow-${group})" d="${curve(course)}"><title>${text}</title></path>`;
}

/** Level at each point, and an S between two of different heights. */
function curve([first, ...others]: readonly Point[]): string {
  let before = first;
  const parts = others.map((point) => {
    const middle = (before.x + point.x) / 2;
    const part =
      before.y === point.y ? `H${point.x}` : `C${middle} ${before.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    before = point;
    return part;
  });
  return `M${first.x} ${first.y}${parts.join('')}`;
}

/** What takes up room, but for the legend. */
function contentOf({ nodes, edges, frames }: Layout): Box {
  const boxes: Box[] = [
    ...nodes,
    // with the name of the namespace on the border
    ...frames.map(({ x, y, width, height }) => ({ x, y: y - 9, width, height: height + 9 })),
    ...edges.flatMap(({ points }) => points.map(({ x, y }) => ({ x, y, width: 0, height: 0 }))),
  ];
  const [left, top] = [least(boxes.map(({ x }) => x)), least(boxes.map(({ y }) => y))];
  const right = -least(boxes.map(({ x, width }) => -x - width));
  const bottom = -least(boxes.map(({ y, height }) => -y - height));
  return { x: left, y: top, width: Math.max(right - left, 160), height: bottom - top };
}

/** Without spreading, which the stack has no room for where there are many. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), values.length > 0 ? Infinity : 0);
}

interface Legend {
  readonly lines: readonly string[];
  readonly height: number;
}

/** What is in the picture, and what it looks like. */
function legendOf({ nodes, edges }: ServiceGraph, content: Box): Legend {
  const kinds = (Object.keys(NODE_NAMES) as ServiceNodeKind[]).filter((kind) =>
    nodes.some((node) => node.kind === kind),
  );
  const groups = GROUPS.filter((group) => edges.some(({ kind }) => group.kinds.includes(kind)));
  const entries: Entry[] = [
    ...kinds.map((kind) => ({
      text: NODE_NAMES[kind],
      sample: (x: number, y: number) =>
        `<g class="${kind}"><path class="icon" transform="translate(${x} ${y - 12})" d="${ICONS[kind]}"/></g>`,
      room: 22,
    })),
    ...groups.map(({ name, text }) => ({
      text,
      sample: (x: number, y: number) =>
        `<path class="line ${name}" marker-end="url(#arrow-${name})" d="M${x} ${y - 4}H${x + 30}"/>`,
      room: 36,
    })),
    ...(nodes.some(({ startupStep }) => startupStep !== undefined)
      ? [{ text: 'place in the start order', sample: (x: number, y: number) => badge('1', x, y - 13), room: 24 }]
      : []),
  ];
  let [x, y] = [content.x, content.y + content.height + 32];
  const lines = entries.map(({ text, sample, room }) => {
    const width = room + textWidth(text, SMALL);
    if (x > content.x && x + width > content.x + content.width) [x, y] = [content.x, y + 24];
    const drawn = sample(x, y) + textElement(text, x + room, y, SMALL, 'small');
    x += width + 20;
    return drawn;
  });
  return { lines, height: entries.length > 0 ? y + 8 - content.y - content.height : 0 };
}

interface Entry {
  readonly text: string;
  /** Draws it at a place on the base line. */
  readonly sample: (x: number, y: number) => string;
  /** Its width. */
  readonly room: number;
}

/** Who depends on whom, for those who do not see the picture. */
function description({ nodes, edges }: ServiceGraph): string {
  const parts = nodes.map(({ kind, name }) => `${NODE_NAMES[kind]} ${name}.`);
  return [...parts, ...edges.map((edge) => `${sentence(edge)}.`)].join(' ');
}

function sentence(edge: ServiceEdge): string {
  if (edge.kind === 'starts-after') return `${edge.from} ${EDGE_NAMES[edge.kind]} ${edge.to}`;
  const [from, to] = direction(edge);
  return `${from} to ${to}: ${edgeText(edge)}`;
}
