import { PlatformOperators, PlatformOperatorsProps } from '../../../src/kinds/operators/platform-operators';
import { Namespace } from '../../../src/constructs/tenancy';
import { SETTINGS } from '../../operators/support/settings';
import { Json, TestEnvironment, text } from '../../constructs/tenancy/support';

/** Groups of third parties of a platform with everything installed. */
export const GROUPS = [
  'argoproj.io',
  'capsule.clastix.io',
  'cert-manager.io',
  'feast.dev',
  'flink.apache.org',
  'gateway.networking.k8s.io',
  'keda.sh',
  'monitoring.coreos.com',
  'security.istio.io',
  'serving.kserve.io',
  'sparkoperator.k8s.io',
  'trainer.kubeflow.org',
];

export const PROPS = { image: 'registry.example/operators:1.2.3', settings: SETTINGS, apiGroups: GROUPS } as const;

/** The operators in the namespace `nstarx-system`, and the objects that they are. */
export class Made {
  public readonly environment = new TestEnvironment();
  public readonly operators: PlatformOperators;
  public readonly objects: Json[];
  /** The namespace, with what keeps it apart. */
  public readonly namespaceObjects: Json[];

  public constructor(props: Partial<PlatformOperatorsProps> = {}) {
    const namespaces = this.environment.chart('namespaces');
    this.environment.useScraper({ namespace: 'monitoring', podLabels: { 'app.kubernetes.io/name': 'prometheus' } });
    const namespace = new Namespace(namespaces, 'nstarx-system');
    const chart = this.environment.chart('operators');
    this.operators = new PlatformOperators(chart, 'operators', {
      ...PROPS,
      apiGroups: [...GROUPS],
      namespace,
      ...props,
    });
    this.objects = chart.toJson() as Json[];
    this.namespaceObjects = namespaces.toJson() as Json[];
  }

  /** All objects of a kind. */
  public of(kind: string): Json[] {
    return this.objects.filter((object) => text(object.kind) === kind);
  }

  /** Names of the objects of a kind, sorted. */
  public names(kind: string): string[] {
    return this.of(kind)
      .map(({ metadata }) => text(metadata.name))
      .sort();
  }

  /** The one object of a kind and name. */
  public one(kind: string, name: string): Json {
    const found = this.of(kind).filter(({ metadata }) => text(metadata.name) === name);
    if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name}`);
    return found[0];
  }
}
