import { fail } from '../contracts/errors';
import { Component, PodSecurityLevel } from '../contracts/component';
import { PLATFORM_NAMESPACE } from '../contracts/names';
import { Environment } from './environment';
import { addArgoCdApplications } from './argo-cd-applications';
import { applyFolders, refuseFolders } from './kustomize-components';
import { addWorkloadsStack } from './workloads-stack';

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
}

/** How an environment's manifests and components reach its cluster. */
export abstract class Delivery {
  /**
   * Terraform installs the components; the manifests are files for `kubectl apply -k`, or for a tool of your own. So are
   * components without a chart, in a folder `components`.
   */
  public static files(): Delivery {
    return new FilesDelivery();
  }

  /**
   * Terraform installs the components and, in a third stack `<env>-workloads`, applies the manifests. For clusters
   * without git. Components without a chart are files for `kubectl apply -k`, in a folder `components`.
   */
  public static terraform(): Delivery {
    return new TerraformDelivery();
  }

  /**
   * Terraform installs Argo CD and the few components that must be there before it; Argo CD installs the others and
   * applies the manifests from git.
   */
  public static argoCd(props: ArgoCdDeliveryProps): Delivery {
    return new ArgoCdDelivery(props);
  }

  /**
   * Takes the components, in order, and gives back those that Terraform is to install.
   *
   * @internal
   */
  public abstract _deliverComponents(environment: Environment, components: Component[]): Component[];

  /**
   * Those of the components that a user applies with kubectl.
   *
   * @internal
   */
  public _filedComponents(components: Component[]): Component[] {
    return components.filter(({ chart }) => !chart);
  }

  /**
   * Called when all manifests are known.
   *
   * @internal
   */
  public _deliverManifests(_environment: Environment): void {}

  /**
   * What a user runs after `cdktf deploy`, for the report.
   *
   * @internal
   */
  public abstract _nextStep(environment: Environment, manifestsOutdir: string): string;
}

/** Those that have a chart, since Terraform installs no other. */
function terraformComponents(environment: Environment, components: Component[]): Component[] {
  const installed = components.filter(({ chart }) => chart);
  refuseFolders(environment, installed);
  return installed;
}

class FilesDelivery extends Delivery {
  public _deliverComponents(environment: Environment, components: Component[]): Component[] {
    return terraformComponents(environment, components);
  }

  public _nextStep(environment: Environment, manifestsOutdir: string): string {
    const name = environment.environmentName;
    return [
      `cdktf deploy '${name}-*'`,
      ...(environment._filedComponents().length > 0 ? [applyFolders(manifestsOutdir, name)] : []),
      `kubectl apply --server-side -k ${manifestsOutdir}/${name}`,
    ].join(' && ');
  }
}

class TerraformDelivery extends Delivery {
  public _deliverComponents(environment: Environment, components: Component[]): Component[] {
    // Helm keeps there what it applied
    environment.requireNamespace(PLATFORM_NAMESPACE, PodSecurityLevel.RESTRICTED);
    return terraformComponents(environment, components);
  }

  public override _deliverManifests(environment: Environment): void {
    addWorkloadsStack(environment);
  }

  public _nextStep(environment: Environment, manifestsOutdir: string): string {
    const name = environment.environmentName;
    if (environment._filedComponents().length === 0) return `cdktf deploy '${name}-*'`;
    // the manifests may be of kinds that these components define
    return [
      `cdktf deploy ${name}-infrastructure ${name}-bootstrap`,
      applyFolders(manifestsOutdir, name),
      `cdktf deploy '${name}-*'`,
    ].join(' && ');
  }
}

class ArgoCdDelivery extends Delivery {
  public constructor(private readonly props: ArgoCdDeliveryProps) {
    super();
    if (!/^(https:\/\/|ssh:\/\/|git@)\S+$/.test(props.repository)) {
      fail(
        'Delivery.argoCd',
        'repository',
        'must be an https:// or ssh URL of a git repository',
        props.repository,
        'give the repository that the synthesized manifests are pushed to',
      );
    }
    if (props.path !== undefined && (props.path.startsWith('/') || props.path.split('/').includes('..'))) {
      fail(
        'Delivery.argoCd',
        'path',
        'must be a folder inside the repository',
        props.path,
        'give it relative to the root of the repository',
      );
    }
  }

  public _deliverComponents(environment: Environment, components: Component[]): Component[] {
    return addArgoCdApplications(environment, components, this.props);
  }

  public override _filedComponents(): Component[] {
    return [];
  }

  public _nextStep(environment: Environment, manifestsOutdir: string): string {
    const name = environment.environmentName;
    return `cdktf deploy '${name}-*', then push ${manifestsOutdir}/${name} to ${this.props.repository}`;
  }
}
