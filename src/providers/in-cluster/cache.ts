import { k8s } from 'cdk8s-plus-28';
import { valkey, valkeyPodLabels } from '../../components/valkey';
import { Access, BackingService, CacheProps, ICache, ServiceBinding } from '../../contracts/backing-service';
import { checked } from '../../contracts/checked';
import { ComponentRegistry } from '../../contracts/component-registry';
import { IEnvironment } from '../../contracts/environment';
import { fail } from '../../contracts/errors';
import { IWorkloadIdentity } from '../../contracts/identity';
import { BACKING_SERVICES_NAMESPACE } from '../../contracts/names';
import { wholeUnits } from '../../contracts/quantity';
import { Tier } from '../../contracts/tier';
import { cacheBinding, hostOf, usesLabel } from '../backing-service';
import { BackingServices, metadata, tcp, usersOf } from './backing-services';

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
 * It has neither TLS nor a password: a network policy lets only the namespaces in that are bound. Whatever access was
 * asked for, they may write.
 */
@checked('ICache')
export class InClusterCache extends BackingService implements ICache {
  public readonly serviceName: string;
  public readonly host: string;
  public readonly port = VALKEY_PORT;

  public constructor(environment: IEnvironment, name: string, props: CacheProps) {
    const services = BackingServices.ofEnvironment(environment);
    services.reserveName(name);
    super(services, name);
    this.serviceName = name;
    this.host = hostOf(name);
    this.check(environment.tier, props);
    ComponentRegistry.of(environment).require(
      valkey({
        name,
        namespace: BACKING_SERVICES_NAMESPACE,
        memoryMiB: this.memoryMiB(environment.tier, props),
      }),
    );
    new k8s.KubeNetworkPolicy(this, 'Resource', {
      metadata: metadata(name, 'cache'),
      spec: {
        podSelector: { matchLabels: valkeyPodLabels(name) },
        policyTypes: ['Ingress'],
        ingress: [{ from: [usersOf(name)], ports: tcp(VALKEY_PORT) }],
      },
    });
  }

  public bind(_identity: IWorkloadIdentity, _access: Access): ServiceBinding {
    const servers = { namespace: BACKING_SERVICES_NAMESPACE, podLabels: valkeyPodLabels(this.serviceName) };
    // the network policy lets the labelled namespaces in
    return { ...cacheBinding(this, false, servers), namespaceLabels: usesLabel(this.serviceName) };
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
