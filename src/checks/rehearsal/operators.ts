import { ManifestGraph, ObjectOfGraph } from '../manifest-graph';

/** What is known of the operators of an environment. */
export interface Operators {
  /**
   * What they make of an object.
   *
   * @returns undefined when they make nothing of its kind, or would not accept it
   */
  childrenOf(object: ObjectOfGraph, graph: ManifestGraph): readonly ObjectOfGraph[] | undefined;
}
