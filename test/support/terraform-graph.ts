import * as fs from 'fs';
import * as path from 'path';

/** A synthesized stack, as it is in the output folder. */
export interface TerraformStackFile {
  /** Name of the stack. */
  readonly name: string;
  /** Folder of the stack. */
  readonly folder: string;
  /** Content of `cdk.tf.json`. */
  readonly json: TerraformJson;
}

/** Terraform's JSON syntax, as far as the tests read it. */
export interface TerraformJson {
  readonly resource?: Blocks;
  readonly data?: Blocks;
  readonly provider?: { readonly [name: string]: readonly Block[] };
  readonly output?: { readonly [name: string]: Block };
  readonly locals?: Block;
  readonly variable?: { readonly [name: string]: Block };
  readonly module?: { readonly [name: string]: Block };
  readonly terraform?: {
    readonly backend?: { readonly [type: string]: Block };
    readonly required_providers?: { readonly [name: string]: { readonly source: string; readonly version: string } };
  };
}

/** Blocks by their type and name. */
export interface Blocks {
  readonly [type: string]: { readonly [name: string]: Block };
}

/** Arguments of a block. */
export interface Block {
  readonly [argument: string]: unknown;
}

/** A reference from one block to another. */
export interface Reference {
  /** Address of the block that refers, such as `aws_subnet.a` or `provider.kubernetes`. */
  readonly from: string;
  /** The argument that holds the reference, such as `metadata.name`. */
  readonly argument: string;
  /** Address that is referred to, such as `aws_vpc.main`, `data.aws_region.here` or `local.x`. */
  readonly to: string;
}

/** Every stack below an output folder of cdktf, by name. */
export function stacksIn(terraformOutdir: string): TerraformStackFile[] {
  const stacks = path.join(terraformOutdir, 'stacks');
  return fs
    .readdirSync(stacks)
    .sort()
    .map((name) => {
      const folder = path.join(stacks, name);
      return {
        name,
        folder,
        json: JSON.parse(fs.readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8')) as TerraformJson,
      };
    });
}

/** The blocks of a stack that others can refer to, or that refer to others, by address. */
export function blocksOf(json: TerraformJson): Map<string, Block> {
  const blocks = new Map<string, Block>();
  for (const [prefix, kind] of [
    ['', json.resource],
    ['data.', json.data],
  ] as const) {
    for (const [type, named] of Object.entries(kind ?? {})) {
      for (const [name, block] of Object.entries(named)) blocks.set(`${prefix}${type}.${name}`, block);
    }
  }
  for (const [prefix, kind] of [
    ['output.', json.output],
    ['var.', json.variable],
    ['module.', json.module],
  ] as const) {
    for (const [name, block] of Object.entries(kind ?? {})) blocks.set(`${prefix}${name}`, block);
  }
  for (const [name, value] of Object.entries(json.locals ?? {})) blocks.set(`local.${name}`, { value });
  for (const [name, configurations] of Object.entries(json.provider ?? {})) {
    for (const configuration of configurations) {
      const alias = configuration.alias;
      blocks.set(typeof alias === 'string' ? `provider.${name}.${alias}` : `provider.${name}`, configuration);
    }
  }
  return blocks;
}

/** Every reference of a stack: in expressions, in `depends_on`, and from each resource to its provider configuration. */
export function referencesOf(json: TerraformJson): Reference[] {
  return [...blocksOf(json)].flatMap(([from, block]) => [
    ...argumentsOf(block).flatMap(({ argument, value }) =>
      (argument.startsWith('depends_on.') ? traversals(value) : referencesIn(value)).map((to) => ({
        from,
        argument,
        to,
      })),
    ),
    ...providerOf(from, block).map((to) => ({ from, argument: 'provider', to })),
  ]);
}

/** References to what the stack does not have, one line each. */
export function unresolvedReferences(json: TerraformJson): string[] {
  const blocks = blocksOf(json);
  const builtIn = (address: string) => address === 'provider.terraform';
  return referencesOf(json)
    .filter(({ to }) => !blocks.has(to) && !builtIn(to))
    .map(({ from, argument, to }) => `${from}: ${argument} refers to ${to}`);
}

/** The first cycle of references, as `a -> b -> a`. */
export function firstCycle(json: TerraformJson): string | undefined {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of referencesOf(json)) {
    edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  const done = new Set<string>();
  const visit = (address: string, trail: string[]): string | undefined => {
    if (trail.includes(address)) return [...trail.slice(trail.indexOf(address)), address].join(' -> ');
    if (done.has(address)) return undefined;
    for (const next of edges.get(address) ?? []) {
      const cycle = visit(next, [...trail, address]);
      if (cycle !== undefined) return cycle;
    }
    done.add(address);
    return undefined;
  };
  for (const address of edges.keys()) {
    const cycle = visit(address, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Every string, number, boolean and null below a block, with the argument it is in; comments are left out. */
export function argumentsOf(value: unknown, argument = ''): { argument: string; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ argument, value }];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '//' ? [] : argumentsOf(inner, argument === '' ? key : `${argument}.${key}`),
  );
}

/** Addresses that the expressions in a template refer to; `$${` is text. */
export function referencesIn(template: unknown): string[] {
  if (typeof template !== 'string') return [];
  const found: string[] = [];
  readTemplate(template, 0, '', found);
  return found;
}

/** Reads a template up to its closing quote (or its end) and returns where it stopped. */
function readTemplate(text: string, start: number, end: '"' | '', found: string[]): number {
  let at = start;
  while (at < text.length && text[at] !== end) {
    if (text.startsWith('$${', at) || text.startsWith('%%{', at)) at += 3;
    else if (text.startsWith('${', at) || text.startsWith('%{', at)) at = readExpression(text, at + 2, found);
    else if (end === '"' && text[at] === '\\') at += 2;
    else at += 1;
  }
  return at + 1;
}

/** Reads an expression up to the brace that closes it and returns where it stopped. */
function readExpression(text: string, start: number, found: string[]): number {
  let at = start;
  let code = '';
  const inner: string[] = [];
  for (let depth = 1; at < text.length;) {
    const character = text[at];
    if (character === '"') {
      at = readTemplate(text, at + 1, '"', inner);
      code += '""';
      continue;
    }
    if (character === '{') depth += 1;
    if (character === '}' && --depth === 0) break;
    code += character;
    at += 1;
  }
  const loops = [...code.matchAll(/\bfor\s+(\w+)(?:\s*,\s*(\w+))?\s+in\b/g)];
  const variables = new Set(loops.flatMap(([, first, second]) => [first, second]));
  found.push(...[...traversals(code), ...inner].filter((address) => !variables.has(address.split('.')[0])));
  return at + 1;
}

/** Addresses in an expression without strings; `each.value`, `path.module` and the like are none. */
function traversals(code: unknown): string[] {
  if (typeof code !== 'string') return [];
  return [...code.matchAll(/(?<![\w.\])-])[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+/g)].flatMap(([whole]) => {
    const parts = whole.split('.');
    if (['each', 'count', 'self', 'path', 'terraform'].includes(parts[0])) return [];
    return [parts.slice(0, parts[0] === 'data' ? 3 : 2).join('.')];
  });
}

/** The provider configuration that a resource or data source uses. */
function providerOf(address: string, block: Block): string[] {
  if (/^(output|var|local|module|provider)\./.test(address)) return [];
  if (typeof block.provider === 'string') return [`provider.${block.provider.replace(/^\$\{(.*)\}$/, '$1')}`];
  const type = address.replace(/^data\./, '').split('.')[0];
  return [`provider.${type.split('_')[0]}`];
}
