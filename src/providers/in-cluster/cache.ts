import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { valkey, VALKEY_ADMINISTRATOR, valkeyPodLabels } from '../../components/valkey';
import {
  Access,
  BackingService,
  CacheProps,
  GrantOptions,
  ICache,
  ServiceBinding,
} from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { wholeUnits } from '../../contracts/quantity';
import { Tier } from '../../contracts/tier';
import { backingServicesNamespaceOf, cacheBinding, hostOf, usesLabel } from '../backing-service';
import { BackingServices, metadata, pods, tcp, usersOf } from './backing-services';
import { CacheUsers } from './cache-users';
import { CacheUsersProvisioner } from './cache-users-provisioner';
import { USERS_SUFFIX } from './user-credentials';

const VALKEY_PORT = 6379;

const MEMORY_MIB: { [tier in Tier]: number } = {
  [Tier.LOCAL]: 256,
  [Tier.DEVELOPMENT]: 512,
  [Tier.STAGING]: 1024,
  [Tier.PRODUCTION]: 2048,
};

/**
 * Valkey in the cluster: one server whose data is in memory only. A restart empties it.
 *
 * It has no TLS: a network policy lets only the namespaces in that are bound. Each workload has a user of its own, and nobody
 * else is let in.
 */
@checked('ICache')
export class InClusterCache extends BackingService implements ICache {
  public readonly serviceName: string;
  public readonly host: string;
  public readonly port = VALKEY_PORT;
  private readonly users: CacheUsers;

  public constructor(environment: IEnvironment, name: string, props: CacheProps) {
    const services = BackingServices.ofEnvironment(environment);
    services.reserveName(name, [USERS_SUFFIX]);
    super(services, name);
    this.serviceName = name;
    this.host = hostOf(environment, name);
    this.check(environment.tier, props);
    this.users = new CacheUsers(services, this, 'users', this);
    const adminSecretName = `${name}-admin`;
    this.addAdministrator(services, adminSecretName);
    const provisioner = new CacheUsersProvisioner(this, 'provisioner', this.users, { cache: this, adminSecretName });
    ComponentRegistry.of(environment).require(
      valkey({
        name,
        namespace: environment.backingServicesNamespace,
        memoryMiB: this.memoryMiB(environment.tier, props),
        adminSecretName,
      }),
    );
    new k8s.KubeNetworkPolicy(this, 'Resource', {
      metadata: metadata(this, name, 'cache'),
      spec: {
        podSelector: { matchLabels: valkeyPodLabels(name) },
        policyTypes: ['Ingress'],
        ingress: [{ from: [usersOf(name), pods(provisioner.podLabels)], ports: tcp(VALKEY_PORT) }],
      },
    });
  }

  public bind(identity: IWorkloadIdentity, access: Access, options?: GrantOptions): ServiceBinding {
    const secretName = this.users.add(identity, access, options);
    const servers = { namespace: backingServicesNamespaceOf(this), podLabels: valkeyPodLabels(this.serviceName) };
    // the network policy lets the labelled namespaces in
    return { ...cacheBinding(this, secretName, false, servers), namespaceLabels: usesLabel(this.serviceName) };
  }

  /** The password of the administrator, made once. */
  private addAdministrator(services: BackingServices, secretName: string): void {
    new ApiObject(this, 'administrator', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: metadata(this, secretName, 'credentials'),
      spec: {
        refreshPolicy: 'CreatedOnce',
        target: {
          name: secretName,
          creationPolicy: 'Owner',
          template: {
            engineVersion: 'v2',
            // the chart asks for one of `default` too; that user is off
            data: { default: '{{ .password }}', [VALKEY_ADMINISTRATOR]: '{{ .password }}' },
          },
        },
        dataFrom: [services.generatedPassword()],
      },
    });
  }

  private memoryMiB(tier: Tier, { memory }: CacheProps): number {
    return memory === undefined ? MEMORY_MIB[tier] : wholeUnits(this, 'memory', memory, 'Mi', 64, 2 ** 20);
  }

  private check(tier: Tier, props: CacheProps): void {
    if (props.highlyAvailable && tier !== Tier.LOCAL) {
      fail(
        this,
        'highlyAvailable',
        'must be false for a cache inside the cluster',
        props.highlyAvailable,
        'leave it out, or use a provider with managed caches; the Valkey chart has no failover',
      );
    }
  }
}
