import { IConstruct } from 'constructs';
import { IWorkloadIdentity } from './identity';
import { NetworkPeer } from './network';

/** Something that runs in pods: its identity, and its end of network flows. */
export interface IWorkload extends IConstruct {
  /** Its ServiceAccount. */
  readonly identity: IWorkloadIdentity;
  /** Its pods and the ports they listen on, as the peer of a network flow. */
  readonly peer: NetworkPeer;
}
