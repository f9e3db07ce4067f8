import { MODEL_DEPLOYMENT } from '../../src/api/kinds/model-deployment';
import { argoCd } from '../../src/components/argo-cd';
import { Tier } from '../../src/contracts/tier';

test('the health of a ModelDeployment knows the phases that are not on the way', () => {
  const { configs } = argoCd(Tier.STAGING).values as {
    readonly configs: { readonly cm: { readonly [key: string]: string } };
  };
  const script = configs.cm['resource.customizations.health.mlifecycle.io_ModelDeployment'];
  const named = [...script.matchAll(/(\w+) = "(Healthy|Degraded)"/g)].map(([, phase, health]) => [phase, health]);
  expect(Object.fromEntries(named)).toEqual({ Serving: 'Healthy', Rejected: 'Degraded', Degraded: 'Degraded' });
  const phases = MODEL_DEPLOYMENT.status.properties?.phase.enum;
  expect(phases).toEqual(expect.arrayContaining(named.map(([phase]) => phase)));
});
