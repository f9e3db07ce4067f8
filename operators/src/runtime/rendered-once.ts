import { Chart } from 'cdk8s';
import { memoized } from './memoized';
import { SyncContext } from './operator';
import { Problems } from './problems';
import { KubernetesObject } from './protocol';
import { render } from './render';

/** What a spec means, and what is wrong with it. */
export interface Wish {
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
): (context: RequestContext<Spec>) => Wish {
  return memoized(
    (context) => {
      const problems = new Problems();
      return { objects: render(context.namespace, problems, (chart) => build(chart, context)), problems };
    },
    ({ children }) => children,
  );
}
