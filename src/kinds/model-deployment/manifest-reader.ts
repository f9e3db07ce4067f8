import { Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, Node, parseAllDocuments, Scalar } from 'yaml';

/** A place in a text, both from 1. */
export interface ManifestPosition {
  readonly line: number;
  readonly column: number;
}

/** Why a text is no manifest, or one that not all programs read alike. */
export interface ManifestProblem extends ManifestPosition {
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** A document of a text. */
export interface ReadManifest {
  /** Where the text is from, such as the path of its file. */
  readonly source: string;
  /** What it says, as JSON: undefined where it cannot be read. Numbers that JSON lacks are texts. */
  readonly value: unknown;
  /** The document with its places. @default - it cannot be read */
  readonly document?: Document;
  /** Why it is refused, in the order of the text. A manifest with problems passes nowhere. */
  readonly problems: readonly ManifestProblem[];
  /**
   * The place of a field: that of its key, that of an item of a list, or that of the nearest field around it which is there.
   *
   * @param path from the root, such as `['spec', 'metrics', 'f1_score']`
   */
  readonly positionOf: (path: readonly (string | number)[]) => ManifestPosition;
}

/** The greatest manifest, in bytes of UTF-8. The greatest of the schema has about 170 KB, with 512 libraries. */
const MOST_BYTES = 256 * 1024;
/** As many keys, values and lists in a text at most. The greatest manifest of the schema has about 3000. */
const MOST_NODES = 20_000;
/** As many lists and mappings within each other at most. */
const MOST_DEPTH = 64;
/** As many documents of a text at most. */
const MOST_DOCUMENTS = 256;
const MOST_PROBLEMS = 50;

/** What YAML has not in a text, and what stands for bytes that are no UTF-8. */
const NO_TEXT = /[^\P{Cc}\n\r\t\u0085]|[\ufffd-\uffff\uD800-\uDFFF]/u;

/**
 * Reads the manifests of a text of YAML or JSON, strictly: what readers of YAML take for different things, or what makes a small text a
 * great object, is a problem. Neither throws nor takes long, whatever the text is.
 *
 * @param source where the text is from, such as the path of its file
 */
export function readManifests(text: string, source: string): ReadManifest[] {
  const refused = (message: string, at = 0): ReadManifest[] => {
    const position = positionIn(text, at);
    return [{ source, value: undefined, problems: [{ message, ...position }], positionOf: () => position }];
  };
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) {
    return refused(`The file has ${bytes} bytes, a manifest has at most ${MOST_BYTES}: put data into the artifact`);
  }
  const odd = NO_TEXT.exec(text);
  if (odd) return refused('This character is not allowed in YAML: save the file as UTF-8 without it', odd.index);
  const deep = tooDeep(text);
  if (deep !== undefined) return refused(DEEP, deep);
  const lines = new LineCounter();
  let documents: Document[];
  try {
    documents = [
      ...parseAllDocuments(text, {
        lineCounter: lines,
        // quadratic there; told here
        uniqueKeys: false,
        merge: false,
        stringKeys: false,
        prettyErrors: false,
        logLevel: 'silent',
      }),
    ].filter((each) => each.errors.length > 0 || !isEmpty(each));
  } catch (error) {
    if (error instanceof RangeError) return refused(DEEP);
    return refused(`The file is no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (documents.length === 0) return refused('The file is empty: write a ModelDeployment');
  if (documents.length > MOST_DOCUMENTS) {
    return refused(`The file has ${documents.length} documents, at most ${MOST_DOCUMENTS} are read: use several files`);
  }
  const budget = { nodes: MOST_NODES };
  return documents.map((document) => readDocument(document, source, lines, budget));
}

/** Whether there is nothing between two lines of hyphens. */
function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && (contents.source ?? '') === '');
}

const DEEP = `Lists and mappings are within each other more than ${MOST_DEPTH} times: a manifest has about six levels`;

/** Where brackets are deeper than any manifest's: YAML is read by recursion. In texts and comments they count too. */
function tooDeep(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > MOST_DEPTH * 4) return at;
  }
  return undefined;
}

function positionIn(text: string, at: number): ManifestPosition {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function readDocument(document: Document, source: string, lines: LineCounter, budget: { nodes: number }): ReadManifest {
  const at = (offset: number): ManifestPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const found: { readonly offset: number; readonly message: string }[] = [];
  const say = (offset: number, message: string): void => {
    if (found.length < MOST_PROBLEMS) found.push({ offset, message });
  };
  for (const { message, pos } of [...document.errors, ...document.warnings]) say(pos[0], `This is no YAML: ${message}`);
  const reading = new Reading(document, say, budget);
  const value = document.errors.length > 0 ? undefined : reading.json(document.contents, 0);
  const problems = [...found]
    .sort((one, other) => one.offset - other.offset)
    .map(({ offset, message }) => ({ message, ...at(offset) }));
  return {
    source,
    value,
    document,
    problems,
    positionOf: (path) => at(offsetOf(document, path)),
  };
}

/** Makes JSON of a document, and says what is not alike everywhere. */
class Reading {
  public constructor(
    private readonly document: Document,
    private readonly say: (offset: number, message: string) => void,
    private readonly budget: { nodes: number },
  ) {}

  public json(node: unknown, depth: number): unknown {
    const offset = offsetOfNode(node);
    if (--this.budget.nodes <= 0 || depth > MOST_DEPTH) {
      if (this.budget.nodes === 0)
        this.say(offset, `A file has at most ${MOST_NODES} keys and values: make it smaller`);
      if (depth > MOST_DEPTH) this.say(offset, DEEP);
      return undefined;
    }
    if (isAlias(node)) {
      this.say(offset, `The alias *${node.source.slice(0, 64)} is not read: write out what it stands for`);
      // for the findings about what it stands for; the nodes that it stands for count each time
      return this.json(node.resolve(this.document), depth + 1);
    }
    if (isMap(node)) return this.mapping(node.items, depth);
    if (isSeq(node)) {
      this.untagged(node, offset);
      return node.items.map((item) => this.json(item, depth + 1) ?? null);
    }
    return isScalar(node) ? this.scalar(node, offset) : null;
  }

  private mapping(items: readonly unknown[], depth: number): object {
    const entries = new Map<string, unknown>();
    for (const pair of items) {
      if (!isPair(pair)) continue;
      const { key } = pair;
      const offset = offsetOfNode(key);
      const name = isScalar(key) ? this.scalar(key, offset) : undefined;
      if (typeof name !== 'string') {
        this.say(offset, 'A key must be a text: put it in quotes');
        continue;
      }
      if (name === '<<') this.say(offset, 'The merge key << is not read: write out what it stands for');
      if (entries.has(name)) this.say(offset, `The key ${shown(name)} is there twice: keep one`);
      entries.set(name, this.json(pair.value, depth + 1) ?? null);
    }
    return Object.fromEntries(entries);
  }

  private scalar(node: Scalar, offset: number): unknown {
    this.untagged(node, offset);
    const { value, source = '' } = node;
    if (node.type === Scalar.PLAIN && !readAlike(source, value)) {
      this.say(
        offset,
        `Readers of YAML take ${shown(source)} for different things: put a text in quotes, write a number in decimals`,
      );
    }
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) {
      this.say(offset, `${shown(source)} is no number of JSON: write a number in decimals`);
      return source;
    }
    if (
      source
        .replace(/e.*$/i, '')
        .replace(/[^0-9]/g, '')
        .replace(/^0+/, '').length > 15
    ) {
      this.say(offset, `${shown(source)} has more digits than programs keep: round it to 15 digits`);
    }
    return value;
  }

  private untagged(node: Node, offset: number): void {
    // the parser sets the tag of quoted texts itself
    if (node.tag !== undefined && !(isScalar(node) && node.tag === '!')) {
      this.say(offset, `The tag ${shown(node.tag)} is not read: leave it out`);
    }
  }
}

/**
 * What some reader of YAML 1.1 takes for a boolean or a number and YAML 1.2 for a text, or for another number.
 */
const WORDS_OF_1_1 = /^(?:y|yes|n|no|on|off)$/i;
const NUMBERS_OF_1_1 =
  /^[-+]?(?:0[0-9_]+|0b[01_]+|0o[0-7]+|0x[0-9a-f_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|[0-9_]*\.[0-9_]*_[0-9_]*(?:e[-+]?[0-9]+)?)$/i;
/** PyYAML wants a point and a sign in the exponent. */
const EXPONENT = /^[-+]?(?:[0-9]+|[0-9]*\.[0-9]*)e/i;
const EXPONENT_OF_1_1 = /^[-+]?[0-9]+\.[0-9]*e[-+][0-9]+$/i;

function readAlike(source: string, value: unknown): boolean {
  if (WORDS_OF_1_1.test(source) || NUMBERS_OF_1_1.test(source)) return false;
  if (typeof value === 'number' && EXPONENT.test(source)) return EXPONENT_OF_1_1.test(source);
  // .5 and 5. are numbers to all, + 5 to none
  return true;
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function offsetOfNode(node: unknown): number {
  const { range } = (node ?? {}) as { readonly range?: readonly number[] | null };
  return range?.[0] ?? 0;
}

/** The offset of a field, or of the nearest one around it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node);
  // aliases of aliases end: each stands behind its anchor
  const resolved = (each: unknown): unknown => (isAlias(each) ? each.resolve(document) : each);
  for (const step of path) {
    const around = resolved(node);
    if (isMap(around)) {
      const pair = around.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) return offset;
      offset = offsetOfNode(pair.key);
      node = pair.value;
    } else if (isSeq(around) && typeof step === 'number' && step < around.items.length) {
      node = around.items[step];
      offset = offsetOfNode(node);
    } else {
      return offset;
    }
  }
  return offset;
}
