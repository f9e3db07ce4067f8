import { controllerFields, FAILURE_POLICY_CHANGES } from '../../src/app/controller-fields';
import { certManager } from '../../src/components/cert-manager';
import { istioAmbient } from '../../src/components/istio-ambient';
import { keda } from '../../src/components/keda';
import { metricsServer } from '../../src/components/metrics-server';
import footprints from '../../src/components/generated/footprints.json';
import { Component } from '../../src/contracts';

const CA_BUNDLE = '.webhooks[]?.clientConfig.caBundle';
const POLICY = '.webhooks[]?.failurePolicy';

/** A component with all that it requires. */
function closure(component: Component): Component[] {
  return [...component.requires.flatMap(closure), component];
}

/** `kind path` of each field that Argo CD leaves alone. */
function fieldsOf(component: Component): string[] {
  return controllerFields(component).flatMap(({ kind, jqPathExpressions }) =>
    jqPathExpressions.map((path) => `${kind} ${path}`),
  );
}

test.each(['istio-base', 'istiod'])('%s changes failurePolicy and caBundle of its webhooks', (name) => {
  const component = closure(istioAmbient()).find((one) => one.name === name)!;
  expect(fieldsOf(component)).toEqual(
    expect.arrayContaining([
      `ValidatingWebhookConfiguration ${CA_BUNDLE}`,
      `ValidatingWebhookConfiguration ${POLICY}`,
      `MutatingWebhookConfiguration ${CA_BUNDLE}`,
    ]),
  );
});

test('a certificate that an injector writes is left alone, and a failurePolicy that nobody changes is not', () => {
  expect(fieldsOf(certManager())).toContain(`ValidatingWebhookConfiguration ${CA_BUNDLE}`);
  expect(fieldsOf(certManager()).join()).not.toContain('failurePolicy');
});

test('KEDA writes the certificate of its aggregated API', () => {
  expect(fieldsOf(keda())).toContain('APIService .spec.caBundle');
});

test('a component without webhooks has nothing to leave alone', () => {
  expect(fieldsOf(metricsServer())).toEqual([]);
});

test('a component of which nothing is known may have webhooks', () => {
  const chart = { repository: 'https://charts.example.com', name: 'extra', version: '1.0.0' };
  expect(fieldsOf(new Component('extra', { chart, namespace: 'extra' }))).toContain(
    `MutatingWebhookConfiguration ${CA_BUNDLE}`,
  );
});

/** Webhooks that let requests pass while nothing answers, for good: their charts and programs leave it so. */
const IGNORES_FOR_GOOD = ['aws-load-balancer-controller', 'gatekeeper', 'gateway-helm', 'keda'];

test('each chart whose webhooks begin with Ignore is known to change it, or not', () => {
  const charts = Object.entries(footprints as { [chart: string]: { webhooks?: { failurePolicy: string }[] } })
    .filter(([, { webhooks = [] }]) => webhooks.some(({ failurePolicy }) => failurePolicy === 'Ignore'))
    .map(([chart]) => chart);
  expect(charts.sort()).toEqual([...FAILURE_POLICY_CHANGES, ...IGNORES_FOR_GOOD].sort());
});
