import { PlatformAppProps } from '../../src/app';
import { FakeProvider, exampleChart } from '../support/fake-provider';
import { temporaryApp, temporaryFolder } from '../support/synth';

/** An app with two environments, each with a cluster and a chart of two objects. */
export function withExample(folder = temporaryFolder(), value = 'x', props: PlatformAppProps = {}) {
  const made = temporaryApp(folder, props);
  for (const name of ['dev', 'production']) {
    const environment = made.app.environment(name, { provider: new FakeProvider() });
    environment.addCluster();
    exampleChart(environment, 'example', value);
  }
  return made;
}
