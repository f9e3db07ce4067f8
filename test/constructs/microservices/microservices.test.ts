import { Dependency, Microservice, Microservices, ServiceScaling } from '../../../src/constructs/microservices';
import { render, setUp, TestDatabase } from '../workloads/support';

test('thin', () => {
  const { chart, namespace } = setUp();
  const shop = new Microservices(chart, 'shop', { namespace });
  const db = new TestDatabase(chart, 'db');
  const payments = new Microservice(shop, 'payments', { image: 'example/payments:1.0', scaling: ServiceScaling.LIGHT, dependencies: [Dependency.database(db as never)] });
  const orders = new Microservice(shop, 'orders', {
    image: 'example/orders:1.0',
    dependencies: [Dependency.http(payments)],
    entryPoint: true,
  });
  console.log(JSON.stringify([orders.deployment, orders.networkPolicy, payments.networkPolicy, payments.autoscaler, payments.deployment].map(render), null, 1));
  console.log(JSON.stringify(shop._graph(), null, 1));
});
