import { AB_TEST } from '../../api/kinds/ab-test';
import { OperatorDefinition } from '../../api/operator-definition';
import { CHILD, childName } from '../child-names';

/** Shares traffic among models until one has proved better. */
export const AB_TEST_OPERATOR: OperatorDefinition = {
  name: 'ab-test',
  parent: AB_TEST,
  children: [
    { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIModel', resource: 'aimodels' },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', resource: 'httproutes' },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', resource: 'prometheusrules' },
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', resource: 'analysisruns' },
  ],
  names: (test) => {
    const name = [childName(test, CHILD.AB_TEST)];
    return { HTTPRoute: name, PrometheusRule: name };
  },
  related: [
    { apiVersion: 'nstarx.io/v1alpha1', kind: 'AIModel', resource: 'aimodels' },
    { apiVersion: 'apps/v1', kind: 'ControllerRevision', resource: 'controllerrevisions' },
  ],
};
