import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AIZoneSpec } from '../../api/generated/ai-zone';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import {
  BACKING_SERVICES_NAMESPACE,
  checkLabel,
  dnsLabel,
  isReservedLabel,
  PLATFORM_NAMESPACE,
} from '../../contracts/names';
import { INamespace } from '../../contracts/namespace';
import { GatewaySettings, NetworkPeer, ScraperSettings } from '../../contracts/network';
import { lookup } from '../../contracts/lookup';
import { GRANTED, ZONE_GRANT } from '../../contracts/placement';
import { addRoles, addTenant } from './access';
import { addDashboards } from './monitoring';
import { addListeners, addMutualTls, addNetworkPolicies, checkIngressClass, hasIngress, zoneRoute } from './network';
import { addNodePolicy, addQuota, zoneBounds } from './placement';
import {
  AIZonePlan,
  GATEWAY_ACCESS_LABEL,
  inheritanceBelow,
  MESH_LABEL,
  ZONE_LABEL,
  ZONE_TYPE_LABEL,
  ZoneInheritance,
  zoneLabels,
} from './plan';
import { AIZoneSettings } from './settings';

const POD_SECURITY = 'pod-security.kubernetes.io';
const RESERVED = 'must not be a label of the platform, of Kubernetes or of what is installed';

/** Options of a zone. */
export interface AIZoneObjectsProps {
  /** Name of the zone. */
  readonly name: string;
  /** What the zone is to be, as in an AIZone. Its models are not made here. */
  readonly spec: AIZoneSpec;
  /**
   * What the zone has from the zones above it: `inheritance` of the zone that `spec.parent` names.
   *
   * @default - nothing
   */
  readonly inherited?: ZoneInheritance;
  /**
   * The Gateway that the zone is reached through.
   *
   * @default - the zone is not reachable from outside the cluster
   */
  readonly gateway?: GatewaySettings;
  /**
   * The pods that scrape metrics.
   *
   * @default - nothing scrapes the zone
   */
  readonly scraperPods?: ScraperSettings;
  /**
   * What the zone has to know of the platform.
   *
   * @default - the defaults of its fields
   */
  readonly settings?: AIZoneSettings;
}

/**
 * An isolated place for models or training, as the operator makes it from an AIZone: a namespace with its Pod Security level,
 * quota, network policies, mesh mode, listeners on the platform's Gateway, dashboards, and the roles of its members.
 *
 * - Everything is denied but the zone's own Pods, name lookup, the scraper (ports named `metrics`), the Gateway where there is an
 *   ingress, `allowFrom` of this zone and those above, and what the platform lets all zones reach.
 * - Its members are the groups `<zone>-data-scientists`, `<zone>-ml-engineers` and `<zone>-model-reviewers`, and those of the zones
 *   above. They have the personas' roles in the namespace; the first two may use the zone.
 * - Nothing is scraped by it: PlatformMonitors covers all namespaces. A read-only root file system is asked for by PlatformPolicies.
 */
@checked('INamespace')
export class AIZoneObjects extends Construct implements INamespace {
  /** Name of the zone. */
  public readonly zoneName: string;
  public readonly namespaceName: string;
  public readonly scraper?: NetworkPeer;
  /** The Namespace. */
  public readonly namespace: ApiObject;
  /** What zones below this one inherit. */
  public readonly inheritance: ZoneInheritance;

  /**
   * @throws InvalidInputError when a field of the spec cannot be done; the prop is its path below `spec`
   */
  public constructor(scope: Construct, id: string, props: AIZoneObjectsProps) {
    super(scope, id);
    const { spec, inherited = {} } = props;
    this.zoneName = this.checkName(props.name);
    this.namespaceName = this.checkNamespace(spec.targetNamespace ?? props.name, props.settings ?? {});
    const settings = withDataServices(props.settings ?? {}, this.namespaceName);
    const inheritance = inheritanceBelow(this.zoneName, spec, inherited);
    this.inheritance = inheritance;
    this.checkLabels(spec.namespaceLabels ?? {}, inherited);
    const meshed = spec.networking?.serviceMesh !== undefined && (spec.networking.serviceMesh.enabled ?? true);
    const plan: AIZonePlan = {
      zone: this.zoneName,
      namespace: this.namespaceName,
      spec,
      settings,
      inheritance,
      gateway: hasIngress(spec) ? props.gateway : undefined,
      scraper: (spec.monitoring?.prometheus?.enabled ?? true) ? props.scraperPods : undefined,
      mesh: meshed && (settings.mesh ?? false),
    };
    checkIngressClass(this, spec, plan.gateway);
    const route = zoneRoute(this, plan.zone, spec, plan.gateway, settings);

    const podSecurity = podSecurityLabels(spec);
    this.namespace = new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: this.namespaceName,
        labels: {
          ...inheritance.labels,
          ...settings.serviceLabels,
          ...grantOfNodes(this.zoneName, spec),
          ...zoneLabels(plan.zone, 'namespace'),
          [ZONE_TYPE_LABEL]: spec.type,
          ...podSecurity,
          ...(meshed ? { [MESH_LABEL]: 'ambient' } : {}),
          ...(plan.gateway ? { [GATEWAY_ACCESS_LABEL]: 'true' } : {}),
        },
      },
    });
    const bounds = zoneBounds(this, spec.resources);
    addQuota(this, plan, bounds);
    addNetworkPolicies(this, plan);
    addMutualTls(this, plan);
    addListeners(this, plan, route);
    addDashboards(this, plan);
    addRoles(this, plan);
    addNodePolicy(this, plan);
    const type = { [ZONE_TYPE_LABEL]: spec.type };
    const grant = grantOfNodes(this.zoneName, spec);
    const shared = { ...inheritance.labels, ...settings.serviceLabels, ...grant, ...type, ...podSecurity };
    addTenant(this, plan, shared, bounds);
    this.scraper = plan.scraper && { ...plan.scraper };
  }

  public addLabel(key: string, value: string): void {
    checkLabel(this, 'addLabel', key, value);
    const before = this.namespace.metadata.getLabel(key);
    if (before !== undefined && before !== value) {
      fail(this, 'addLabel', `must not change the label ${key}`, value, `leave it at ${before}`);
    }
    this.namespace.metadata.addLabel(key, value);
  }

  /** The name is used in labels. */
  private checkName(name: string): string {
    checkLabel(this, 'name', ZONE_LABEL, name);
    return name;
  }

  private checkNamespace(namespace: string, settings: AIZoneSettings): string {
    dnsLabel(this, 'targetNamespace', namespace);
    const taken = settings.platformNamespaces ?? [PLATFORM_NAMESPACE, BACKING_SERVICES_NAMESPACE];
    if (/^kube-|^default$/.test(namespace) || taken.includes(namespace)) {
      fail(
        this,
        'targetNamespace',
        'must not be a namespace of Kubernetes or of the platform',
        namespace,
        'choose another one, which is not there yet',
      );
    }
    return namespace;
  }

  private checkLabels(
    own: { readonly [key: string]: string },
    { labels: above = {}, zones = [] }: ZoneInheritance,
  ): void {
    const reserved = Object.keys(above).find(isReservedLabel);
    if (reserved !== undefined) {
      const fix = `take it out of namespaceLabels of ${zones.join(' or ')}`;
      fail(this, 'parent', 'must not hand down a label of the platform or of Kubernetes', reserved, fix);
    }
    for (const [key, value] of Object.entries(own)) {
      const prop = `namespaceLabels.${key}`;
      checkLabel(this, prop, key, value);
      if (isReservedLabel(key)) fail(this, prop, RESERVED, value, 'use a domain of your own');
      const inherited = lookup(above, key);
      if (inherited !== undefined && inherited !== value) {
        const from = zones.join(', ');
        fail(
          this,
          prop,
          `must not change the label that is inherited (from ${from})`,
          value,
          `leave it at ${inherited}`,
        );
      }
    }
  }
}

/** `restricted` refuses containers that run as root; `baseline` is the strictest level that does not. */
function podSecurityLabels(spec: AIZoneSpec): { [key: string]: string } {
  const { enabled = true, runAsNonRoot = true } = spec.security?.podSecurityPolicy ?? {};
  return {
    [`${POD_SECURITY}/enforce`]: !enabled ? 'privileged' : runAsNonRoot ? 'restricted' : 'baseline',
    [`${POD_SECURITY}/warn`]: 'restricted',
    [`${POD_SECURITY}/audit`]: 'restricted',
  };
}

/**
 * What lets the Pods of the zone onto its nodes where these have another name than the zone: `nstarx.io/zone: inference` in the selector. Who
 * writes zones says which nodes they have.
 */
function grantOfNodes(zone: string, { resources }: AIZoneSpec): { [key: string]: string } {
  const nodes = lookup(resources?.compute?.nodeSelector, ZONE_LABEL);
  return nodes === undefined || nodes === '' || nodes === zone ? {} : { [`${ZONE_GRANT}${nodes}`]: GRANTED };
}

/** The settings, with what this zone reaches beside what all do. */
function withDataServices(settings: AIZoneSettings, namespace: string): AIZoneSettings {
  const own = lookup(settings.dataServices, namespace);
  if (own === undefined) return settings;
  return {
    ...settings,
    egress: [...(settings.egress ?? []), ...own.egress],
    serviceLabels: { ...settings.serviceLabels, ...own.serviceLabels },
  };
}
