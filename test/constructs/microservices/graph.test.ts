import { ApiObject } from 'cdk8s';
import * as fc from 'fast-check';
import {
  Dependency,
  Microservice,
  MicroserviceProps,
  Microservices,
  ServiceScaling,
  ServiceSize,
} from '../../../src/constructs/microservices';
import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { reaches } from '../../support/who-reaches';
import { containerOf, field, Json, render, setUp, TestNamespace } from '../workloads/support';

const IMAGE = 'example/service:1.0';
const WAVE = 'metadata.annotations';

function waveOf(object: ApiObject | undefined): number {
  const annotations = field(render(object), WAVE) as { [key: string]: string } | undefined;
  return Number(annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
}

function graph(scraped = false) {
  const scope = setUp(scraped ? undefined : (null as never));
  return { ...scope, shop: new Microservices(scope.chart, 'shop', { namespace: scope.namespace }) };
}

function service(scope: Microservices, id: string, props: Partial<MicroserviceProps> = {}): Microservice {
  return new Microservice(scope, id, { image: IMAGE, ...props });
}

const SIZE = 7;
/** From each service to services before it, so that there is no circle. */
const edges = fc.uniqueArray(
  fc
    .tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1), fc.constantFrom('http', 'grpc', 'startsAfter'))
    .filter(([a, b]) => a > b),
  { maxLength: 12, selector: ([from, to]) => `${from} ${to}` },
);

test('whatever the graph, each service comes after those that it waits for, and all autoscalers after the services', () => {
  fc.assert(
    fc.property(edges, fc.boolean(), (all, atOnce) => {
      const { shop } = graph();
      const services: Microservice[] = [];
      const to = (index: number): Dependency[] =>
        all.filter(([from]) => from === index).map(([, other, kind]) => Dependency[kind](services[other]));
      for (let index = 0; index < SIZE; index++) {
        const dependencies = atOnce ? to(index) : [];
        services.push(service(shop, `s${index}`, { scaling: ServiceScaling.LIGHT, dependencies }));
      }
      if (!atOnce) services.forEach((one, index) => to(index).forEach((dependency) => one.addDependency(dependency)));
      const waves = services.map((one) => waveOf(one.deployment));
      for (const [from, other] of all) expect(waves[from]).toBeGreaterThan(waves[other]);
      const last = Math.max(...waves);
      for (const one of services) {
        const wave = waveOf(one.autoscaler);
        expect(all.length === 0 ? wave === 0 : wave > last).toBe(true);
        expect([one.service, one.networkPolicy, one.serviceAccount, one.disruptionBudget].map(waveOf)).toEqual([
          0, 0, 0, 0,
        ]);
      }
    }),
    { numRuns: 25 },
  );
});

test('whatever the graph, a service reaches another exactly if it calls it', () => {
  fc.assert(
    fc.property(edges, (all) => {
      const { shop, chart } = graph();
      const services: Microservice[] = [];
      for (let index = 0; index < SIZE; index++) {
        const mine = all.filter(([from]) => from === index);
        const dependencies = mine.map(([, other, kind]) => Dependency[kind](services[other]));
        services.push(service(shop, `s${index}`, { port: 8000 + index, entryPoint: true, dependencies }));
      }
      const objects = chart.toJson() as KubernetesObject[];
      const pod = (index: number) => ({ namespace: 'team', labels: { 'app.kubernetes.io/name': `s${index}` } });
      for (let from = 0; from < SIZE; from++) {
        for (let to = 0; to < SIZE; to++) {
          if (from === to) continue;
          const calls = all.some(([a, b, kind]) => a === from && b === to && kind !== 'startsAfter');
          expect(reaches(objects, pod(from), pod(to), 8000 + to)).toBe(calls);
          expect(reaches(objects, pod(from), pod(to), 9999)).toBe(false);
        }
      }
    }),
    { numRuns: 15 },
  );
});

test('without order nothing has a wave', () => {
  const { shop } = graph();
  const one = service(shop, 'one', { scaling: ServiceScaling.LIGHT, entryPoint: true });
  expect([one.deployment, one.autoscaler].map((object) => field(render(object), WAVE))).toEqual([undefined, undefined]);
});

test.each<[string, ServiceScaling, number, number, number, number]>([
  ['HIGH_LOAD', ServiceScaling.HIGH_LOAD, 3, 15, 65, 75],
  ['MEDIUM_LOAD', ServiceScaling.MEDIUM_LOAD, 2, 10, 70, 80],
  ['STANDARD', ServiceScaling.STANDARD, 2, 8, 70, 80],
  ['LIGHT', ServiceScaling.LIGHT, 2, 6, 70, 80],
  ['UTILITY', ServiceScaling.UTILITY, 1, 3, 60, 70],
])('the class of scaling %s', (_name, scaling, minReplicas, maxReplicas, cpu, memory) => {
  const { autoscaler } = service(graph().shop, 'one', { scaling });
  const { spec } = render(autoscaler) as { spec: Json };
  const target = (averageUtilization: number) => ({ target: { type: 'Utilization', averageUtilization } });
  expect(spec).toMatchObject({
    minReplicas,
    maxReplicas,
    metrics: [{ resource: { name: 'cpu', ...target(cpu) } }, { resource: { name: 'memory', ...target(memory) } }],
  });
});

test.each<[string, ServiceSize | undefined, string, string]>([
  ['MEMORY_INTENSIVE', ServiceSize.MEMORY_INTENSIVE, '512Mi', '1Gi'],
  ['STANDARD', ServiceSize.STANDARD, '256Mi', '512Mi'],
  ['LIGHTWEIGHT', ServiceSize.LIGHTWEIGHT, '128Mi', '256Mi'],
  ['by default', undefined, '256Mi', '512Mi'],
])('the class of size %s', (_name, size, memory, limit) => {
  const { deployment } = service(graph().shop, 'one', { size });
  expect(containerOf(render(deployment)).resources).toMatchObject({ requests: { memory }, limits: { memory: limit } });
});

test('a service of another namespace is reached by its whole name, and two of one name by a prefix', () => {
  const { shop, chart } = graph();
  const there = service(shop, 'there', { name: 'stock', namespace: new TestNamespace(chart, 'warehouse') });
  const here = service(shop, 'stock');
  const caller = service(shop, 'caller', {
    dependencies: [Dependency.http(here), Dependency.http(there, { variablePrefix: 'WAREHOUSE' })],
  });
  const { env } = containerOf(render(caller.deployment));
  expect(env).toContainEqual({ name: 'STOCK_URL', value: 'http://stock.team.svc.cluster.local:80' });
  expect(env).toContainEqual({ name: 'WAREHOUSE_URL', value: 'http://stock.warehouse.svc.cluster.local:80' });
  expect(shop._graph().nodes.map(({ name }) => name)).toEqual(['warehouse/stock', 'team/stock', 'caller']);
});

test('a dependency that is added twice is one edge and one rule', () => {
  const { shop } = graph();
  const one = service(shop, 'one');
  const two = service(shop, 'two', { dependencies: [Dependency.http(one), Dependency.http(one)] });
  expect(shop._graph().edges).toHaveLength(1);
  expect(field(render(two.networkPolicy), 'spec.egress')).toHaveLength(2);
});

test.each<[string, (one: Microservice) => void]>([
  ['a peer that it lets in', (one) => one.allowFrom({ namespace: 'ingress' })],
  [
    'a caller',
    (one) =>
      service(one.node.scope as Microservices, 'caller', { entryPoint: true, dependencies: [Dependency.http(one)] }),
  ],
])('a service with %s is no finding', (_what, call) => {
  const one = service(graph().shop, 'one');
  const findings = () => one.node.validate();
  expect(findings()).toEqual([expect.stringMatching(/^is called by nothing: /)]);
  call(one);
  expect(findings()).toEqual([]);
});

test('startsAfter calls nothing', () => {
  const { shop } = graph();
  const one = service(shop, 'one');
  service(shop, 'two', { entryPoint: true, dependencies: [Dependency.startsAfter(one)] });
  expect(one.node.validate()).toHaveLength(1);
});
