import { namespace } from '../graph';
import { boot, component, messages, pods } from './support';

const find = (podSecurity: string | undefined, enforced: string | undefined) => {
  const labels = enforced === undefined ? {} : { 'pod-security.kubernetes.io/enforce': enforced };
  return messages(
    boot({
      namespaces: { manifests: [namespace('agents', labels)] },
      agents: { components: [component('agents', pods({ kind: 'DaemonSet', podSecurity }))] },
    }),
  );
};

test('pods of a chart that are laxer than their namespace are found', () => {
  expect(find('privileged', 'baseline')).toEqual([
    'component agents (agents): the pods of DaemonSet server meet Pod Security privileged, and namespace agents enforces baseline, so that none is made; set podSecurity of the component to privileged, or have values of the chart set the securityContext that baseline asks for and say so in the footprint',
  ]);
  expect(find('baseline', 'restricted')).toHaveLength(1);
  expect(find('privileged', 'restricted')).toHaveLength(1);
});

test.each([
  ['restricted', 'restricted'],
  [undefined, 'restricted'],
  ['baseline', 'baseline'],
  ['restricted', 'privileged'],
  ['privileged', 'privileged'],
  ['privileged', undefined],
])('pods that meet %s are fine where %s is enforced', (podSecurity, enforced) => {
  expect(find(podSecurity, enforced)).toEqual([]);
});
