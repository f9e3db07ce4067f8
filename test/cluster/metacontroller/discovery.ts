import { ApiError, type RestClient } from '../client';
import type { TypeReference } from '../types';
import type { ResourceRule } from './composite-controller';

/** A kind with where it is found in the API. */
export interface Resource extends TypeReference {
  /** Plural name. */
  readonly name: string;
  readonly namespaced: boolean;
  /** Path of all of its objects. */
  readonly path: string;
}

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Finds kinds by their plural name, which is how CompositeControllers and customize hooks name them. */
export class Discovery {
  constructor(private readonly client: RestClient) {}

  /** @throws Error where the API server does not serve it, in Metacontroller's words. */
  async resource({ apiVersion, resource }: ResourceRule): Promise<Resource> {
    const found = (await this.list(apiVersion)).find(({ name }) => name === resource);
    if (!found) {
      throw new Error(`discovery: can't find resource ${resource} in apiVersion ${apiVersion}`);
    }
    return found;
  }

  /** @throws Error where the API server does not serve it, in Metacontroller's words. */
  async kind({ apiVersion, kind }: TypeReference): Promise<Resource> {
    const found = (await this.list(apiVersion)).find((each) => each.kind === kind);
    if (!found) {
      throw new Error(`discovery: can't find kind ${kind} in apiVersion ${apiVersion}`);
    }
    return found;
  }

  private readonly lists = new Map<string, readonly Resource[]>();

  private async list(apiVersion: string): Promise<readonly Resource[]> {
    const known = this.lists.get(apiVersion);
    if (known) {
      return known;
    }
    if (!apiVersion) {
      return [];
    }
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    try {
      const { resources } = await this.client.send<ApiResourceList>('GET', root);
      const list = resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name, kind, namespaced }) => ({ apiVersion, kind, name, namespaced, path: `${root}/${name}` }));
      this.lists.set(apiVersion, list);
      return list;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) {
        return [];
      }
      throw error;
    }
  }
}

/** Path of one object of a resource. */
export function pathOf(
  { path, namespaced, name: plural }: Resource,
  namespace: string | undefined,
  name: string,
): string {
  const root = path.slice(0, -plural.length - 1);
  return `${root}${namespaced && namespace ? `/namespaces/${namespace}` : ''}/${plural}/${encodeURIComponent(name)}`;
}
