import * as fs from 'fs';
import * as path from 'path';
import type { Attack } from '../cluster/attacks/attack';
import { ROOT } from './pages';

const PAGE = path.join(ROOT, 'docs/security.md');
const TABLES = path.join(ROOT, 'test/cluster/attacks/tables');
const [BEGIN, END] = ['<!-- attacks: begin -->', '<!-- attacks: end -->'];

interface Table {
  readonly name: string;
  readonly attacks: readonly Attack[];
}

test('the page about security lists the attacks of today', () => {
  const page = fs.readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [listed, after] = rest.split(END);
  const expected = tables().map(section).join('\n');
  if (process.env.UPDATE_DOCS !== undefined) {
    fs.writeFileSync(PAGE, `${before}${BEGIN}\n\n${expected}\n${END}${after}`);
    return;
  }
  expect(withoutPadding(listed)).toBe(withoutPadding(expected));
});

/** Every file of attacks: a table each, which `attacks.test.ts` runs. */
function tables(): Table[] {
  const files = fs.readdirSync(TABLES).sort();
  const run = fs.readFileSync(path.join(TABLES, '..', 'attacks.test.ts'), 'utf8');
  return files.map((file) => {
    const name = path.basename(file, '.ts');
    expect(run).toContain(`from './tables/${name}'`);
    const exported = jest.requireActual<Record<string, readonly Attack[]>>(path.join(TABLES, file));
    const attacks = exported[name.replace(/-/g, '_').toUpperCase()];
    return { name, attacks };
  });
}

function section({ name, attacks }: Table): string {
  const rows = attacks.map(({ who, request, gain, defence }) => row([who, request, gain, defence]));
  return [
    `### ${name[0].toUpperCase()}${name.slice(1).replace(/-/g, ' ')}`,
    '',
    row(['who', 'asks for', 'it would have given', 'why it does not']),
    row(['---', '---', '---', '---']),
    ...rows,
    '',
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
}

/** Prettier aligns the columns. */
function withoutPadding(text: string): string {
  return text.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---').trim();
}
