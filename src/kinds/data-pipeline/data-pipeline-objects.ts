import { ApiObject, ApiObjectProps } from 'cdk8s';
import { Construct } from 'constructs';
import { DataPipelineSpec, PipelineEngine } from '../../api/generated/data-pipeline';
import { fail } from '../../contracts/errors';
import { ZonePlacement } from '../ai-zone/placement';
import { checkFlink, flinkJob } from './flink-job';
import { alertRules } from './pipeline-alerts';
import { programConfig } from './pipeline-config';
import { networkPolicy } from './pipeline-network';
import { baseName, Json, PipelinePlan } from './pipeline-plan';
import { DataPipelineSettings } from './data-pipeline-settings';
import { checkSpark } from './spark-checks';
import { sparkJob } from './spark-job';

/** Options of the objects that run a pipeline. */
export interface DataPipelineObjectsProps {
  /** Name of the pipeline: a DNS label that starts with a letter, of at most 52 characters. */
  readonly name: string;
  /** Namespace of all objects. */
  readonly namespace: string;
  /** What the pipeline does, when and with what. */
  readonly spec: DataPipelineSpec;
  /**
   * The zone that the spec names.
   *
   * @default - none: then the spec must name none
   */
  readonly zone?: ZonePlacement;
  /**
   * More labels of all objects.
   *
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * The platform.
   *
   * @default - the defaults of the settings
   */
  readonly settings?: DataPipelineSettings;
}

const NAME_LENGTH = 52;

/**
 * Everything that runs a pipeline: a ConfigMap with the program and what it does; a SparkApplication, a ScheduledSparkApplication or a
 * FlinkDeployment; a network policy; alerts. The pipeline operator makes the same objects from a DataPipeline.
 *
 * The same props give the same objects. The ServiceAccount of the pods must be there: see `EngineAccount`.
 */
export class DataPipelineObjects extends Construct {
  /** The SparkApplication, ScheduledSparkApplication or FlinkDeployment. */
  public readonly job: ApiObject;
  /** The ConfigMap with the program. */
  public readonly program: ApiObject;

  /** @throws InvalidInputError when the pipeline cannot run as its spec says; the prop is the path of the field in the spec */
  public constructor(scope: Construct, id: string, props: DataPipelineObjectsProps) {
    super(scope, id);
    const plan = this.plan(props);
    const isFlink = plan.spec.engine === PipelineEngine.FLINK;
    if (isFlink) checkFlink(plan);
    else checkSpark(plan);
    const config = programConfig(plan);
    this.program = this.add('Program', config.object);
    this.job = this.add('Resource', isFlink ? flinkJob(plan, config.name) : sparkJob(plan, config.name));
    this.add('NetworkPolicy', networkPolicy(plan));
    if (plan.settings.alerts ?? true) this.add('Alerts', alertRules(plan));
  }

  private plan({ name, namespace, spec, zone, labels, settings = {} }: DataPipelineObjectsProps): PipelinePlan {
    if (name.length > NAME_LENGTH || !/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
      const rule = `must be a DNS label of at most ${NAME_LENGTH} characters that starts with a letter`;
      fail(this, 'name', rule, name, 'Spark and Flink name Services after it: use another');
    }
    if (spec.zone !== zone?.name) {
      fail(
        this,
        'zone',
        'must be the name of an AIZone that exists',
        spec.zone,
        'create the zone, or correct the name',
      );
    }
    return {
      scope: this,
      name,
      base: baseName(name),
      namespace,
      spec,
      zone,
      settings,
      labels: {
        ...labels,
        'app.kubernetes.io/name': name,
        'app.kubernetes.io/component': 'pipeline',
        'app.kubernetes.io/part-of': 'ml-platform',
      },
    };
  }

  private add(id: string, object: Json): ApiObject {
    return new ApiObject(this, id, object as unknown as ApiObjectProps);
  }
}
