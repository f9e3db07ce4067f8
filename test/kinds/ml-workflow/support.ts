import { App, Chart } from 'cdk8s';

import { MLWorkflowSpec } from '../../../src/api';
import { ML_WORKFLOW } from '../../../src/api/kinds/ml-workflow';
import { MLWorkflowObjects } from '../../../src/kinds/ml-workflow/ml-workflow-objects';
import { MLWorkflowSettings } from '../../../src/kinds/ml-workflow/settings';
import { ZonePlacement } from '../../../src/kinds/ai-zone/placement';
import { sampleOf } from '../../api/support/samples';

export type Json = Record<string, ReturnType<typeof JSON.parse>>;

/** A platform with MLflow. */
export const TRACKING: MLWorkflowSettings = { trackingUri: 'http://mlflow.mlflow.svc:5000' };

/** The documented sample. */
export function sampleSpec(): MLWorkflowSpec {
  return sampleOf(ML_WORKFLOW)!.spec as unknown as MLWorkflowSpec;
}

/** A workflow of these stages, which are written as in YAML. */
export function specOf(stages: readonly Json[], more: Json = {}): MLWorkflowSpec {
  return { type: 'training', stages, ...more } as unknown as MLWorkflowSpec;
}

/** What a workflow becomes. */
export class Synthesized {
  public readonly objects: Json[];

  public constructor(
    spec: MLWorkflowSpec,
    settings: MLWorkflowSettings = TRACKING,
    zone?: ZonePlacement,
    name = 'churn',
  ) {
    const chart = new Chart(new App(), 'test', { disableResourceNameHashes: true });
    new MLWorkflowObjects(chart, 'workflow', { name, namespace: 'ml-workflows', spec, settings, zone });
    this.objects = chart.toJson() as Json[];
  }

  public object(kind: string): Json {
    const found = this.objects.find((object) => object.kind === kind);
    if (!found) throw new Error(`no ${kind}`);
    return found;
  }

  public get spec(): Json {
    return this.object('WorkflowTemplate').spec as Json;
  }

  /** The Argo template of a stage. */
  public stage(name: string): Json {
    return this.template(`stage-${name}`);
  }

  public template(name: string): Json {
    const found = (this.spec.templates as Json[]).find((template) => template.name === name);
    if (!found) throw new Error(`no template ${name}`);
    return found;
  }

  /** The stage in the graph. */
  public task(name: string): Json {
    return (this.template('stages').dag.tasks as Json[]).find((task) => task.name === name)!;
  }

  /** The object that a stage makes. */
  public manifest(name: string): Json {
    return JSON.parse(this.stage(name).resource.manifest as string) as Json;
  }
}

/** The variables of a container by name. */
export function variables(container: Json): Json {
  return Object.fromEntries((container.env as Json[]).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

/** What a workflow is refused with. */
export function refusal(
  spec: MLWorkflowSpec,
  settings?: MLWorkflowSettings,
  zone?: ZonePlacement,
  name?: string,
): string {
  try {
    new Synthesized(spec, settings, zone, name);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}
