import * as fs from 'node:fs';
import * as path from 'node:path';

import { fetchedCrdsFolder, hasAllCrds, lockedCrds } from '../../scripts/fetch-crds';
import { untilServed } from './apply';
import { ApiError, messageOf, type RestClient } from './client';
import { forEachBounded } from './concurrency';

/** A kind of an API group, in whatever version. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/**
 * Folder with third-party CRDs (see `findCrds`), or undefined where there is none.
 *
 * @throws with CI=true where there is none: a run without them says less than it seems to
 */
export function crdFolder(): string | undefined {
  const missing = whyNoCrds();
  if (missing !== undefined && process.env.CI === 'true') throw new Error(missing);
  return findCrds();
}

/** Why there are no third-party CRDs, or undefined where they are there. */
export function whyNoCrds(): string | undefined {
  if (findCrds() !== undefined) return undefined;
  return 'there are no third-party CRDs: run `npm run crds`, or let ML_PLATFORM_CRDS name a folder with them';
}

/**
 * Folder with third-party CRDs, `<component>/<plural>.<group>.yaml`: the one that ML_PLATFORM_CRDS names, or else the one beside the repository,
 * or the one that `npm run crds` has filled; undefined where there is none.
 */
export function findCrds(): string | undefined {
  const named = process.env.ML_PLATFORM_CRDS;
  const folder = named || path.resolve(__dirname, '../../../shared/crds');
  if (fs.existsSync(folder)) return folder;
  return !named && hasAllCrds(fetchedCrdsFolder(), lockedCrds()) ? fetchedCrdsFolder() : undefined;
}

/**
 * Installs the CRDs of these kinds. Guaranteed when it is done: all of their versions are served.
 *
 * @returns the kinds that the folder does not have.
 * @throws ApiError where the API server refuses one.
 */
export async function installCrds(client: RestClient, kinds: readonly GroupKind[]): Promise<GroupKind[]> {
  const wanted = new Map(kinds.map((kind) => [`${kind.kind}.${kind.group}`, kind]));
  const files = new Map<string, string>();
  for (const kind of wanted.values()) {
    const file = fileOf(kind);
    if (file) {
      files.set(path.basename(file, '.yaml'), file);
    }
  }
  await forEachBounded([...files], 4, async ([name, file]) => install(client, name, file));
  return [...wanted.values()].filter((kind) => !fileOf(kind));
}

async function install(client: RestClient, name: string, file: string): Promise<void> {
  const location = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  if ((await client.request('GET', location)).code !== 200) {
    const apply = () =>
      client.request('PATCH', location, {
        // Sent as it is: the server reads YAML, and parsing the large ones here takes a second each.
        body: fs.readFileSync(file, 'utf8'),
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: 'test-cluster', force: true },
      });
    let answer = await apply();
    // the largest may take longer than the server gives a request, on a machine that has much else to do
    for (let attempt = 1; answer.code === 504 && attempt < 4; attempt++) answer = await apply();
    if (answer.code >= 400) {
      throw new ApiError(answer.code, `${path.basename(file)}: ${messageOf(answer)}`);
    }
  }
  await untilServed(client, name);
}

const kindOfFile = new Map<string, string | undefined>();

/** The group is in the file's name; the kind only in the file. */
function fileOf({ group, kind }: GroupKind): string | undefined {
  const folder = crdFolder();
  if (!folder) {
    return undefined;
  }
  const components = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = components.flatMap(({ name }) => {
    const component = path.join(folder, name);
    return fs.readdirSync(component).map((file) => path.join(component, file));
  });
  return files.filter((file) => groupOf(file) === group).find((file) => readKind(file) === kind);
}

function groupOf(file: string): string {
  const [, group = ''] = /^[^.]+\.(.+)\.yaml$/.exec(path.basename(file)) ?? [];
  return group;
}

function readKind(file: string): string | undefined {
  if (!kindOfFile.has(file)) {
    const names = /^ {2}names:\n((?: {4}.*\n)+)/m.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? '';
    kindOfFile.set(file, /^ {4}kind: (\S+)$/m.exec(names)?.[1]);
  }
  return kindOfFile.get(file);
}
