import { ServiceNodeKind } from './service-graph';

/** Strokes on a square of 16 pixels. */
export const ICONS: { readonly [kind in ServiceNodeKind]: string } = {
  gateway: 'M8 1.5 14 4.8v6.4L8 14.5 2 11.2V4.8zM5 8h6M8.8 5.8 11 8 8.8 10.2',
  service: 'M2 2.5h12v4.5H2zM2 9h12v4.5H2zM4.8 4.75h.01M4.8 11.25h.01',
  job: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM6.5 5.3 10.8 8l-4.3 2.7z',
  database:
    'M2.5 4c0-1.4 2.5-2.5 5.5-2.5s5.5 1.1 5.5 2.5-2.5 2.5-5.5 2.5S2.5 5.4 2.5 4zv8c0 1.4 2.5 2.5 5.5 2.5s5.5-1.1 5.5-2.5V4M2.5 8c0 1.4 2.5 2.5 5.5 2.5s5.5-1.1 5.5-2.5',
  bucket: 'M2 3.5c0-1 2.7-2 6-2s6 1 6 2-2.7 2-6 2-6-1-6-2zl1.8 9.4c.2 1 2 1.6 4.2 1.6s4-.6 4.2-1.6L14 3.5',
  cache: 'M9 1.5 3 9h4.5L7 14.5 13 7H8.5z',
  topic: 'M1.5 4h7.5M1.5 8h12M1.5 12h7.5M11 5l3 3-3 3',
  external: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM1.5 8h13M8 1.5c3.6 4 3.6 9 0 13c-3.6-4-3.6-9 0-13z',
};

interface Colours {
  readonly page: string;
  readonly frame: string;
  readonly border: string;
  readonly box: string;
  readonly name: string;
  readonly small: string;
  readonly badge: string;
  readonly nodes: { readonly [kind in ServiceNodeKind]: string };
  readonly lines: { readonly [group: string]: string };
}

const LIGHT: Colours = {
  page: '#ffffff',
  frame: '#f6f8fa',
  border: '#d0d7de',
  box: '#ffffff',
  name: '#1f2328',
  small: '#59636e',
  badge: '#e7ebef',
  nodes: {
    gateway: '#7c3aed',
    service: '#2563eb',
    job: '#0e7490',
    database: '#047857',
    bucket: '#4d7c0f',
    cache: '#a16207',
    topic: '#c2410c',
    external: '#57606a',
  },
  lines: { call: '#2563eb', data: '#047857', message: '#c2410c', outside: '#57606a', start: '#8c959f' },
};

const DARK: Colours = {
  page: '#0d1117',
  frame: '#151b23',
  border: '#3d444d',
  box: '#0d1117',
  name: '#f0f6fc',
  small: '#9ba5b0',
  badge: '#2a313c',
  nodes: {
    gateway: '#b392f0',
    service: '#6cb0ff',
    job: '#4cc9dd',
    database: '#4cc38a',
    bucket: '#9bc53d',
    cache: '#e0b341',
    topic: '#f0935a',
    external: '#9ba5b0',
  },
  lines: { call: '#6cb0ff', data: '#4cc38a', message: '#f0935a', outside: '#9ba5b0', start: '#6e7681' },
};

/** The sheet of a picture; classes and no variables, which not every program that draws SVG knows. */
export const STYLE = [
  // these three have letters of the widths that are measured with
  'text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif}',
  '.name{font-weight:bold}.box,.frame,.label{stroke-width:1}.box{stroke-width:1.5}',
  '.external .box{stroke-dasharray:5 3}',
  '.icon{fill:none;stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}',
  '.line{fill:none;stroke-width:1.5}.message.line{stroke-dasharray:6 4}.start.line{stroke-dasharray:1.5 4;stroke-linecap:round}',
  rules(LIGHT),
  `@media (prefers-color-scheme:dark){${rules(DARK)}}`,
].join('');

function rules({ page, frame, border, box, name, small, badge, nodes, lines }: Colours): string {
  return [
    `.page{fill:${page}}.frame{fill:${frame};stroke:${border}}.label{fill:${page};stroke:${border}}`,
    `.box{fill:${box}}.name{fill:${name}}.small{fill:${small}}.badge{fill:${badge}}`,
    ...Object.entries(nodes).map(([kind, colour]) => `.${kind} .box,.${kind} .icon{stroke:${colour}}`),
    ...Object.entries(lines).map(([group, colour]) => `.line.${group}{stroke:${colour}}.tip.${group}{fill:${colour}}`),
  ].join('');
}
