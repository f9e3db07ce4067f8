import { inOrder } from './canonical-json';
import { PLATFORM_GROUP } from './names';

/** The label that names the environment of an object. */
export const ENVIRONMENT_LABEL = `${PLATFORM_GROUP}/environment`;

/** The annotation that names the construct that an object comes from. */
const CONSTRUCT_PATH_ANNOTATION = `${PLATFORM_GROUP}/construct-path`;

/** What every Kubernetes object of an environment says of where it comes from. */
export interface Origin {
  /** Name of the environment. */
  readonly environment: string;
  /** Whether objects name their construct. */
  readonly constructPaths: boolean;
}

/** Labels and annotations that say where an object comes from. */
export function originOf(path: string, origin: Origin): { labels: Text; annotations: Text } {
  return {
    labels: {
      'app.kubernetes.io/managed-by': 'ml-platform-constructs',
      'app.kubernetes.io/part-of': 'ml-platform',
      [ENVIRONMENT_LABEL]: origin.environment,
    },
    annotations: origin.constructPaths ? { [CONSTRUCT_PATH_ANNOTATION]: path } : {},
  };
}

/**
 * A copy of a Kubernetes object that says where it comes from. Labels and annotations that it has stay; its pod template and its
 * selectors are not touched, since a Deployment's selector cannot change and pods need not be replaced.
 */
export function withOrigin(object: Json, path: string, origin: Origin): Json {
  const { labels, annotations } = originOf(path, origin);
  const metadata = (object.metadata ?? {}) as { labels?: Text; annotations?: Text };
  const allAnnotations = inOrder({ ...annotations, ...metadata.annotations });
  return {
    ...object,
    // in the order in which cdk8s writes them
    metadata: inOrder<unknown>({
      ...metadata,
      ...(Object.keys(allAnnotations).length > 0 ? { annotations: allAnnotations } : {}),
      labels: inOrder({ ...labels, ...metadata.labels }),
    }),
  };
}

type Text = { [key: string]: string };
type Json = { [key: string]: unknown };
