import { Mistake, programOf } from './mistake';

/** A program that only makes an app. */
function appOf(body: string): string {
  return `const lib = require('ml-platform-constructs');
${body}
`;
}

const MADE = ['cdktf.out', 'dist'];

/** Environments, folders and what synth() is asked for. */
export const APP_MISTAKES: Mistake[] = [
  {
    what: 'an app without an environment',
    program: appOf('new lib.PlatformApp().synth();'),
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
  {
    what: 'an environment with a name of several words',
    program: appOf("new lib.PlatformApp().environment('My Laptop', { provider: lib.KindProvider.local() });"),
    stderr:
      '[PlatformApp] environment must be a DNS label of at most 20 characters, got "My Laptop": use lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
  },
  {
    what: 'an environment with a name that YAML takes for a boolean',
    program: appOf("new lib.PlatformApp().environment('on', { provider: lib.KindProvider.local() });"),
    stderr:
      '[PlatformApp] environment must be a name that YAML reads as text, got "on": use another, such as \'env-on\'; charts print it without quotes.',
  },
  {
    what: 'an environment with a number for a name',
    program: appOf('new lib.PlatformApp().environment(2024, { provider: lib.KindProvider.local() });'),
    stderr: "[PlatformApp.environment] name must be a string, got 2024: write '2024'.",
  },
  {
    what: 'an environment without a name',
    program: appOf('new lib.PlatformApp().environment({ provider: lib.KindProvider.local() });'),
    stderr: '[PlatformApp.environment] name must be a string, got {"provider":"KindProvider"}: give one text.',
  },
  {
    what: 'no environment among those to synthesize',
    program: appOf(`const app = new lib.PlatformApp({ environments: [] });
app.environment('local', { provider: lib.KindProvider.local() });
app.synth();`),
    stderr: '[PlatformApp] environments must name an environment, got []: leave it out for all of them.',
  },
  {
    what: 'one folder for Terraform and for manifests',
    program: appOf("new lib.PlatformApp({ terraformOutdir: 'out', manifestsOutdir: './out' });"),
    stderr:
      '[PlatformApp] manifestsOutdir must be another folder than terraformOutdir, got "./out": leave both out for cdktf.out and dist, or name two.',
  },
  ...MADE.map((name) => ({
    what: `a file where the folder ${name} should be`,
    files: { [name]: 'precious' },
    program: programOf(''),
    stderr: `[PlatformApp] ${name === 'dist' ? 'manifestsOutdir' : 'terraformOutdir'} must be a folder, got "${name}": remove the file ${name}, or name another folder.`,
  })),
  {
    what: 'a folder below a file',
    files: { 'notes.txt': 'precious' },
    program: appOf(`const app = new lib.PlatformApp({ manifestsOutdir: 'notes.txt/dist' });
app.environment('local', { provider: lib.KindProvider.local() }).addCluster();
app.synth();`),
    stderr:
      '[PlatformApp] manifestsOutdir must be a folder, got "notes.txt/dist": remove the file notes.txt, or name another folder.',
  },
  {
    what: 'two environments on Kind with the same ports of the machine',
    program: programOf(`const second = app.environment('second', { provider: lib.KindProvider.local() });
second.addCluster();`),
    stderr:
      '[second-infrastructure/cluster] hostPorts must be other ports of this machine than those of the environment local, got 8080: pass others to the KindProvider.local() of one of them, such as [{ hostPort: 9080, nodePort: 30080 }], or an empty list.',
  },
  {
    what: 'a chart that is added when the app is synthesized already',
    program: programOf(`const early = new lib.PlatformApp({ terraformOutdir: 'a', manifestsOutdir: 'b' });
const one = early.environment('one', { provider: lib.KindProvider.local() });
one.addCluster();
lib.PlatformTesting.synth(early);
new lib.PriorityClasses(one.addChart('late'), 'priorities');
early.synth();`),
    stderr:
      '[one] synth must not be called again once objects were added after it, got "one/late/priorities/platform-critical": add them before, or make a new PlatformApp.',
  },
  {
    what: "an object of cdk8s with another's id",
    program: programOf(`const { ApiObject } = require('cdk8s');
const settings = (name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'app-ml-team' } });
new ApiObject(chart, 'settings', settings('a'));
new ApiObject(chart, 'settings', settings('b'));`),
    stderr: '[main.js:12] id must be unique in its scope, Chart [team], got "settings": choose another.',
  },
  {
    what: 'an object of cdk8s without an id',
    program: programOf(`const { ApiObject } = require('cdk8s');
new ApiObject(chart, '', { apiVersion: 'v1', kind: 'ConfigMap' });`),
    stderr: '[main.js:10] Only root constructs may have an empty ID',
  },
  {
    what: 'more problems than fit on the screen',
    program: programOf(`const { ApiObject } = require('cdk8s');
for (const [kind, count] of Object.entries({ Kafka: 40, KafkaTopic: 80 })) {
  for (let at = 0; at < count; at++) {
    const metadata = { name: 'events-' + at, namespace: 'app-data-team' };
    new ApiObject(chart, kind + '-' + at, { apiVersion: 'kafka.strimzi.io/v1', kind, metadata });
  }
}`),
    stderr: `120 problems found, nothing was written:
  [local/team/Kafka-0] Kafka events-0: no component defines the kind Kafka.kafka.strimzi.io; require the component that does with ComponentRegistry.of(this).require(…), or add its CustomResourceDefinition
    and 39 more like it
  [local/team/KafkaTopic-0] KafkaTopic events-0: no component defines the kind KafkaTopic.kafka.strimzi.io; require the component that does with ComponentRegistry.of(this).require(…), or add its CustomResourceDefinition
    and 79 more like it
  Run the program with --all-problems to see each.`,
  },
];
