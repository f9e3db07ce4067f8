import { IConstruct } from 'constructs';
import { IWorkloadIdentity } from './identity';
import { NetworkPeer } from './network';

/** Something that runs in pods: its identity, and its end of network flows. */
export interface IWorkload extends IConstruct {
  /** Its ServiceAccount. */
  readonly identity: IWorkloadIdentity;
  /** Its pods and the ports they listen on, as the peer of a network flow. */
  readonly peer: NetworkPeer;
  /**
   * Lets a peer connect to the ports that the workload listens on. Asked for twice, it is allowed once.
   *
   * @param peer who may connect; its own ports do not matter
   */
  allowFrom(peer: NetworkPeer): void;
}
