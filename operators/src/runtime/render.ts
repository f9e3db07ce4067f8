import { Chart } from 'cdk8s';
import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import * as rendering from './rendering';

export { render, RenderedSpec } from './rendering';

type RequestContext<Spec> = rendering.RequestContext<Spec, OperatorSettings>;

/** `renderedOnce` for an operator of the platform. */
export function renderedOnce<Spec>(
  build: (chart: Chart, context: RequestContext<Spec>) => void,
): (context: RequestContext<Spec>) => rendering.RenderedSpec {
  return rendering.renderedOnce<Spec, OperatorSettings>(build);
}
