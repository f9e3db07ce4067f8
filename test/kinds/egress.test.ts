import { platformServices } from '../../src/kinds/egress';

const PUBLIC = ['0.0.0.0/0', '::/0'];

test.each([
  ['http://mlflow.mlflow.svc:5000', [{ namespace: 'mlflow', ports: [5000] }]],
  ['http://marquez.lineage.svc.cluster.local/api', [{ namespace: 'lineage', ports: [80] }]],
  ['kafka-0.brokers.kafka.svc:9092', [{ namespace: 'kafka', ports: [9092] }]],
  ['kafka:9092', [{ namespace: 'vision', ports: [9092] }]],
  ['10.1.2.3:9092', [{ cidrs: ['10.1.2.3/32'], ports: [9092] }]],
  ['[fd00::1]:9092', [{ cidrs: ['fd00::1/128'], ports: [9092] }]],
  ['https://user:key@api.acme.example', [{ cidrs: PUBLIC, except: expect.any(Array), ports: [443] }]],
  ['b-1.acme.example:9094, b-2.acme.example:9094', [{ cidrs: PUBLIC, except: expect.any(Array), ports: [9094] }]],
  [
    'kafka.kafka:9092',
    [
      { namespace: 'kafka', ports: [9092] },
      { cidrs: PUBLIC, except: expect.any(Array), ports: [9092] },
    ],
  ],
  ['', []],
  [undefined, []],
])('%s is reached there', (address, peers) => {
  expect(platformServices('vision', address)).toEqual(peers);
});
