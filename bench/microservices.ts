import * as path from 'path';
import { figure, fresh, show } from './measure';

interface Measured {
  readonly seconds: number;
  readonly objects: number;
}

const SIZES = [50, 500];
const EDGES = 5;
const BOUND = 1.3;
const ROOT = JSON.stringify(path.resolve(__dirname, '..'));

/** Builds and synthesizes graphs of so many services until 500 services have been made; what an empty one takes is left out. */
const SCRIPT = `
const { Delivery, Dependency, KindProvider, Microservice, Microservices, Namespace, PlatformApp, ServiceScaling, Tier } =
  require(require.resolve('./lib', { paths: [${ROOT}] }));
const fs = require('fs'), os = require('os'), path = require('path');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-'));
let made = 0;

function run(count) {
  const at = path.join(folder, String(made++));
  const app = new PlatformApp({ terraformOutdir: path.join(at, 'cdktf.out'), manifestsOutdir: path.join(at, 'dist') });
  const delivery = Delivery.argoCd({ repository: 'https://git.example/services.git' });
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, delivery });
  environment.addCluster();
  const chart = environment.addChart('services');
  const quota = { cpu: '10000', memory: '10000Gi', pods: 10000 };
  const shop = new Microservices(chart, 'shop', { namespace: new Namespace(chart, 'shop-namespace', { name: 'shop', quota }) });
  const services = [];
  for (let at = 0; at < count; at++) {
    // each calls those before it, far and near
    const called = new Set(Array.from({ length: ${EDGES} }, (_, edge) => at - 1 - edge * 7).filter((other) => other >= 0));
    services.push(new Microservice(shop, 'service-' + at, {
      image: 'ghcr.io/acme/service:1.0.0',
      cpu: '1m',
      memory: '1Mi',
      memoryLimit: '2Mi',
      minReplicas: 1,
      maxReplicas: 2,
      entryPoint: true,
      dependencies: [...called].map((other) => Dependency.http(services[other])),
    }));
  }
  return { app, objects: app.synth().environments[0].manifests };
}

function measure(count, times) {
  const kept = [];
  const started = process.hrtime.bigint();
  for (let at = 0; at < times; at++) kept.push(run(count));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { seconds: seconds / times, objects: kept[0].objects };
}

measure(50, 4);
const count = Number(process.argv[1]);
const empty = measure(0, 10);
const full = measure(count, 500 / count);
fs.rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ seconds: full.seconds - empty.seconds, objects: full.objects - empty.objects }));
`;

/** Time per object of graphs of 50 and 500 services with five edges each, each in a fresh process. */
export function benchMicroservices(runs: number): void {
  console.log(`microservices: each calls ${EDGES} others, checks and the rehearsal of the boot included`);
  const times = SIZES.map((size) => {
    const samples = Array.from({ length: runs }, () => fresh(SCRIPT, [String(size)]) as Measured);
    const time = figure(samples.map((one) => (one.seconds / one.objects) * 1e6));
    const each = show(time, (value) => `${value.toFixed(0)} us`);
    console.log(`  ${String(size).padStart(4)} services, ${samples[0].objects} objects: ${each} an object`);
    return time.median;
  });
  console.log(`  ratio    ${(times[1] / times[0]).toFixed(2)}, 500 services to 50 (at most ${BOUND})`);
}

if (require.main === module) benchMicroservices(5);
