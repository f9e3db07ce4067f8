import { Mistake, programOf } from './mistake';

const WORKLOAD = "namespace: platform.teams.ml, image: 'ghcr.io/acme/api:1.4.2'";
const ENV_FIX =
  'keep it in a Secret that an ExternalSecret fills, and use secretEnv, or say why it is no secret with PlatformChecks.acknowledge()';
const found = (line: string): string => `1 problem found, nothing was written:\n  ${line}`;

/** Passwords, tokens and keys that would be in git. */
export const SECRET_MISTAKES: Mistake[] = [
  {
    what: 'a password among the environment variables',
    program: programOf(`new lib.ServiceWorkload(chart, 'api', { ${WORKLOAD}, env: { DB_PASSWORD: 'hunter2' } });`),
    stderr: found(
      `[local/team/api/Resource] Deployment api: spec.template.spec.containers[0].env.DB_PASSWORD is a secret in plain text, by its name; ${ENV_FIX}`,
    ),
  },
  {
    what: 'a URL with a password among the environment variables',
    program: programOf(
      `new lib.ServiceWorkload(chart, 'api', { ${WORKLOAD}, env: { BROKER: 'amqp://app:hunter2@rabbitmq:5672' } });`,
    ),
    stderr: found(
      `[local/team/api/Resource] Deployment api: spec.template.spec.containers[0].env.BROKER holds a URL with a password in plain text; ${ENV_FIX}`,
    ),
  },
  {
    what: 'a password in the values of a chart',
    program: programOf(
      "local.components.override('kube-prometheus-stack', { values: { grafana: { adminPassword: 'hunter2' } } });",
    ),
    stderr: found(
      '[local] component kube-prometheus-stack: values.grafana.adminPassword is a secret in plain text, by its name; have the chart read a Secret that an ExternalSecret fills, or say why it is no secret with PlatformChecks.acknowledge()',
    ),
  },
  {
    what: 'a Secret with its content',
    program: programOf(
      `const { ApiObject } = require('cdk8s');
new ApiObject(chart, 'secret', {
  apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'app-ml-team' }, stringData: { user: 'app' },
});`,
    ),
    stderr: found(
      '[local/team/secret] Secret db: stringData.user would be in a file, readable for everyone who can read that; fill a Secret from a secret store with an ExternalSecret, or say why it is no secret with PlatformChecks.acknowledge()',
    ),
  },
  {
    what: 'the integration key of PagerDuty in place of the name of its Secret',
    program: programOf("lib.AlertReceiver.pagerDuty({ routingKeySecretName: '0123456789abcdef0123456789abcdef' });"),
    stderr:
      '[AlertReceiver.pagerDuty] routingKeySecretName must be the name of a Secret, got "a text of 32 characters": give the name of a Secret that has it, such as one that an ExternalSecret makes.',
  },
  {
    what: 'an acknowledgement without a reason',
    program: programOf("lib.PlatformChecks.acknowledge(chart, 'plain-secret', 'ok');"),
    stderr:
      '[local/team] acknowledge: reason must have at least 10 characters, got "ok": write for a reviewer why the finding is none.',
  },
];
