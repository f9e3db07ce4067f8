/**
 * Fetches the third-party CRDs that the tests need, by the commits and checksums of `crds.lock.json`, into the cache:
 * `npm run crds`. What is there already is not fetched again, so a run that broke off goes on. Prints the folder.
 *
 * The files are of the layout that ML_PLATFORM_CRDS has: `<component>/<plural>.<group>.yaml`, one CRD each, without descriptions (they are
 * most of their size), conversion webhooks (nothing answers there) and status.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { parseAllDocuments } from 'yaml';

import { yamlOf } from '../src/contracts/yaml';

/** CRDs of one repository at one commit. */
export interface LockedCrds {
  /** Folder for them. */
  readonly component: string;
  /** Such as `kserve/kserve`. */
  readonly repository: string;
  /** Full hash. */
  readonly commit: string;
  readonly files: readonly LockedFile[];
}

interface LockedFile {
  readonly path: string;
  /** Of the file as it is upstream, in hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
  /** Names of the CRDs that are taken from it: `<plural>.<group>`. */
  readonly crds: readonly string[];
}

export interface FetchOptions {
  readonly lock: readonly LockedCrds[];
  readonly folder: string;
  /** Serves `/<repository>/<commit>/<path>`. */
  readonly server: string;
  /** Time before another try, and then twice as long. @default 1000 */
  readonly retryMs?: number;
}

const SERVER = 'https://raw.githubusercontent.com';
const LOCK = path.join(__dirname, 'crds.lock.json');
const AT_ONCE = 8;
const TRIES = 3;
const TIMEOUT_MS = 120_000;

/** The CRDs that the tests need. */
export function lockedCrds(): LockedCrds[] {
  return JSON.parse(fs.readFileSync(LOCK, 'utf8')) as LockedCrds[];
}

/** Where fetched CRDs are kept; another lock or another treatment is another folder. */
export function fetchedCrdsFolder(): string {
  const hash = createHash('sha256').update(fs.readFileSync(LOCK)).update(fs.readFileSync(__filename));
  const root = process.env.ML_PLATFORM_CACHE || process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.resolve(root, 'ml-platform-constructs', `crds-${hash.digest('hex').slice(0, 16)}`);
}

/** Whether a folder has each of them. */
export function hasAllCrds(folder: string, lock: readonly LockedCrds[]): boolean {
  return lock.every((locked) => locked.files.every((file) => missingOf(folder, locked, file).length === 0));
}

/**
 * Fetches what the folder lacks. A file whose checksum is another one than that of the lock is refused.
 *
 * @returns how many files were fetched
 * @throws Error with a line for each file that cannot be had; the others are there then
 */
export async function fetchCrds({ lock, folder, server, retryMs = 1_000 }: FetchOptions): Promise<number> {
  const work = lock
    .flatMap((locked) => locked.files.map((file) => ({ locked, file })))
    .filter(({ locked, file }) => missingOf(folder, locked, file).length > 0);
  const failures: string[] = [];
  const queue = work.values();
  const worker = async (): Promise<void> => {
    for (const { locked, file } of queue) {
      const url = `${server}/${locked.repository}/${locked.commit}/${file.path}`;
      try {
        write(folder, locked, file, await download(url, file.sha256, retryMs));
      } catch (error) {
        failures.push(`${url}: ${(error as Error).message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) {
    throw new Error(`${failures.length} of ${work.length} files cannot be had:\n${failures.sort().join('\n')}`);
  }
  return work.length;
}

async function download(url: string, sha256: string, retryMs: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) throw new HttpError(response.status);
      const content = Buffer.from(await response.arrayBuffer());
      const found = createHash('sha256').update(content).digest('hex');
      if (found !== sha256) throw new ChecksumError(`sha256 must be ${sha256}, got ${found}: it is not used`);
      return content.toString('utf8');
    } catch (error) {
      const isFinal = error instanceof ChecksumError || (error instanceof HttpError && error.status < 500);
      if (isFinal || attempt === TRIES) throw withCause(error as Error);
      await sleep(retryMs * 2 ** (attempt - 1));
    }
  }
}

class ChecksumError extends Error {}

class HttpError extends Error {
  public constructor(public readonly status: number) {
    super(`the server answers ${status}`);
  }
}

/** What fetch says is "fetch failed"; why is in its cause. */
function withCause(error: Error): Error {
  const { message, code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return error.cause === undefined ? error : new Error(`${error.message}: ${message || code}`);
}

function missingOf(folder: string, { component }: LockedCrds, { crds }: LockedFile): string[] {
  return crds.filter((name) => !fs.existsSync(fileOf(folder, component, name)));
}

function fileOf(folder: string, component: string, name: string): string {
  return path.join(folder, component, `${name}.yaml`);
}

/** Writes the wanted CRDs of a file, each beside its place and renamed, so that a file of that name is whole. */
function write(folder: string, { component, repository, commit }: LockedCrds, file: LockedFile, text: string): void {
  const found = new Map(
    parseAllDocuments(text)
      .map((document) => document.toJS() as Crd | null)
      .filter((content): content is Crd => content?.kind === 'CustomResourceDefinition')
      .map((crd) => [crd.metadata.name, crd]),
  );
  for (const name of file.crds) {
    const crd = found.get(name);
    if (crd === undefined) throw new Error(`it has no CustomResourceDefinition ${name}`);
    const target = fileOf(folder, component, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const from = `# From https://github.com/${repository} commit ${commit}, ${file.path}; changed: see scripts/fetch-crds.ts\n`;
    fs.writeFileSync(`${target}.${process.pid}`, from + yamlOf(treated(crd)));
    fs.renameSync(`${target}.${process.pid}`, target);
  }
}

interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: { readonly [name: string]: string } };
  readonly spec: { readonly conversion?: object; readonly versions: readonly Version[] };
}

interface Version {
  readonly schema?: { readonly openAPIV3Schema?: unknown };
}

/** A CRD that holds on an API server without its operator. */
function treated({ apiVersion, kind, metadata, spec }: Crd): Crd {
  const { annotations = {}, ...rest } = metadata;
  const kept = Object.entries(annotations).filter(([name]) => !/^(cert-manager\.io|helm\.sh)\//.test(name));
  return {
    apiVersion,
    kind,
    metadata: { ...rest, ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}) },
    spec: {
      ...spec,
      ...(spec.conversion ? { conversion: { strategy: 'None' } } : {}),
      versions: spec.versions.map((version) => ({
        ...version,
        ...(version.schema ? { schema: { openAPIV3Schema: undescribed(version.schema.openAPIV3Schema) } } : {}),
      })),
    },
  };
}

const SCHEMAS_BY_NAME = new Set(['properties', 'patternProperties', 'definitions', 'dependencies']);
const SCHEMAS = new Set(['items', 'additionalProperties', 'not', 'allOf', 'anyOf', 'oneOf']);

/** A schema without descriptions. A field may be called `description` too, and defaults and enums are left as they are. */
function undescribed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(undescribed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema as { [keyword: string]: unknown }).filter(
    ([keyword]) => keyword !== 'description',
  );
  return Object.fromEntries(
    entries.map(([keyword, value]) => {
      if (SCHEMAS.has(keyword)) return [keyword, undescribed(value)];
      if (!SCHEMAS_BY_NAME.has(keyword)) return [keyword, value];
      const named = Object.entries(value as { [name: string]: unknown });
      return [keyword, Object.fromEntries(named.map(([name, inner]) => [name, undescribed(inner)]))];
    }),
  );
}

async function main(): Promise<void> {
  const lock = lockedCrds();
  const folder = fetchedCrdsFolder();
  const files = lock.flatMap((locked) => locked.files);
  const megabytes = Math.round(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);
  if (!hasAllCrds(folder, lock)) {
    const repositories = new Set(lock.map(({ repository }) => repository)).size;
    process.stderr.write(
      `Fetching third-party CRDs: ${files.length} files of ${repositories} repositories, at most ${megabytes} MB\n`,
    );
    await fetchCrds({ lock, folder, server: process.env.ML_PLATFORM_CRDS_SERVER || SERVER });
  }
  process.stdout.write(`${folder}\n`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  });
}
