import { App, Chart } from 'cdk8s';
import { InvalidInputError } from '../../../src/contracts/errors';
import { Problems } from './problems';
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
