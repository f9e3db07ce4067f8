import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { OperatorDefinition } from '../../api/operator-definition';
import { pushesName } from './pushes';

/** Runs workflows. */
export const ML_WORKFLOW_OPERATOR: OperatorDefinition = {
  name: 'ml-workflow',
  parent: ML_WORKFLOW,
  children: [
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', resource: 'workflowtemplates' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'CronWorkflow', resource: 'cronworkflows' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', resource: 'workflows' },
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'EventSource', resource: 'eventsources' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Sensor', resource: 'sensors' },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', resource: 'httproutes' },
  ],
  names: (workflow) => {
    const pushes = [pushesName(workflow)];
    return {
      // no other operator makes these two kinds
      WorkflowTemplate: [workflow],
      CronWorkflow: [workflow],
      EventSource: pushes,
      Sensor: pushes,
      HTTPRoute: pushes,
    };
  },
  related: [
    { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIZone', resource: 'aizones' },
    // those that a schedule, or someone else, starts from the template
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', resource: 'workflows' },
    // they say how far a training is
    { apiVersion: 'trainer.kubeflow.org/v1alpha1', kind: 'TrainJob', resource: 'trainjobs' },
    // those of trainings and of drivers of Spark, which say why they do not run, and those that take pushes
    { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
  ],
};
