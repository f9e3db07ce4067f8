import { ApiObject, Chart } from 'cdk8s';
import { at } from '../checks/json';
import { Manifest } from '../checks/manifest-graph';
import { BootStep } from '../checks/rehearsal/boot-step';
import { argoCd, argoCdApps, ARGO_CD_NAMESPACE } from '../components/argo-cd';
import { Component } from '../contracts/component';
import { originOf } from '../contracts/origin';
import { Tier } from '../contracts/tier';
import {
  applicationOf,
  ArgoCdApplication,
  ArgoCdApplicationsCheck,
  CLUSTER,
  PLATFORM_PROJECT,
  projectOf,
  retries,
} from './argo-cd-application';
import { closure, Installation } from './bootstrap';
import { controllerFields } from './controller-fields';
import { kustomizePatches, refuseFolders } from './kustomize';
import { SynthesizedEnvironment } from './synthesized-environment';

/** Where Argo CD finds the manifests. */
export interface ArgoCdDeliveryProps {
  /** URL of the git repository that holds the synthesized manifests. */
  readonly repository: string;
  /**
   * Branch, tag or commit.
   *
   * @default 'HEAD'
   */
  readonly revision?: string;
  /**
   * Folder in the repository that holds the environments' folders.
   *
   * @default 'dist'
   */
  readonly path?: string;
  /**
   * Whether Argo CD applies changes by itself and undoes changes made by hand.
   *
   * @default - true everywhere but in production
   */
  readonly autoSync?: boolean;
  /**
   * Folders of other repositories that Argo CD applies by itself, such as `ModelDeliveryWorkflow.application()`.
   *
   * @default - none
   */
  readonly applications?: ArgoCdApplication[];
}

const WAVE = 'argocd.argoproj.io/sync-wave';

/** Five minutes in all: as long as a quota may need to count objects of a new kind, which it refuses until then. */
const RETRY = retries(5);

/**
 * Writes an Argo CD Application for each component that can wait for GitOps.
 *
 * Sync waves follow the dependencies and are negative, so that every component is healthy before the platform's own
 * manifests (wave 0) are applied; what needs these comes with them.
 *
 * @returns the components that Terraform installs: those that cannot wait, Argo CD, and last the Application that points to git, with which
 *   Argo CD begins
 */
export function addArgoCdApplications(
  environment: SynthesizedEnvironment,
  components: Component[],
  props: ArgoCdDeliveryProps,
): Installation {
  const early = closure(components.filter((component) => component.bootstrap));
  const late = components.filter((component) => !early.has(component.name));
  refuseFolders(
    environment,
    components.filter((component) => early.has(component.name)),
  );
  const chart = environment.addChart('argocd');
  const depth = depths(late);
  const deepest = Math.max(0, ...depth.values());
  for (const component of late) {
    const wave = component.needsManifests ? 0 : (depth.get(component.name) ?? 0) - deepest - 1;
    applicationFor(chart, component, wave);
  }
  const autoSync = props.autoSync ?? environment.tier !== Tier.PRODUCTION;
  const { applications = [] } = props;
  if (applications.length > 0) {
    const taken = [environment.environmentName, ...late.map(({ name }) => name)];
    environment.addCheck(new ArgoCdApplicationsCheck(environment.node.path, environment.tier, taken, applications));
  }
  const engine = argoCd(environment.tier);
  const root = argoCdApps(rootValues(environment, props, autoSync, late), engine);
  for (const component of [engine, root]) {
    environment.requireNamespace(component.namespace, component.podSecurity);
  }
  return { components: [...components.filter((component) => early.has(component.name)), engine], last: root };
}

/**
 * The sync waves, in order, as the objects say them. Argo CD starts one when all of the one before is healthy; an Application is when
 * the pods of its component are (see `argoCd()`).
 *
 * @param components those that may be in an Application
 * @param done the steps of Terraform, of which the last has Argo CD begin
 */
export function syncWaves(manifests: Manifest[], components: Component[], done: readonly BootStep[]): BootStep[] {
  const begin = done.slice(-1);
  const waves = new Map<number, Manifest[]>();
  for (const manifest of manifests) {
    const wave = Number(at(manifest.json, 'metadata', 'annotations', WAVE) ?? 0);
    const others = waves.get(wave);
    if (others) others.push(manifest);
    else waves.set(wave, [manifest]);
  }
  const byName = new Map(components.map((one) => [one.name, one]));
  const steps: BootStep[] = [];
  for (const [wave, objects] of [...waves].sort(([a], [b]) => a - b)) {
    steps.push({
      name: `Argo CD sync wave ${wave}`,
      after: (steps.length > 0 ? steps.slice(-1) : begin).map(({ name }) => name),
      waits: true,
      waitsForCustomResources: true,
      components: objects.flatMap((one) => (isApplication(one) ? (byName.get(one.name) ?? []) : [])),
      manifests: objects,
    });
  }
  return steps;
}

function isApplication({ kind, group, namespace }: Manifest): boolean {
  return kind === 'Application' && group === 'argoproj.io' && namespace === ARGO_CD_NAMESPACE;
}

function applicationFor(chart: Chart, component: Component, wave: number): ApiObject {
  const ignored = controllerFields(component);
  return new ApiObject(chart, component.name, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name: component.name,
      namespace: ARGO_CD_NAMESPACE,
      annotations: { [WAVE]: String(wave) },
      // deleting the Application removes what it installed, in the background
      finalizers: ['resources-finalizer.argocd.argoproj.io/background'],
    },
    spec: {
      project: PLATFORM_PROJECT,
      destination: { server: CLUSTER, namespace: component.namespace },
      source: sourceOf(component),
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        // server-side apply, since large CRDs do not fit into the annotation of a client-side one
        syncOptions: ['ServerSideApply=true', ...(ignored.length > 0 ? ['RespectIgnoreDifferences=true'] : [])],
        retry: RETRY,
      },
      ...(ignored.length > 0 ? { ignoreDifferences: ignored } : {}),
    },
  });
}

function sourceOf({ name, chart, kustomize, values }: Component): { [key: string]: unknown } {
  if (kustomize) {
    const patches = kustomizePatches(kustomize);
    return {
      repoURL: kustomize.repository,
      targetRevision: kustomize.revision,
      path: kustomize.path,
      ...(patches.length > 0 ? { kustomize: { patches } } : {}),
    };
  }
  return {
    repoURL: registryOf(chart?.repository),
    chart: chart?.name,
    targetRevision: chart?.version,
    helm: {
      releaseName: name,
      ...(Object.keys(values).length > 0 ? { valuesObject: values } : {}),
    },
  };
}

/** Argo CD names a Helm registry without its scheme. */
function registryOf(repository = ''): string {
  return repository.replace(/^oci:\/\//, '');
}

function rootValues(
  environment: SynthesizedEnvironment,
  props: ArgoCdDeliveryProps,
  autoSync: boolean,
  components: Component[],
): { [key: string]: unknown } {
  const { labels, annotations } = originOf(environment.bootstrap.node.path, environment._origin);
  const metadata = { namespace: ARGO_CD_NAMESPACE, additionalLabels: labels, additionalAnnotations: annotations };
  const repositories = components.map(({ chart, kustomize }) => kustomize?.repository ?? registryOf(chart?.repository));
  const others = (props.applications ?? []).map((one) => [one.name, one] as const);
  return {
    projects: {
      [PLATFORM_PROJECT]: {
        ...metadata,
        description: 'Components and manifests of the platform',
        sourceRepos: [...new Set([props.repository, ...repositories])].sort(),
        destinations: [{ server: CLUSTER, namespace: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
      ...Object.fromEntries(others.map(([name, one]) => [name, { ...metadata, ...projectOf(one) }])),
    },
    applications: {
      [environment.environmentName]: {
        ...metadata,
        project: PLATFORM_PROJECT,
        source: {
          repoURL: props.repository,
          targetRevision: props.revision ?? 'HEAD',
          path: `${props.path ?? 'dist'}/${environment.environmentName}`,
        },
        destination: { server: CLUSTER, namespace: ARGO_CD_NAMESPACE },
        syncPolicy: {
          ...(autoSync ? { automated: { prune: true, selfHeal: true } } : {}),
          // custom resources are in the same sync as the components that define them
          syncOptions: ['ServerSideApply=true', 'SkipDryRunOnMissingResource=true'],
          retry: RETRY,
        },
      },
      ...Object.fromEntries(others.map(([name, one]) => [name, { ...metadata, ...applicationOf(one) }])),
    },
  };
}

/** How many components stand before each, at most; the components are sorted. */
function depths(components: Component[]): Map<string, number> {
  const depth = new Map<string, number>();
  for (const component of components) {
    depth.set(component.name, Math.max(0, ...component.requires.map((one) => (depth.get(one.name) ?? -1) + 1)));
  }
  return depth;
}
