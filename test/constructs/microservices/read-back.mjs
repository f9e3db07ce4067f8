// Reads texts with the programs that their readers have: Mermaid, and marked for Markdown. Both are ECMAScript modules, which jest does not load.
import process from 'node:process';
import { JSDOM } from 'jsdom';
import { marked } from 'marked';

// Mermaid sanitizes labels with a DOM
const { window } = new JSDOM('');
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');

/** As Mermaid decodes the characters that a text has by their codes. */
const decoded = (text) => text.replace(/ﬂ°°(\d+)¶ß/g, (_, code) => String.fromCodePoint(Number(code)));

async function flowchart(text) {
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  return {
    title: db.getAccTitle(),
    nodes: [...db.getVertices().values()].map(({ id, text: label, type, classes }) => ({
      id,
      label: decoded(label),
      shape: type,
      classes,
    })),
    edges: db.getEdges().map(({ start, end, text: label, stroke }) => ({ start, end, label: decoded(label), stroke })),
    subgraphs: db.getSubGraphs().map(({ title, nodes }) => ({ title: decoded(title), nodes })),
  };
}

/** The text of a cell as a reader sees it. */
const seen = (html) => new JSDOM(html).window.document.body.textContent;

function table(text) {
  const [first, ...others] = marked.lexer(text).filter(({ type }) => type !== 'space');
  if (first?.type !== 'table' || others.length > 0) throw new Error(`is not one table: ${JSON.stringify(first)}`);
  const kinds = first.rows.flat().flatMap(({ tokens }) => tokens.map(({ type }) => type));
  return {
    header: first.header.map((cell) => cell.text),
    rows: first.rows.map((row) => row.map(({ text: cell }) => seen(marked.parseInline(cell)))),
    kinds: [...new Set(kinds)].sort(),
  };
}

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { flowcharts = [], tables = [] } = JSON.parse(input);
const output = { flowcharts: [], tables: tables.map(table) };
for (const text of flowcharts) output.flowcharts.push(await flowchart(text));
process.stdout.write(JSON.stringify(output));
