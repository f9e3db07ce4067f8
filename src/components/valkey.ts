import { Component } from '../contracts/component';
import { ComponentFootprint } from '../contracts/footprint';
import { chartFootprint, valuesBelow } from './chart-footprint';

/** Options of a Valkey cache. */
export interface ValkeyOptions {
  /** Name of its Service and its Deployment; the release is `valkey-<name>`. */
  readonly name: string;
  /** Namespace that it runs in. */
  readonly namespace: string;
  /** Memory of the pod, in MiB. A quarter of it is kept for replication and client buffers. */
  readonly memoryMiB: number;
  /** Secret in its namespace with the password of the administrator, as `administrator`, and one of `default`. */
  readonly adminSecretName: string;
}

/**
 * Image of the server, of the version of the chart; it has `valkey-cli` and a shell. Its tags are built anew.
 *
 * The digest is that of the index of all platforms, as public projects pin it in September 2026: https://hub.docker.com/r/valkey/valkey/tags
 */
export const VALKEY_IMAGE =
  'docker.io/valkey/valkey:9.1.1@sha256:70739f85ad2ee01a726a965584a0f94895f01b0c60b3cc8b0aeef11eaa6888cf';

/** The user who makes the others. */
export const VALKEY_ADMINISTRATOR = 'administrator';

/** Who is there when the server starts. */
const ACL_USERS = {
  default: 'off resetkeys resetchannels -@all',
  [VALKEY_ADMINISTRATOR]: 'resetkeys resetchannels -@all +acl +info +ping',
};

/** Labels of the pods of a cache. */
export function valkeyPodLabels(name: string): { [key: string]: string } {
  return { 'app.kubernetes.io/name': 'valkey', 'app.kubernetes.io/instance': releaseName(name) };
}

/**
 * A Valkey server that keeps its data in memory only and drops the least recently used keys when it is full. It lets nobody in but an
 * administrator, who makes users while it runs: the chart would restart it for each, empty.
 */
export function valkey(options: ValkeyOptions): Component {
  const memory = `${options.memoryMiB}Mi`;
  return new Component(releaseName(options.name), {
    chart: { repository: 'https://valkey.io/valkey-helm/', name: 'valkey', version: '0.11.0' },
    namespace: options.namespace,
    footprint: footprint(options.name),
    // the Secret with its users, which is made of those of the workloads
    needsManifests: true,
    values: {
      fullnameOverride: options.name,
      // two servers at once would serve different data
      deploymentStrategy: 'Recreate',
      podLabels: { 'app.kubernetes.io/component': 'cache', 'app.kubernetes.io/part-of': 'backing-services' },
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      resources: { requests: { cpu: '50m', memory }, limits: { memory } },
      initResources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
      readinessProbe: { enabled: true },
      auth: {
        enabled: true,
        usersExistingSecret: options.adminSecretName,
        aclUsers: Object.fromEntries(Object.entries(ACL_USERS).map(([name, permissions]) => [name, { permissions }])),
      },
      valkeyConfig: [
        `maxmemory ${Math.floor(options.memoryMiB * 0.75)}mb`,
        'maxmemory-policy allkeys-lru',
        'save ""',
        'appendonly no',
        '',
      ].join('\n'),
    },
  });
}

function releaseName(name: string): string {
  return `valkey-${name}`;
}

/** What the chart brings, and the values that change it. */
function footprint(name: string): ComponentFootprint {
  return chartFootprint('valkey', {
    references: [
      { kind: 'Secret', nameAt: 'auth.usersExistingSecret', enabledAt: 'auth.enabled' },
      { kind: 'Secret', nameAt: 'tls.existingSecret', enabledAt: 'tls.enabled' },
    ],
    rename: ['valkey', name],
    workloads: {
      valkey: valuesBelow('', {
        replicasAt: undefined,
        resourcesAt: { valkey: 'resources', 'valkey-init': 'initResources' },
        imageAt: 'image',
        disruptionBudgetAt: 'podDisruptionBudget',
        podLabels: valkeyPodLabels(name),
      }),
    },
  });
}
