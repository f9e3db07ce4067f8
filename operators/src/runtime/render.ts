import { App, Chart } from 'cdk8s';
import { InvalidInputError } from '../../../src/contracts/errors';
import { memoized } from './observed';
import { Problems, SyncContext } from './operator';
import { KubernetesObject } from './protocol';

/**
 * The objects that constructs make: the same as in a chart of a program. What a construct refuses becomes a problem of the spec.
 *
 * @param namespace namespace of the objects that name none
 * @param build adds the constructs to the chart
 */
export function render(
  namespace: string,
  problems: Problems,
  build: (chart: Chart) => void,
): readonly KubernetesObject[] {
  const chart = new Chart(new App(), 'children', {
    disableResourceNameHashes: true,
    ...(namespace === '' ? {} : { namespace }),
  });
  try {
    build(chart);
    return chart.toJson() as KubernetesObject[];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    // the name is the one thing that constructs are given beside the spec
    const field = error.prop === 'name' ? 'metadata.name' : `spec.${error.prop}`;
    problems.add(field, error.message.replace(/^\[[^\]]*\] \S+ /, ''));
    return [];
  }
}

/** What a spec means, and what is wrong with it. */
export interface RenderedSpec {
  readonly objects: readonly KubernetesObject[];
  readonly problems: Problems;
}

/** What all contexts of a request have in common; a report has other revisions. */
type RequestContext<Spec> = Omit<SyncContext<Spec>, 'revisions'>;

/**
 * A function that renders the spec of a request when it is asked for the first time, and then has it: preflight, objects and report ask
 * for the same. A request is known by its children, which are an object of its own in all its contexts; a context that was given
 * another spec must not be used.
 *
 * @param build adds the constructs to the chart
 */
export function renderedOnce<Spec>(
  build: (chart: Chart, context: RequestContext<Spec>) => void,
): (context: RequestContext<Spec>) => RenderedSpec {
  return memoized(
    (context) => {
      const problems = new Problems();
      return { objects: render(context.namespace, problems, (chart) => build(chart, context)), problems };
    },
    ({ children }) => children,
  );
}
