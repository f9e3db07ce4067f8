import { ApiObject } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { environmentOf } from '../../contracts/environment-scope';

/**
 * Routes of the environment that take the same requests. The Gateway would give them to the older one, or to the first by name, and say nothing.
 *
 * @param isRoute whether an object is a route that is attached to the Gateway
 */
export function samePaths(scope: Construct, isRoute: (one: ApiObject) => boolean): string[] {
  const first = new Map<string, IConstruct>();
  return environmentOf(scope)
    .node.findAll()
    .flatMap((one) => {
      if (!ApiObject.isApiObject(one) || one.kind !== 'HTTPRoute' || !isRoute(one)) return [];
      const { metadata, spec } = one.toJson() as HttpRouteJson;
      return requests(spec).flatMap(({ host, path, key }) => {
        const other = first.get(key);
        if (other === undefined || other === one) {
          first.set(key, one);
          return [];
        }
        const same = `HTTPRoute ${metadata.name}: takes ${host}${path} as ${other.node.path} does, which alone would get the requests`;
        return [`[${one.node.path}] ${same}; give one of them another host or pathPrefix, or remove it`];
      });
    });
}

/** Requests that a route tells from others by host and path alone. */
function requests({
  hostnames = [],
  rules = [],
}: HttpRouteJson['spec']): { host: string; path: string; key: string }[] {
  return hostnames.flatMap((host) =>
    rules
      .flatMap(({ matches = [{}] }) => matches)
      .filter((match) => Object.keys(match).every((key) => key === 'path'))
      .map(({ path = {} }) => {
        const { type = 'PathPrefix', value = '/' } = path;
        // a prefix with a slash at the end is the one without
        const plain = type === 'PathPrefix' ? value.replace(/(.)\/$/, '$1') : value;
        return { host, path: plain, key: `${host} ${type} ${plain}` };
      }),
  );
}

interface HttpRouteJson {
  readonly metadata: { readonly name?: string };
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly rules?: readonly {
      readonly matches?: readonly { readonly path?: { readonly type?: string; readonly value?: string } }[];
    }[];
  };
}
