import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { FeatureStoreSpec } from '../../api/generated';
import { checkWhole } from '../../contracts/bounds';
import { dnsLabel } from '../../contracts/names';
import { featureJobs } from './jobs';
import { alerts, metricsExporter } from './monitoring';
import { networkPolicies } from './network';
import { FeatureStorePlan, featureStorePlan, Manifest } from './plan';
import { feastServer, repositoryData } from './server';
import { FeatureStoreSettings, resolved } from './settings';

/** What a feature store is, and what the platform gives to it. */
export interface FeatureStoreObjectsProps {
  /** Name of the feature store: at most 52 characters, a DNS label. */
  readonly name: string;
  /** Namespace of everything. */
  readonly namespace: string;
  /** The features. */
  readonly spec: FeatureStoreSpec;
  /**
   * What the platform gives.
   *
   * @default - the defaults of its fields
   */
  readonly settings?: FeatureStoreSettings;
}

/**
 * What a feature store consists of: the definitions in Feast and their registration, feature servers, the jobs that compute
 * batch, streaming and model features, materialization, metrics with alerts, and network policies. Older definitions are kept by the operator.
 *
 * It needs nothing but a chart. The same props give the same objects; no clock is read. Every pod meets Pod Security
 * `restricted` with a read-only root file system, but for those that Feast's operator makes (FeatureServerRuntime).
 */
export class FeatureStoreObjects extends Construct {
  private readonly plan: FeatureStorePlan;

  /** @throws InvalidInputError when the spec and the settings do not suffice; it names the field */
  public constructor(scope: Construct, id: string, props: FeatureStoreObjectsProps) {
    super(scope, id);
    dnsLabel(this, 'name', props.name, 52);
    const settings = resolved(props.settings ?? {});
    checkWhole(this, 'settings.replicas', settings.replicas, 1, 100, 'give a number of pods');
    const plan = featureStorePlan(props.name, props.namespace, props.spec, settings);
    this.plan = plan;
    const manifests = [
      ...this.account(),
      this.definitions(),
      this.configMap('Programs', plan.programsName, plan.programs),
      ...plan.streams.map(({ view, configName, files }) => this.configMap(`Program${view.name}`, configName, files)),
      ...feastServer(plan),
      ...featureJobs(plan),
      ...metricsExporter(plan),
      ...networkPolicies(plan),
      ...alerts(plan),
    ];
    for (const manifest of manifests) this.add(manifest);
  }

  /** One without permissions, unless the spec names another. */
  private account(): Manifest[] {
    if (this.plan.spec.serviceAccountName !== undefined) return [];
    return [
      {
        id: 'ServiceAccount',
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        name: this.plan.serviceAccountName,
        body: { automountServiceAccountToken: false },
      },
    ];
  }

  private definitions(): Manifest {
    const { repository, repositoryName } = this.plan;
    return {
      ...this.configMap('Definitions', repositoryName, repositoryData(repository)),
      labels: { 'nstarx.io/content': 'feature-definitions', 'nstarx.io/version': repository.version },
    };
  }

  private configMap(id: string, name: string, data: { readonly [key: string]: string }): Manifest {
    // another content has another name
    return { id, apiVersion: 'v1', kind: 'ConfigMap', name, body: { immutable: true, data } };
  }

  private add(manifest: Manifest): void {
    const { labels, namespace, spec } = this.plan;
    const annotations = {
      ...(spec.owner !== undefined ? { 'nstarx.io/owner': spec.owner } : {}),
      ...manifest.annotations,
    };
    new ApiObject(this, manifest.id, {
      apiVersion: manifest.apiVersion,
      kind: manifest.kind,
      metadata: {
        name: manifest.name,
        namespace,
        labels: { ...labels, 'app.kubernetes.io/component': 'feature-store', ...manifest.labels },
        ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      },
      ...manifest.body,
    });
  }
}
