import * as fs from 'fs';
import * as path from 'path';

/** Root of the repository. */
export const ROOT = path.join(__dirname, '..', '..');

/** A block of code in a page. */
export interface Snippet {
  /** Path from the root of the repository. */
  readonly page: string;
  /** Line of the opening fence. */
  readonly line: number;
  readonly code: string;
}

/** README.md and everything below docs. */
export function pages(): string[] {
  const docs = fs
    .readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file));
  return ['README.md', ...docs].filter((file) => fs.existsSync(path.join(ROOT, file))).sort();
}

/** The files that a page prints whole, by their names: each a block below a line with its name. */
export function printedFiles(page: string): { [file: string]: string } {
  const text = fs.readFileSync(path.join(ROOT, page), 'utf8');
  const files = text.matchAll(/^`([\w.]+)`:\n\n```\w+\n(.*?)^```$/gms);
  return Object.fromEntries([...files].map(([, file, content]) => [file, content]));
}

/** The fenced blocks of a language. */
export function blocks(page: string, language: string): Snippet[] {
  const found: Snippet[] = [];
  let open: { line: number; indent: string; lines: string[] } | undefined;
  for (const [at, line] of fs.readFileSync(path.join(ROOT, page), 'utf8').split('\n').entries()) {
    const fence = /^(\s*)```(\w*)\s*$/.exec(line);
    if (!fence) {
      open?.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (open) {
      found.push({ page, line: open.line, code: open.lines.join('\n') });
      open = undefined;
    } else {
      open = fence[2] === language ? { line: at + 1, indent: fence[1], lines: [] } : undefined;
    }
  }
  return found;
}
