import { IConstruct } from 'constructs';
import { ICache, IDatabase, IObjectStore, SecretEnv, ServiceBinding } from '../contracts/backing-service';
import { PodSecurityLevel } from '../contracts/component';
import { IEnvironment } from '../contracts/environment';
import { environmentOf } from '../contracts/environment-scope';
import { PLATFORM_GROUP, upperSnakeCase } from '../contracts/names';
import { NetworkPeer } from '../contracts/network';
import { Tier } from '../contracts/tier';

// What backing services have in common on every provider, so that a workload does not know where it runs.

/** Whether a tier's data is protected: a standby, deletion protection, final snapshots. */
export function isProtected(tier: Tier): boolean {
  return tier === Tier.STAGING || tier === Tier.PRODUCTION;
}

/** The namespace of the backing services of the environment that a construct is in. */
export function backingServicesNamespaceOf(scope: IConstruct): string {
  return environmentOf(scope).backingServicesNamespace;
}

/**
 * DNS name of a database or cache inside the cluster.
 *
 * @param scope a construct of its environment
 */
export function hostOf(scope: IConstruct, serviceName: string): string {
  return `${serviceName}.${backingServicesNamespaceOf(scope)}.svc.cluster.local`;
}

/** The label of the namespaces whose workloads use a service. */
export function usesLabel(serviceName: string): { [key: string]: string } {
  return { [`${PLATFORM_GROUP}/uses-${serviceName}`]: 'true' };
}

/**
 * What a workload gets that uses a database: the contract of IDatabase.
 *
 * @param databaseName the database of the server that it is of
 */
export function databaseBinding(
  database: IDatabase,
  databaseName: string | undefined,
  secretName: string,
  servers: NetworkPeer,
): ServiceBinding {
  const prefix = upperSnakeCase(database.serviceName);
  return {
    env: {
      [`${prefix}_HOST`]: database.host,
      [`${prefix}_PORT`]: String(database.port),
      [`${prefix}_NAME`]: databaseName ?? database.databaseName,
      // not verify-full: the certificate does not name the host that is the same on every provider
      [`${prefix}_SSLMODE`]: 'require',
    },
    secretEnv: userVariables(prefix, secretName),
    egress: [{ ...servers, ports: [database.port] }],
    namespaceLabels: usesLabel(database.serviceName),
  };
}

/** The variables with the user of a workload, from the Secret in its namespace. */
function userVariables(prefix: string, secretName: string): SecretEnv[] {
  return ['username', 'password'].map((key) => ({ name: `${prefix}_${key.toUpperCase()}`, secretName, key }));
}

/** What a workload gets that uses a cache: the contract of ICache. */
export function cacheBinding(cache: ICache, secretName: string, tls: boolean, servers: NetworkPeer): ServiceBinding {
  const prefix = upperSnakeCase(cache.serviceName);
  return {
    env: {
      [`${prefix}_HOST`]: cache.host,
      [`${prefix}_PORT`]: String(cache.port),
      [`${prefix}_TLS`]: String(tls),
    },
    secretEnv: userVariables(prefix, secretName),
    egress: [{ ...servers, ports: [cache.port] }],
    namespaceLabels: {},
  };
}

/** The variables of a workload that uses a bucket, wherever it is: the contract of IObjectStore. */
export function bucketVariables(store: IObjectStore): { [name: string]: string } {
  return { [`${upperSnakeCase(store.serviceName)}_BUCKET`]: store.bucketName, AWS_REGION: store.region };
}

/**
 * Gives a service outside the cluster the DNS name that it has inside on every provider, and publishes its real one as
 * `<name>.endpoint`.
 *
 * Certificates name the real host only, so that clients can check who signed one, but not whom it was given to.
 *
 * @returns the name
 */
export function addAlias(environment: IEnvironment, service: IConstruct, name: string, endpoint: string): string {
  const namespace = environment.backingServicesNamespace;
  environment.requireNamespace(namespace, PodSecurityLevel.RESTRICTED);
  environment.addBootstrapManifest(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name,
        namespace,
        labels: {
          'app.kubernetes.io/name': name,
          'app.kubernetes.io/component': 'backing-service',
          'app.kubernetes.io/part-of': 'ml-platform',
        },
      },
      spec: { type: 'ExternalName', externalName: endpoint },
    },
    service,
  );
  environment.publishValue(`${name}.endpoint`, endpoint);
  return hostOf(environment, name);
}
