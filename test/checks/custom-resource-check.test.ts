import { CustomResourceCheck } from '../../src/checks/custom-resource-check';
import { deployment, findings, object } from './graph';

test('custom resources need a component or a CustomResourceDefinition', () => {
  const monitor = object('monitoring.coreos.com/v1', 'ServiceMonitor', 'a');
  const check = new CustomResourceCheck();
  expect(findings(check, [monitor, deployment('api', {})])).toEqual([
    {
      path: 'test/ServiceMonitor-a',
      message:
        'ServiceMonitor a: no component defines the kind ServiceMonitor.monitoring.coreos.com; require the component that does with ComponentRegistry.of(this).require(…), or add its CustomResourceDefinition',
    },
  ]);
  expect(findings(check, [monitor], { customResources: ['ServiceMonitor.monitoring.coreos.com'] })).toEqual([]);
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'servicemonitors.monitoring.coreos.com' },
    spec: { group: 'monitoring.coreos.com', names: { kind: 'ServiceMonitor' } },
  };
  expect(findings(check, [monitor, crd])).toEqual([]);
});
