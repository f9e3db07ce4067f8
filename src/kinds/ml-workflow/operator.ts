import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { OperatorDefinition } from '../../api/operator-definition';

/** Runs workflows. */
export const ML_WORKFLOW_OPERATOR: OperatorDefinition = {
  name: 'ml-workflow',
  parent: ML_WORKFLOW,
  children: [
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'WorkflowTemplate', resource: 'workflowtemplates' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'CronWorkflow', resource: 'cronworkflows' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', resource: 'workflows' },
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
  ],
  // no other operator makes these kinds
  names: (workflow) => ({ WorkflowTemplate: [workflow], CronWorkflow: [workflow] }),
  related: [
    { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIZone', resource: 'aizones' },
    // those that a schedule, or someone else, starts from the template
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', resource: 'workflows' },
    // they say how far a training is
    { apiVersion: 'trainer.kubeflow.org/v1alpha1', kind: 'TrainJob', resource: 'trainjobs' },
    // those of trainings and of drivers of Spark, which say why they do not run
    { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
  ],
};
