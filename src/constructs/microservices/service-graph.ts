/** What takes part in a graph of services. */
export type ServiceNodeKind = 'gateway' | 'service' | 'job' | 'database' | 'bucket' | 'cache' | 'topic' | 'external';

/** How one part of a graph of services depends on another. `starts-after` orders start-up and carries no traffic. */
export type ServiceEdgeKind =
  'http' | 'grpc' | 'database' | 'bucket' | 'cache' | 'produces' | 'consumes' | 'external' | 'starts-after';

/** One part of a graph of services. */
export interface ServiceNode {
  /** Unique in the graph. */
  readonly name: string;
  readonly kind: ServiceNodeKind;
  /** None for what is outside of the cluster. */
  readonly namespace?: string;
  /** Its place in the start order, from 0; none where nothing orders it. */
  readonly startupStep?: number;
  /** The ports that it is called at. */
  readonly ports: readonly number[];
  /** Lines to show below the name: any text. */
  readonly details: readonly string[];
}

/** From the client to what it depends on: a producer and a consumer both point at their topic. */
export interface ServiceEdge {
  /** The name of the node that depends. */
  readonly from: string;
  /** The name of the node that it depends on. */
  readonly to: string;
  readonly kind: ServiceEdgeKind;
  /** The port of the call; none for what is no call. */
  readonly port?: number;
}

/** A graph of services as data: what pictures and tables are drawn from. */
export interface ServiceGraph {
  readonly nodes: readonly ServiceNode[];
  readonly edges: readonly ServiceEdge[];
}
