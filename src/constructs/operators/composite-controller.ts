import { apiVersionOf } from '../../api/schema/schema';
import { OperatorDefinition, REVISIONS } from './definitions/definition';

/** Where Metacontroller calls a hook server, and how both prove who they are. */
export interface HookEndpoint {
  /** URL of the hook server, without a path: `https://operators.nstarx-system.svc:8443`. */
  readonly url: string;
  /** The Secret whose `ca.crt` has the certificate of the authority that the server's certificate is from. */
  readonly caSecret?: { readonly name: string; readonly namespace: string };
  /** The Secret whose key `token` has the bearer token. */
  readonly tokenSecret?: { readonly name: string; readonly namespace: string };
  /** Seconds after which a call is given up. @default 10 */
  readonly timeoutSeconds?: number;
}

/** The label by which Metacontroller knows the controllers that are its own. */
export const CONTROLLER_LABELS = { 'app.kubernetes.io/part-of': 'ml-platform' } as const;

/** The hooks of an operator: the paths of the hook server. */
export function hookPath(operator: string, hook: 'sync' | 'customize' | 'finalize'): string {
  return `/hooks/${operator}/${hook}`;
}

/**
 * The CompositeController of an operator.
 *
 * Source: https://metacontroller.github.io/metacontroller/api/compositecontroller.html
 */
export function compositeController(
  definition: OperatorDefinition,
  endpoint: HookEndpoint,
): { readonly [field: string]: unknown } {
  const { name, parent, children, related } = definition;
  const webhook = (hook: 'sync' | 'customize' | 'finalize') => ({
    version: 'v2',
    webhook: {
      url: `${endpoint.url}${hookPath(name, hook)}`,
      timeout: `${endpoint.timeoutSeconds ?? 10}s`,
      ...(endpoint.caSecret ? { caBundle: { secretRef: { ...endpoint.caSecret, key: 'ca.crt' } } } : {}),
      ...(endpoint.tokenSecret
        ? { authorization: { type: 'Bearer', secretRef: { ...endpoint.tokenSecret, key: 'token' } } }
        : {}),
    },
  });
  return {
    apiVersion: 'metacontroller.k8s.io/v1alpha1',
    kind: 'CompositeController',
    metadata: { name: `nstarx-${name}`, labels: { ...CONTROLLER_LABELS, 'app.kubernetes.io/name': name } },
    spec: {
      generateSelector: true,
      parentResource: {
        apiVersion: apiVersionOf(parent),
        resource: parent.plural,
        // a status that is written must not call the hook again
        ignoreStatusChanges: true,
      },
      childResources: [...children, REVISIONS].map(({ apiVersion, resource, method }) => ({
        apiVersion,
        resource,
        updateStrategy: { method: method ?? 'InPlace' },
      })),
      hooks: {
        sync: webhook('sync'),
        ...(related.length > 0 ? { customize: webhook('customize') } : {}),
        ...(definition.finalizes ? { finalize: webhook('finalize') } : {}),
      },
    },
  };
}
