import { PLATFORM_GROUP } from '../contracts/names';

/** Annotation of an MLWorkflow or a DataPipeline that asks for a run; each new value asks for one. */
export const RUN_ANNOTATION = `${PLATFORM_GROUP}/run`;
