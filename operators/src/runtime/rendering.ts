import { App, Chart } from 'cdk8s';
import { memoized } from './observed';
import { EngineSettings, Problems, SyncContext } from './contract';
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
    if (!isInvalidInput(error)) throw error;
    // the name is the one thing that constructs are given beside the spec
    const field = error.prop === 'name' ? 'metadata.name' : `spec.${error.prop}`;
    problems.add(field, error.message.replace(/^\[[^\]]*\] \S+ /, ''));
    return [];
  }
}

/** Whether a construct refused an input. It may be of another copy of the library. */
function isInvalidInput(error: unknown): error is Error & { readonly prop: string } {
  return error instanceof Error && error.name === 'InvalidInputError' && 'prop' in error;
}

/** What a spec means, and what is wrong with it. */
export interface RenderedSpec {
  readonly objects: readonly KubernetesObject[];
  readonly problems: Problems;
}

/** What all contexts of a request have in common; a report has other revisions. */
export type RequestContext<Spec, Settings extends EngineSettings = EngineSettings> = Omit<
  SyncContext<Spec, Settings>,
  'revisions'
>;

/**
 * A function that renders the spec of a request when it is asked for the first time, and then has it: preflight, objects and report ask
 * for the same. A request is known by its children, which are an object of its own in all its contexts; a context that was given
 * another spec must not be used.
 *
 * @param build adds the constructs to the chart
 */
export function renderedOnce<Spec, Settings extends EngineSettings = EngineSettings>(
  build: (chart: Chart, context: RequestContext<Spec, Settings>) => void,
): (context: RequestContext<Spec, Settings>) => RenderedSpec {
  return memoized(
    (context) => {
      const problems = new Problems();
      return { objects: render(context.namespace, problems, (chart) => build(chart, context)), problems };
    },
    ({ children }) => children,
  );
}
