import { Finding } from '../check';
import { asLabels, asNumber, asObject, asObjects, asText, asTexts, at, JsonObject } from '../json';
import { selects } from '../labels';
import { ManifestGraph, ObjectOfGraph } from '../manifest-graph';

/** The label of a node's zone. */
export const ZONE = 'topology.kubernetes.io/zone';

/** What bounds the zones, and through volumes the nodes, that equal pods run in, beside what they select. */
export interface ZoneRules {
  /** Zones outside of which their volumes cannot be. */
  readonly bounds: readonly ZoneBound[];
  /** How evenly they have to be spread over the zones; undefined where nothing has to. */
  readonly spread?: ZoneSpread;
  /** Whether no two may be in one zone. */
  readonly apart: boolean;
  /** Claims that all of them mount, each of which is on one node at a time: `data in namespace team`. */
  readonly claims: readonly string[];
  /** Whether they ask for a node on which certain pods are already. */
  readonly together: boolean;
}

/** Zones in which a class of volumes makes them. */
export interface ZoneBound {
  readonly storageClass: string;
  readonly zones: readonly string[];
}

/** A constraint on the spread of pods, as the scheduler holds to it. */
export interface ZoneSpread {
  /** How many more pods a zone may have than the one with the fewest. */
  readonly maxSkew: number;
  /** With fewer zones than these, the fewest pods of a zone are none. */
  readonly minDomains: number;
  /** Whether zones count that only nodes with a taint are in which the pods do not tolerate. */
  readonly countsTainted: boolean;
}

/** No rule at all. */
export const ANY_ZONE: ZoneRules = { bounds: [], apart: false, claims: [], together: false };

/** What may be known of a class of volumes, or of a claim. */
export interface Volumes {
  /**
   * The zones of a class that makes volumes of a zone, in some zones only.
   *
   * @param name undefined for the default class
   */
  readonly boundOf: (name: string | undefined) => ZoneBound[];
  /** The claim of a name. */
  readonly claim: (namespace: string, name: string) => JsonObject | undefined;
  /** Whether a volume of a class is attached to one node at a time. */
  readonly isAttached: (name: string | undefined) => boolean;
}

/**
 * Drivers whose volumes stay in the zone in which they are made, and are attached to one node at a time, with the label that their nodes
 * have beside the one of Kubernetes. Sources: parameters and topology in the documentation of aws-ebs-csi-driver, azuredisk-csi-driver and
 * gcp-compute-persistent-disk-csi-driver, November 2026.
 */
const ZONAL_DRIVERS: { readonly [driver: string]: string | undefined } = {
  'disk.csi.azure.com': 'topology.disk.csi.azure.com/zone',
  'ebs.csi.aws.com': 'topology.ebs.csi.aws.com/zone',
  'pd.csi.storage.gke.io': 'topology.gke.io/zone',
};

/** Reads the classes and claims of some objects. */
export function volumesOf(objects: readonly ObjectOfGraph[], defaultClass: string | undefined): Volumes {
  const classes = new Map(objects.filter(isClass).map(({ name, json }) => [name, json]));
  const claims = new Map(
    objects
      .filter(({ kind, group }) => kind === 'PersistentVolumeClaim' && group === '')
      .map(({ namespace = '', name, json }) => [`${namespace}/${name}`, json]),
  );
  const named = (name: string | undefined): JsonObject | undefined => classes.get(name ?? defaultClass ?? '');
  return {
    boundOf: (name) => {
      const zones = zonesOfClass(named(name));
      return zones === undefined ? [] : [{ storageClass: name ?? defaultClass ?? '', zones }];
    },
    claim: (namespace, name) => claims.get(`${namespace}/${name}`),
    isAttached: (name) => driverLabel(named(name)) !== undefined,
  };
}

/**
 * The rules of the pods of a spec.
 *
 * @param templates `volumeClaimTemplates` of a StatefulSet
 */
export function zoneRulesOf(
  namespace: string,
  spec: JsonObject,
  labels: { readonly [label: string]: string },
  templates: readonly JsonObject[],
  volumes: Volumes,
): ZoneRules {
  const used = asObjects(spec.volumes);
  const names = used.flatMap((one) => asText(at(one, 'persistentVolumeClaim', 'claimName')) ?? []);
  const claims = names.flatMap((name) => {
    const json = volumes.claim(namespace, name);
    return json === undefined ? [] : [{ name, spec: at(json, 'spec') }];
  });
  const own = [...templates, ...used.map((one) => at(one, 'ephemeral', 'volumeClaimTemplate'))];
  const specs = [...claims.map((one) => one.spec), ...own.flatMap((one) => at(one, 'spec') ?? [])];
  const shared = claims.filter(
    (one) => volumes.isAttached(classOf(one.spec)) && asTexts(at(one.spec, 'accessModes')).every(isOnOneNode),
  );
  const terms = (kind: string): JsonObject[] =>
    asObjects(at(spec, 'affinity', kind, 'requiredDuringSchedulingIgnoredDuringExecution'));
  return {
    bounds: specs.flatMap((one) => volumes.boundOf(classOf(one))),
    spread: spreadOf(spec, labels),
    apart: terms('podAntiAffinity').some(
      ({ topologyKey, labelSelector }) => topologyKey === ZONE && isAbout(labelSelector, labels),
    ),
    claims: shared.map(({ name }) => `${name} in namespace ${namespace}`),
    together: terms('podAffinity').some(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname'),
  };
}

/** Whether pods with labels are among those that a rule of their own is about; a rule without a selector is about none. */
export function isAbout(selector: unknown, labels: { readonly [label: string]: string }): boolean {
  return typeof selector === 'object' && selector !== null && selects(asObject(selector), labels);
}

/** A volume is made in the zone in which a node has room for its pod, not in any, and in none without nodes. */
export function storageClassFindings(graph: ManifestGraph): Finding[] {
  const zones = new Set((graph.context.nodes ?? []).flatMap((node) => node.zones ?? []));
  if (zones.size === 0 || (graph.context.nodes ?? []).some((node) => (node.zones ?? []).length === 0)) return [];
  const all = [...zones].sort().join(', ');
  return graph
    .ofKind('StorageClass', 'storage.k8s.io')
    .filter(({ json }) => driverLabel(json) !== undefined)
    .flatMap(({ path, name, json }) => {
      const possible = zonesOfClass(json);
      if (possible !== undefined && !possible.some((zone) => zones.has(zone))) {
        const message = `StorageClass ${name}: makes volumes in ${possible.join(', ')} only (allowedTopologies), and the nodes of the cluster are in ${all}, so that no pod could use one; name some of these zones, or leave allowedTopologies out`;
        return [{ path, message }];
      }
      const here = (possible ?? [...zones]).filter((zone) => zones.has(zone));
      if (here.length < 2 || json.volumeBindingMode === 'WaitForFirstConsumer') return [];
      return [
        {
          path,
          message: `StorageClass ${name}: makes volumes of ${String(json.provisioner)} before it is known where their pods run, in any of the zones ${here.sort().join(', ')}, and a node of another zone cannot use them; set volumeBindingMode to WaitForFirstConsumer`,
        },
      ];
    });
}

function isClass({ kind, group }: ObjectOfGraph): boolean {
  return kind === 'StorageClass' && group === 'storage.k8s.io';
}

/** The label of the driver's nodes with their zone; undefined for what is not of one zone. */
function driverLabel(storageClass: JsonObject | undefined): string | undefined {
  const parameters = Object.values(asLabels(storageClass?.parameters));
  // disks of Azure and of Google in several zones
  if (parameters.some((value) => value === 'regional-pd' || value.endsWith('_ZRS'))) return undefined;
  return ZONAL_DRIVERS[asText(storageClass?.provisioner) ?? ''];
}

/** The zones that a class of zonal volumes names; undefined where it makes them in any. */
function zonesOfClass(storageClass: JsonObject | undefined): string[] | undefined {
  const own = driverLabel(storageClass);
  if (own === undefined) return undefined;
  const terms = asObjects(storageClass?.allowedTopologies).map((term) =>
    asObjects(term.matchLabelExpressions).filter(({ key }) => key === ZONE || key === own),
  );
  // a term without zones allows them all
  if (terms.length === 0 || terms.some((term) => term.length === 0)) return undefined;
  const zones = terms.flatMap(([first, ...others]) =>
    asTexts(first.values).filter((zone) => others.every(({ values }) => asTexts(values).includes(zone))),
  );
  return [...new Set(zones)].sort();
}

function spreadOf(spec: JsonObject, labels: { readonly [label: string]: string }): ZoneSpread | undefined {
  const [one] = asObjects(spec.topologySpreadConstraints).filter(
    ({ topologyKey, whenUnsatisfiable, labelSelector }) =>
      topologyKey === ZONE && whenUnsatisfiable !== 'ScheduleAnyway' && isAbout(labelSelector, labels),
  ) as (JsonObject | undefined)[];
  if (one === undefined) return undefined;
  return {
    maxSkew: asNumber(one.maxSkew) ?? 1,
    minDomains: asNumber(one.minDomains) ?? 1,
    countsTainted: one.nodeTaintsPolicy !== 'Honor',
  };
}

function classOf(claimSpec: unknown): string | undefined {
  return asText(at(claimSpec, 'storageClassName'));
}

function isOnOneNode(mode: string): boolean {
  return mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod';
}
