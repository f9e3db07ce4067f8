import { ManifestGraph } from './manifest-graph';

/** Something that a check finds wrong. */
export interface Finding {
  /** Path of the construct that has to be changed. */
  readonly path: string;
  /** What is wrong and how to fix it, as one sentence. */
  readonly message: string;
}

/**
 * A check of what only the whole graph can know. It runs at synthesis, before anything is written, and must not change
 * the graph.
 */
export interface ICheck {
  /** Finds everything that is wrong; an empty list means that all is well. */
  check(graph: ManifestGraph): Finding[];
}
