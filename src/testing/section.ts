import { fail } from '../contracts/errors';
import { checkPattern, compare, Comparison, isMatcher, isObject, patternShown, weightOf } from './matcher';
import { didYouMean, shortened } from './shown';

/** What of the output an assertion looks at, and how messages call it. */
export interface SectionWords {
  /** Where the entries are: an environment or a stack. */
  readonly owner: string;
  /** One of them, such as `object`. */
  readonly one: string;
  /** The prop that says which, such as `kind`. */
  readonly prop: string;
  /** What they are sorted by, in the plural, such as `kinds`. */
  readonly types: string;
}

/** One object, resource, data source, output or provider. */
export interface Entry {
  /** Its kind, or type. */
  readonly type: string;
  /** Another way to say its type, such as `Deployment.apps`. */
  readonly alias?: string;
  /** Its name for people, unique among those of its type. */
  readonly name: string;
  readonly value: { [key: string]: unknown };
}

const MOST_CANDIDATES = 3;
const MOST_MISMATCHES = 5;
const MOST_NAMES = 10;
const LONGEST_PATTERN = 300;
const LINE = 100;

/** The entries of one part of the output, and the assertions over them. Each takes the name of the public method for its errors. */
export class Section {
  public constructor(
    private readonly words: SectionWords,
    private readonly entries: Entry[],
    /** Where entries of a type are instead, by the type. */
    private readonly elsewhere: (type: string) => string[] = () => [],
  ) {}

  /** Some entry of a type matches. */
  public has(where: string, type: string, pattern: unknown): void {
    const compared = this.compared(where, type, pattern);
    if (compared.length === 0) throw new Error(this.absent(type));
    if (matching(compared).length > 0) return keep(compared);
    throw new Error(
      `${this.words.owner} has no ${this.name(type)} that matches ${patternShown(pattern, LONGEST_PATTERN)}.\n${closest(compared)}`,
    );
  }

  /** Every entry of a type matches, and there is one. */
  public all(where: string, type: string, pattern: unknown): void {
    const compared = this.compared(where, type, pattern);
    if (compared.length === 0) throw new Error(this.absent(type));
    const others = compared.filter(({ comparison }) => comparison.mismatches.length > 0);
    if (others.length === 0) return keep(compared);
    const count = `${others.length} of ${this.counted(type, compared.length)}`;
    const verb = others.length === 1 ? 'does' : 'do';
    throw new Error(
      `${this.words.owner}: ${count} ${verb} not match ${patternShown(pattern, LONGEST_PATTERN)}.\n${closest(others)}`,
    );
  }

  /** So many entries of a type match. */
  public countIs(where: string, type: string, count: number, pattern: unknown): void {
    if (!Number.isInteger(count) || count < 0) {
      fail(where, 'count', 'must be a whole number of at least 0', count, 'give the number that is expected');
    }
    const compared = this.compared(where, type, pattern ?? {});
    const matched = matching(compared);
    if (matched.length === count) return keep(compared);
    if (compared.length === 0) throw new Error(this.absent(type, `, expected ${count}`));
    const verb = matched.length === 1 ? 'matches' : 'match';
    const suffix = pattern === undefined ? '' : ` that ${verb} ${patternShown(pattern, LONGEST_PATTERN)}`;
    const head = `${this.words.owner} has ${this.counted(type, matched.length)}${suffix}, expected ${count}`;
    const names = matched.length === 0 ? '.' : `: ${listed(matched.map(({ entry }) => entry.name))}.`;
    const others = compared.filter((one) => !matched.includes(one));
    const block = matched.length < count && others.length > 0 ? `\n${closest(others)}` : '';
    throw new Error(head + names + block);
  }

  /** The entries of a type that match, by their names. */
  public find(where: string, type: string, pattern: unknown): { [name: string]: { [key: string]: unknown } } {
    const matched = matching(this.compared(where, type, pattern ?? {}));
    keep(matched);
    return Object.fromEntries(matched.map(({ entry: { name, value } }) => [name, structuredClone(value)]));
  }

  private compared(where: string, type: string, pattern: unknown): Compared[] {
    checkPattern(where, pattern);
    if (!isObject(pattern) && !isMatcher(pattern)) {
      fail(
        where,
        'pattern',
        'must be an object',
        pattern,
        "give what the whole one has, such as { metadata: { name: 'api' } }",
      );
    }
    return this.ofType(where, type).map((entry) => ({ entry, comparison: compare(pattern, entry.value, '', true) }));
  }

  private ofType(where: string, type: string): Entry[] {
    const found = this.entries.filter((entry) => entry.type === type || entry.alias === type);
    if (found.length > 0) return found;
    // an assertion that there is none of them would hold for ever
    const almost = this.types().find((other) => bare(other) === bare(type));
    if (almost !== undefined) {
      fail(where, this.words.prop, 'must be written as it is in the output', type, `use ${almost}`);
    }
    return [];
  }

  private types(): string[] {
    return [...new Set(this.entries.map(({ type }) => type))].sort();
  }

  private absent(type: string, expected = ''): string {
    const { owner, types } = this.words;
    const head = `${owner} has no ${this.name(type)}${expected}`;
    const places = this.elsewhere(type);
    if (places.length > 0) return `${head}; there is one in ${places.join(' and in ')}.`;
    const known = this.types();
    if (known.length === 0) return `${head}: it has no ${types}.`;
    const advice = didYouMean(type, known);
    return `${head}${advice === '' ? '.' : advice} Its ${types} are:\n${wrapped(known)}`;
  }

  private name(type: string): string {
    return [type, ...(this.words.one === '' ? [] : [this.words.one])].join(' ');
  }

  private counted(type: string, count: number): string {
    return `${count === 0 ? 'no' : count} ${this.name(type)}${count === 1 || count === 0 ? '' : 's'}`;
  }
}

interface Compared {
  readonly entry: Entry;
  readonly comparison: Comparison;
}

function matching(compared: Compared[]): Compared[] {
  return compared.filter(({ comparison }) => comparison.mismatches.length === 0);
}

/** Fills the captures of the pattern. */
function keep(compared: Compared[]): void {
  matching(compared).forEach(({ comparison }) => comparison.captures.forEach((capture) => capture()));
}

/** The candidates that miss least, and what they miss. Where one has the name that the pattern asks for, only those that do. */
function closest(compared: Compared[]): string {
  const named = compared.filter(({ comparison }) =>
    comparison.mismatches.every(({ path }) => !['name', 'metadata', 'metadata.name'].includes(path)),
  );
  const sorted = [...(named.length > 0 ? named : compared)].sort(
    (a, b) => weightOf(a.comparison) - weightOf(b.comparison),
  );
  const lines = sorted
    .slice(0, MOST_CANDIDATES)
    .flatMap(({ entry, comparison: { mismatches } }) => [
      `  ${entry.name}`,
      ...mismatches
        .slice(0, MOST_MISMATCHES)
        .map(({ path, message }) => `    ${path === '' ? message : `${path}: ${message}`}`),
      ...(mismatches.length > MOST_MISMATCHES ? [`    and ${mismatches.length - MOST_MISMATCHES} more`] : []),
    ]);
  const others = sorted.length - MOST_CANDIDATES;
  return ['Closest:', ...lines, ...(others > 0 ? [`  and ${others} other${others === 1 ? '' : 's'}`] : [])].join('\n');
}

function listed(names: string[]): string {
  const others = names.length - MOST_NAMES;
  return [...names.slice(0, MOST_NAMES), ...(others > 0 ? [`and ${others} others`] : [])].join(', ');
}

/** Names in lines that fit a terminal. */
function wrapped(names: string[]): string {
  const lines = [''];
  for (const name of names) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = name;
    else if (`${last}, ${name}`.length > LINE) lines.push(name);
    else lines[lines.length - 1] = `${last}, ${name}`;
  }
  return lines.map((line) => `  ${shortened(line, LINE)}`).join(',\n');
}

/** A type without what people write in another way: capitals, underscores, the plural. */
function bare(type: string): string {
  return type
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/s$/, '');
}
