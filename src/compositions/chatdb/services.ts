import { ServiceScaling, ServiceSize } from '../../constructs/microservices';
import { Exposure } from '../../constructs/microservices/api-gateway';
import { RequestMetrics } from '../../constructs/monitoring';
import { NamespaceQuota } from '../../constructs/tenancy';
import { parseQuantity } from '../../contracts/quantity';

/** What the document says of a service. */
export interface ServiceDescription {
  /** Port of the container and of the Service. */
  readonly port: number;
  /** Path that says whether it is well. */
  readonly healthPath: string;
  readonly scaling: ServiceScaling;
  readonly size: ServiceSize;
  /** Milliseconds within which it is to answer. */
  readonly latencyMilliseconds: number;
  /** Requests a second that it is made for. */
  readonly requestsPerSecond?: number;
}

const HEALTH = { healthPath: '/health', size: ServiceSize.STANDARD, latencyMilliseconds: 500 };

/**
 * The services as the document has them: ports, health, replicas and the targets of their autoscalers, memory, latency and throughput.
 *
 * Source: "ChatDB Kubernetes Service Architecture", sections Port Allocation, Horizontal Pod Autoscaler, Resource Allocation Strategy, Health Check
 * Endpoints and Performance Characteristics
 */
export const SERVICES = {
  'training-orchestrator': { ...HEALTH, port: 8000, scaling: ServiceScaling.MEDIUM_LOAD },
  'ml-engine': {
    ...HEALTH,
    port: 5000,
    scaling: ServiceScaling.of({ minReplicas: 2, maxReplicas: 8, cpuPercent: 75, memoryPercent: 85 }),
    size: ServiceSize.MEMORY_INTENSIVE,
  },
  'model-registry': { ...HEALTH, port: 8080, scaling: ServiceScaling.LIGHT },
  'query-parser': { ...HEALTH, port: 5001, scaling: ServiceScaling.LIGHT },
  'prediction-service': {
    ...HEALTH,
    port: 8080,
    scaling: ServiceScaling.HIGH_LOAD,
    latencyMilliseconds: 200,
    requestsPerSecond: 500,
  },
  'db-connector': {
    ...HEALTH,
    port: 8081,
    healthPath: '/actuator/health',
    scaling: ServiceScaling.STANDARD,
    size: ServiceSize.MEMORY_INTENSIVE,
    latencyMilliseconds: 100,
  },
} satisfies { readonly [name: string]: ServiceDescription };

/** The service for tests. */
export const TEST_SERVICE = {
  ...HEALTH,
  name: 'test-service',
  port: 8001,
  healthPath: '/',
  scaling: ServiceScaling.UTILITY,
  size: ServiceSize.LIGHTWEIGHT,
};

/** The gateway; its ports are those of `ApiGateway`: 8080 and 8443 behind 80 and 443. */
export const GATEWAY = {
  name: 'api-gateway',
  scaling: ServiceScaling.MEDIUM_LOAD,
  size: ServiceSize.STANDARD,
  cpu: '250m',
  /** Ports of its Service: HTTP and HTTPS. */
  ports: 2,
  /** Milliseconds that routing may add. */
  routingOverheadMilliseconds: 100,
  requestsPerSecond: 1000,
};

/** A Job that trains a model, of which as many run at the same time as the document has concurrent jobs. */
export const TRAINING = { name: 'train-model', cpu: '500m', memory: '1Gi', maxJobs: 10 };

/** The Job that runs the tests. */
export const TEST_RUNNER = 'test-runner';

/** What is meant to be in use on average, over all services. */
export const TARGETS = { cpuPercent: 70, memoryPercent: 80 };

/** The histogram of OpenTelemetry, with the latencies above among its bounds: OpenTelemetry advises 250 ms and not 200. */
export const METRICS = RequestMetrics.histogram({
  bucketsMilliseconds: [5, 10, 25, 50, 75, 100, 200, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000],
});

/** CPU that a pod of a service reserves; the document has memory only. */
export const SERVICE_CPU = '100m';

/** Pods of a namespace: how many there are at most, and what each reserves. */
interface Room {
  readonly pods: number;
  readonly cpu: string;
  readonly memory: string;
}

function roomOf({ scaling, size }: Pick<ServiceDescription, 'scaling' | 'size'>, cpu = SERVICE_CPU): Room {
  // an update has one more
  return { pods: scaling.maxReplicas + 1, cpu, memory: size.memory };
}

/** A quota with room for everything at its largest, and a fifth for pods that are ending. */
function quotaFor(rooms: readonly Room[]): NamespaceQuota {
  const sum = (of: (room: Room) => number): number => rooms.reduce((all, room) => all + room.pods * of(room), 0) * 1.2;
  return {
    cpu: String(Math.ceil(sum(({ cpu }) => parseQuantity(cpu) ?? 0))),
    memory: `${Math.ceil(sum(({ memory }) => parseQuantity(memory) ?? 0) / 2 ** 30)}Gi`,
    storage: '0',
    pods: Math.ceil(sum(() => 1)),
  };
}

/** The quota of `chatdb-services`, which lets the Service of the gateway be reached as it is to be, and no other from outside. */
export function quotaOfServices(exposure: Exposure): NamespaceQuota {
  const quota = quotaFor([
    ...Object.values(SERVICES).map((one) => roomOf(one)),
    roomOf(GATEWAY, GATEWAY.cpu),
    { pods: TRAINING.maxJobs, cpu: TRAINING.cpu, memory: TRAINING.memory },
  ]);
  return { ...quota, ...exposure._quota(GATEWAY.ports) };
}

/** The quota of `chatdb-testing`. */
export function quotaOfTests(): NamespaceQuota {
  return quotaFor([roomOf(TEST_SERVICE), { pods: 2, cpu: SERVICE_CPU, memory: ServiceSize.STANDARD.memory }]);
}
