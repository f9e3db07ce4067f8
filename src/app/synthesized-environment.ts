import { Chart } from 'cdk8s';
import { TerraformStack } from 'cdktf';
import { ICheck } from '../checks/check';
import { Manifest, ManifestGraph } from '../checks/manifest-graph';
import { Rehearsal } from '../checks/rehearsal/rehearsal';
import { ICluster } from '../contracts/cluster';
import { Component } from '../contracts/component';
import { IEnvironment } from '../contracts/environment';
import { Origin } from '../contracts/origin';
import { IProvider } from '../contracts/provider';
import { OutputFolders } from './next-steps';

/**
 * What the delivery of an environment and the writer of its output need of it, so that neither imports `Environment`. That
 * has all of it without saying so, since jsii would have a public class implement public interfaces only.
 */
export interface SynthesizedEnvironment extends IEnvironment {
  readonly provider: IProvider;
  readonly cluster: ICluster;

  /** What its Kubernetes objects say of where they come from. */
  readonly _origin: Origin;

  addChart(id: string): Chart;

  addCheck(check: ICheck): void;

  /** Adds a Terraform stack with the provider's backend and settings, which is applied after those that there are. */
  _addStack(purpose: string): TerraformStack;

  /** The Terraform stacks, in the order in which they are applied. */
  _stacks(): TerraformStack[];

  /** The manifests; complete once the components are delivered. */
  _manifests(): ManifestGraph;

  /** The manifests but for those that Terraform applies before the components. */
  _deliveredManifests(): Manifest[];

  /** The walk through the first boot. */
  _rehearsal(): Rehearsal;

  /** The components that a user applies with kubectl, since nothing else installs them. */
  _filedComponents(): Component[];

  /** Whether CustomResourceDefinitions are applied by a step of their own, before the other manifests. */
  _appliesCrdsApart(): boolean;

  /** Files for whoever applies the manifests with kubectl, by path. */
  _kubectlFiles(): Map<string, string>;

  /** The commands that apply the output, in their order, for the report. */
  _nextSteps(folders: OutputFolders): string[];
  /** What a person has to know before them. */
  _notes(): string[];
}
