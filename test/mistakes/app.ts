import { Mistake, programOf } from './mistake';

/** Environments, folders and what synth() is asked for. */
export const APP_MISTAKES: Mistake[] = [
  {
    what: 'an app without an environment',
    program: `const { PlatformApp } = require('ml-platform-constructs');
new PlatformApp().synth();`,
    stderr:
      "[PlatformApp] environment must be called before synth(), got nothing: add one: app.environment('local', { provider: KindProvider.local() }).",
  },
  {
    what: 'two environments of one name',
    program: programOf("app.environment('local', { provider: lib.KindProvider.local() });"),
    stderr:
      '[PlatformApp] environment must have a name of its own, got "local": choose another; there are already: local.',
  },
  {
    what: 'an environment without a cluster',
    program: programOf("app.environment('empty', { provider: lib.KindProvider.local() });"),
    stderr: `1 problem found, nothing was written:
  [empty] has no cluster: add a composition such as DataPlatform, or call addCluster()`,
  },
];
