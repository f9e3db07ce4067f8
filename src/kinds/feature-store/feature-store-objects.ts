import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { FeatureStoreSpec } from '../../api/generated';
import { checkWhole } from '../../contracts/bounds';
import { dnsLabel } from '../../contracts/names';
import { feastServer, versionData } from './feast-server';
import { alerts, networkPolicies } from './feature-guards';
import { featureJobs, metricsExporter } from './feature-jobs';
import { FeatureStoreContext, featureStoreContext, Manifest } from './feature-store-context';
import { labelsOf } from './feature-store-names';
import { _resolve, FeatureStoreSettings } from './feature-store-settings';
import { FeatureStoreVersion, keptVersions } from './feature-store-versions';

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
  /**
   * The versions of the definitions that are there already.
   *
   * @default - none
   */
  readonly pastVersions?: FeatureStoreVersion[];
  /**
   * The present time, RFC 3339; by it old versions are dropped.
   *
   * @default - none; needed with pastVersions
   */
  readonly now?: string;
}

/**
 * What a feature store consists of: the definitions in Feast and their registration, feature servers, the jobs that compute
 * batch, streaming and model features, materialization, metrics with alerts, network policies and old versions.
 *
 * It needs nothing but a chart. The same props give the same objects; no clock is read. Every pod meets Pod Security
 * `restricted` with a read-only root file system, but for those that Feast's operator makes (FeatureServerRuntime).
 *
 * The server answers at `serverUrl`; whoever has the name of the store asks for its FeatureService of that name.
 */
export class FeatureStoreObjects extends Construct {
  /** URL of the feature servers, in the cluster; empty for a store without an online store. */
  public readonly serverUrl: string;
  /** Eight hexadecimal digits that stand for the definitions. */
  public readonly definitionsVersion: string;
  /** Name of the ConfigMap with the definitions. */
  public readonly definitionsName: string;
  /** Name of the Job that registers the definitions. */
  public readonly registrationName: string;
  private readonly context: FeatureStoreContext;

  /** @throws InvalidInputError when the spec and the settings do not suffice; it names the field */
  public constructor(scope: Construct, id: string, props: FeatureStoreObjectsProps) {
    super(scope, id);
    dnsLabel(this, 'name', props.name, 52);
    const settings = _resolve(props.settings ?? {});
    checkWhole(this, 'settings.replicas', settings.replicas, 1, 100, 'give a number of pods');
    const context = featureStoreContext(props.name, props.namespace, props.spec, settings);
    this.context = context;
    this.definitionsVersion = context.repository.version;
    this.definitionsName = context.repositoryName;
    this.serverUrl = context.model.online ? `http://${context.serverName}.${props.namespace}.svc` : '';
    const server = feastServer(context);
    this.registrationName = server[0].name;
    const kept = keptVersions(this.node.path, props.spec, props.pastVersions ?? [], context.repositoryName, props.now);
    const manifests = [
      ...this.account(),
      this.version(
        'Definitions',
        context.repositoryName,
        context.repository.version,
        versionData(context.repository.files),
      ),
      ...kept.map(({ name, version, data }) => this.version(`Version${name}`, name, version, data)),
      this.configMap('Programs', context.programsName, context.programs),
      ...context.streams.map(({ view, configName, files }) => this.configMap(`Program${view.name}`, configName, files)),
      ...server,
      ...featureJobs(context),
      ...metricsExporter(context),
      ...networkPolicies(context),
      ...alerts(context),
    ];
    for (const manifest of manifests) this.add(manifest);
  }

  /** One without permissions, unless the spec names another. */
  private account(): Manifest[] {
    if (this.context.spec.serviceAccountName !== undefined) return [];
    return [
      {
        id: 'ServiceAccount',
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        name: this.context.serviceAccountName,
        body: { automountServiceAccountToken: false },
      },
    ];
  }

  private version(
    id: string,
    name: string,
    version: string | undefined,
    data: { readonly [key: string]: string },
  ): Manifest {
    return {
      ...this.configMap(id, name, data),
      labels: {
        'nstarx.io/content': 'feature-definitions',
        ...(version !== undefined ? { 'nstarx.io/version': version } : {}),
      },
    };
  }

  private configMap(id: string, name: string, data: { readonly [key: string]: string }): Manifest {
    // another content has another name
    return { id, apiVersion: 'v1', kind: 'ConfigMap', name, body: { immutable: true, data } };
  }

  private add(manifest: Manifest): void {
    const { name, namespace, spec } = this.context;
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
        labels: { ...labelsOf(name, 'feature-store'), ...manifest.labels },
        ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      },
      ...manifest.body,
    });
  }
}
