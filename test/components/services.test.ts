import { chatDb } from '../../examples/chatdb/platform';
import { dataPlatform } from '../../examples/data-platform/platform';
import { neuralPlatform } from '../../examples/neural-platform/platform';
import { zeroTouch } from '../../examples/zero-touch/platform';
import { Environment, Monitoring } from '../../src';
import { METACONTROLLER_METRICS_PORT } from '../../src/contracts/metacontroller';
import { Manifest } from '../../src/checks/manifest-graph';
import { resolveFootprint } from '../../src/contracts/resolved-footprint';

const EXAMPLES = { data: dataPlatform(), neural: neuralPlatform(), 'zero-touch': zeroTouch(), chatdb: chatDb() };

const ENVIRONMENTS = Object.entries(EXAMPLES).flatMap(([example, { environments }]) =>
  environments.map((environment) => {
    environment._prepare();
    return { name: `${example} ${environment.environmentName}`, environment };
  }),
);

interface Named {
  readonly service: string;
  readonly port?: number;
}

/** Services that are named by their DNS names, as `name.namespace`. */
function named(environment: Environment): Named[] {
  const texts = [
    ...environment._manifests().manifests.map(({ json }) => JSON.stringify(json)),
    ...environment.components.sorted().map(({ values }) => JSON.stringify(values)),
  ];
  return texts.flatMap((text) =>
    [
      ...text.matchAll(/([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)\.svc(?:\.cluster\.local)?(?::(\d+))?(?=["/\s,?]|\\")/g),
    ].map(([, name, namespace, port]) => ({ service: `${namespace}/${name}`, port: port ? Number(port) : undefined })),
  );
}

/** CloudNativePG makes the Services that a database asks for. */
function servicesOfDatabase({ namespace = '', json }: Manifest): string[] {
  const { managed } = json.spec as {
    readonly managed?: { readonly services?: { readonly additional?: readonly { serviceTemplate: Template }[] } };
  };
  return (managed?.services?.additional ?? []).map(
    ({ serviceTemplate }) => `${namespace}/${serviceTemplate.metadata.name}`,
  );
}

/** Strimzi makes the Service by which clients first reach the brokers. */
function serviceOfKafka({ namespace = '', name }: Manifest): string {
  return `${namespace}/${name}-kafka-bootstrap`;
}

interface Template {
  readonly metadata: { readonly name: string };
}

function servicesOf(environment: Environment): Map<string, number[]> {
  return new Map(
    environment.components
      .sorted()
      .flatMap((component) =>
        (resolveFootprint(component)?.services ?? []).map(
          ({ name, ports }) => [`${component.namespace}/${name}`, Object.values(ports)] as const,
        ),
      ),
  );
}

test.each(ENVIRONMENTS)('$name: each Service of a component that something names is there, with its port', (one) => {
  const { environment } = one;
  const services = servicesOf(environment);
  const namespaces = new Set(environment.components.sorted().map(({ namespace }) => namespace));
  const made = new Set([
    ...environment
      ._manifests()
      .ofKind('Service', '')
      .map(({ namespace = '', name }) => `${namespace}/${name}`),
    ...environment._manifests().ofKind('Cluster', 'postgresql.cnpg.io').flatMap(servicesOfDatabase),
    ...environment._manifests().ofKind('Kafka', 'kafka.strimzi.io').map(serviceOfKafka),
  ]);
  const all = named(environment).filter(({ service }) => namespaces.has(service.split('/')[0]) && !made.has(service));
  const wrong = all.filter(({ service, port }) => {
    const ports = services.get(service);
    return ports === undefined || (port !== undefined && !ports.includes(port));
  });
  expect([...new Set(wrong.map(({ service, port }) => `${service}:${port}`))]).toEqual([]);
});

test('the Services that constants name are those of the charts', () => {
  const { environment } = ENVIRONMENTS.find(({ name }) => name.startsWith('neural'))!;
  const services = servicesOf(environment);
  const { hostname, port } = new URL(Monitoring.of(environment).prometheusUrl);
  const [name, namespace] = hostname.split('.');
  expect(services.get(`${namespace}/${name}`)).toContain(Number(port));
  expect(services.get('metacontroller/metacontroller')).toEqual([METACONTROLLER_METRICS_PORT]);
});
