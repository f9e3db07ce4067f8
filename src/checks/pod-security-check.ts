import { Finding, ICheck } from './check';
import { ManifestGraph } from './manifest-graph';
import { NEWEST_MINOR, podSecurityViolations } from './pod-security-standards';

const ENFORCE = 'pod-security.kubernetes.io/enforce';
const ENFORCE_VERSION = 'pod-security.kubernetes.io/enforce-version';

/**
 * Pods meet the Pod Security Standard that their namespace enforces, in the version that it names. A namespace without the
 * label enforces nothing; one that does not exist is another check's finding.
 */
export class PodSecurityCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    const cluster = minorOf(graph.context.kubernetesVersion) ?? NEWEST_MINOR;
    return graph.podTemplates().flatMap(({ manifest, namespace, annotations, spec }) => {
      const labels = graph.labelsOfNamespace(namespace) ?? {};
      const level = labels[ENFORCE] as string | undefined;
      if (level === undefined || level === 'privileged') return [];
      const version = Math.min(minorOf(labels[ENFORCE_VERSION]) ?? cluster, cluster);
      // the API server takes an unknown level for restricted
      const violations = podSecurityViolations(level === 'baseline' ? level : 'restricted', version, annotations, spec);
      return violations.map(({ reason, detail }) => ({
        path: manifest.path,
        message: `${manifest.kind} ${manifest.name}: breaks Pod Security ${level}, which namespace ${namespace} enforces (${reason}); ${detail}`,
      }));
    });
  }
}

/** `v1.35` and `1.35` are 35; `latest` is undefined. */
function minorOf(version: string | undefined): number | undefined {
  const match = /^v?1\.(\d+)/.exec(version ?? '');
  return match ? Number(match[1]) : undefined;
}
