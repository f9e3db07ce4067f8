import { POD_SECURITY_CASES } from '../../checks/pod-security-cases';
import { describeCluster } from '../connect';

const LEVELS = ['baseline', 'restricted'] as const;

describeCluster('the Pod Security check agrees with the API server', (cluster) => {
  const namespaces: { [level: string]: string } = {};

  beforeAll(async () => {
    for (const level of LEVELS) {
      namespaces[level] = await cluster.freshNamespace({ 'pod-security.kubernetes.io/enforce': level });
    }
  });

  test.each(POD_SECURITY_CASES.filter((one) => !one.invalid).map((one) => [one.name, one] as const))(
    '%s',
    async (_name, one) => {
      for (const level of LEVELS) {
        const pod = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'pod', namespace: namespaces[level], annotations: one.annotations },
          spec: one.spec,
        };
        const [result] = await cluster.apply([pod], { dryRun: true });
        expect({ level, allowed: result.ok, message: result.ok ? '' : result.message }).toEqual({
          level,
          allowed: one[level],
          message: one[level] ? '' : expect.stringContaining('violates PodSecurity'),
        });
      }
    },
  );
});
