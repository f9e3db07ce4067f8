import { IGrantable } from './backing-service';
import { INamespace } from './namespace';
import { NetworkPeer } from './network';

/** Something that runs in pods: its identity, its end of network flows, and what it is granted. */
export interface IWorkload extends IGrantable {
  /** Its pods and the ports they listen on, as the peer of a network flow. */
  readonly peer: NetworkPeer;
  /**
   * Lets a peer connect to the ports that the workload listens on. Asked for twice, it is allowed once.
   *
   * @param peer who may connect; its own ports do not matter
   */
  allowFrom(peer: NetworkPeer): void;
}

/** A workload behind a Service, which a route can lead to. */
export interface IServiceWorkload extends IWorkload {
  /** Its namespace. */
  readonly namespace: INamespace;
  /** Name of its Service. */
  readonly serviceName: string;
  /** Port of its Service that serves requests. */
  readonly servicePort: number;
}
