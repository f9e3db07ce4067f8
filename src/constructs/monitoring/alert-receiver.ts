import { checkPort, checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';

/** Whom an email goes to, and the server that takes it. */
export interface EmailReceiverProps {
  /** Addresses that it goes to. */
  readonly to: string[];
  /** Address that it comes from. */
  readonly from: string;
  /** The mail server (SMTP) with its port, such as `smtp.acme.example:587`. It must offer TLS. */
  readonly smarthost: string;
  /**
   * User at the server.
   *
   * @default - none: the server takes mail without one
   */
  readonly username?: string;
  /**
   * Name of the Secret that has the user's password, in the namespace of the `AlertRouting`. It comes with `username`.
   *
   * @default - none
   */
  readonly passwordSecretName?: string;
  /**
   * Key of the Secret.
   *
   * @default 'password'
   */
  readonly passwordSecretKey?: string;
}

/** A channel of Slack. */
export interface SlackReceiverProps {
  /** The channel, such as `#ml-alerts`. */
  readonly channel: string;
  /** Name of the Secret that has the URL of an incoming webhook, in the namespace of the `AlertRouting`. */
  readonly urlSecretName: string;
  /**
   * Key of the Secret.
   *
   * @default 'url'
   */
  readonly urlSecretKey?: string;
}

/** A service of PagerDuty. */
export interface PagerDutyReceiverProps {
  /** Name of the Secret that has the integration key (Events API v2), in the namespace of the `AlertRouting`. */
  readonly routingKeySecretName: string;
  /**
   * Key of the Secret.
   *
   * @default 'routing-key'
   */
  readonly routingKeySecretKey?: string;
}

/** A server that takes alerts as JSON. */
export interface WebhookReceiverProps {
  /**
   * URL of the server, with https. Where the URL itself admits whoever has it, as that of a chat or of a dead man's switch does,
   * it belongs into a Secret.
   *
   * @default - that of `urlSecretName`
   */
  readonly url?: string;
  /**
   * Name of the Secret that has the URL, in the namespace of the `AlertRouting`.
   *
   * @default - `url` is given
   */
  readonly urlSecretName?: string;
  /**
   * Key of the Secret with the URL.
   *
   * @default 'url'
   */
  readonly urlSecretKey?: string;
  /**
   * TCP port of the URL in the Secret, which network policies let Alertmanager connect to.
   *
   * @default 443
   */
  readonly port?: number;
  /**
   * Name of a Secret with a bearer token for the server, in the namespace of the `AlertRouting`.
   *
   * @default - no token is sent
   */
  readonly tokenSecretName?: string;
  /**
   * Key of the Secret with the token.
   *
   * @default 'token'
   */
  readonly tokenSecretKey?: string;
}

/** The lists of a receiver in an AlertmanagerConfig. */
export type ReceiverField = 'emailConfigs' | 'slackConfigs' | 'pagerdutyConfigs' | 'webhookConfigs';

/**
 * Where alerts are sent: an address, a channel, a service. Passwords, keys and URLs that admit whoever has them are named by their
 * Secret, never given.
 *
 * @example
 * const onCall = AlertReceiver.pagerDuty({ routingKeySecretName: 'pagerduty' });
 * const channel = AlertReceiver.slack({ channel: '#ml-alerts', urlSecretName: 'slack' });
 */
@checked('AlertReceiver')
export class AlertReceiver {
  /**
   * By email, over TLS.
   *
   * @throws InvalidInputError when an address or the server is none, or a secret is no name
   */
  public static email(props: EmailReceiverProps): AlertReceiver {
    const where = 'AlertReceiver.email';
    if (props.to.length === 0) fail(where, 'to', 'must have at least one address', props.to, 'name whom it goes to');
    [...props.to.map((to) => ['to', to]), ['from', props.from]].forEach(([prop, address]) => {
      // lists are joined with commas
      if (!/^[^\s@,;<>"]+@[^\s@,;<>"]+$/.test(address)) {
        fail(where, prop, 'must be an email address', address, "give one such as 'ml-on-call@acme.example'");
      }
    });
    const server = /^(?:[A-Za-z0-9.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(props.smarthost);
    if (!server) {
      fail(
        where,
        'smarthost',
        'must be a host and a port',
        props.smarthost,
        "write it such as 'smtp.acme.example:587'",
      );
    }
    const port = Number(server[1]);
    checkPort(where, 'smarthost', port);
    if ((props.username === undefined) !== (props.passwordSecretName === undefined)) {
      const given = props.username === undefined ? 'passwordSecretName only' : 'username only';
      fail(where, 'username', 'must come with passwordSecretName', given, 'give both, or neither');
    }
    return new AlertReceiver('emailConfigs', port, {
      to: props.to.join(', '),
      from: props.from,
      smarthost: props.smarthost,
      requireTLS: true,
      ...(props.username !== undefined && props.passwordSecretName !== undefined
        ? {
            authUsername: props.username,
            authPassword: secret(
              where,
              'passwordSecret',
              props.passwordSecretName,
              props.passwordSecretKey ?? 'password',
            ),
          }
        : {}),
      headers: [{ key: 'Subject', value: TITLE }],
      html: HTML,
    });
  }

  /**
   * Into a channel of Slack.
   *
   * @throws InvalidInputError when the channel is none, or the secret is no name
   */
  public static slack(props: SlackReceiverProps): AlertReceiver {
    const where = 'AlertReceiver.slack';
    if (!/^(#[^\s#@]+|@[^\s#@]+|[CDG][A-Z0-9]{6,})$/.test(props.channel)) {
      fail(where, 'channel', 'must be a channel, a user or an id', props.channel, "write it such as '#ml-alerts'");
    }
    return new AlertReceiver('slackConfigs', 443, {
      apiURL: secret(where, 'urlSecret', props.urlSecretName, props.urlSecretKey ?? 'url'),
      channel: props.channel,
      color:
        '{{ if eq .Status "firing" }}{{ if eq .CommonLabels.severity "critical" }}danger{{ else }}warning{{ end }}{{ else }}good{{ end }}',
      title: TITLE,
      text: SLACK_TEXT,
      fallback: TITLE,
    });
  }

  /**
   * To a service of PagerDuty, whose incidents are resolved when the alerts are.
   *
   * @throws InvalidInputError when the secret is no name
   */
  public static pagerDuty(props: PagerDutyReceiverProps): AlertReceiver {
    const where = 'AlertReceiver.pagerDuty';
    return new AlertReceiver('pagerdutyConfigs', 443, {
      routingKey: secret(
        where,
        'routingKeySecret',
        props.routingKeySecretName,
        props.routingKeySecretKey ?? 'routing-key',
      ),
      description: TITLE,
      // PagerDuty knows critical, error, warning and info
      severity: '{{ if eq .CommonLabels.severity "critical" }}critical{{ else }}warning{{ end }}',
      group: '{{ .CommonLabels.namespace }}',
      details: [
        { key: 'summary', value: SUMMARIES },
        { key: 'runbook', value: '{{ .CommonAnnotations.runbook_url }}' },
      ],
    });
  }

  /**
   * To a server that takes them as JSON.
   *
   * Format: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
   *
   * @throws InvalidInputError when there is no URL, or it has no https or has a secret in it, or a secret is no name
   */
  public static webhook(props: WebhookReceiverProps): AlertReceiver {
    const where = 'AlertReceiver.webhook';
    const { url, urlSecretName, tokenSecretName } = props;
    if ((url === undefined) === (urlSecretName === undefined)) {
      const given = url === undefined ? undefined : 'both';
      fail(where, 'url', 'must be given, or urlSecretName in its place', given, 'give one of them');
    }
    const token =
      tokenSecretName === undefined
        ? {}
        : {
            httpConfig: {
              authorization: {
                type: 'Bearer',
                credentials: secret(where, 'tokenSecret', tokenSecretName, props.tokenSecretKey ?? 'token'),
              },
            },
          };
    if (urlSecretName !== undefined) {
      const port = checkWhole(where, 'port', props.port ?? 443, 1, 65_535, 'give the port of the URL');
      return new AlertReceiver('webhookConfigs', port, {
        urlSecret: secret(where, 'urlSecret', urlSecretName, props.urlSecretKey ?? 'url'),
        ...token,
      });
    }
    if (props.port !== undefined) {
      fail(where, 'port', 'must come with urlSecretName', props.port, 'write it into the url');
    }
    const { text, port } = webhookUrl(where, url ?? '');
    return new AlertReceiver('webhookConfigs', port, { url: text, ...token });
  }

  private constructor(
    /**
     * The list that it is in.
     *
     * @internal
     */
    public readonly _field: ReceiverField,
    /**
     * TCP port that it is reached by.
     *
     * @internal
     */
    public readonly _port: number,
    private readonly config: { readonly [key: string]: unknown },
  ) {}

  /**
   * What the AlertmanagerConfig says of it.
   *
   * @param sendResolved whether it is told too when an alert is over
   * @internal
   */
  public _render(sendResolved: boolean): { [key: string]: unknown } {
    return { sendResolved, ...this.config };
  }
}

/** The text of one line: what it is about, how urgent, and how many there are. */
const TITLE =
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] ' +
  '{{ .CommonLabels.alertname }}{{ with .CommonLabels.severity }} ({{ . }}){{ end }}{{ with .CommonLabels.namespace }} in {{ . }}{{ end }}';

const SUMMARIES = '{{ range .Alerts }}{{ .Annotations.summary }}\n{{ end }}';

// Slack takes < for the begin of a link or a mention
const SLACK_TEXT =
  '{{ range .Alerts }}• {{ reReplaceAll "<" "&lt;" (reReplaceAll "&" "&amp;" .Annotations.summary) }}' +
  '{{ with .Annotations.runbook_url }} (<{{ . }}|what to do>){{ end }}\n{{ end }}';

/** Values are escaped by Alertmanager, which renders it as HTML. */
const HTML =
  '{{ range .Alerts }}<p><b>{{ .Labels.alertname }}</b>, {{ .Status }} since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05" }} UTC: {{ .Annotations.summary }}</p>' +
  '{{ with .Annotations.description }}<p>{{ . }}</p>{{ end }}' +
  '{{ with .Annotations.runbook_url }}<p><a href="{{ . }}">What to do</a></p>{{ end }}' +
  '<p>{{ range .Labels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}</p>{{ end }}';

/** A key of a Secret. What looks like the secret itself is refused, and is not repeated in the error. */
function secret(where: string, prop: string, name: string, key: string): { name: string; key: string } {
  const isName = name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name);
  // integration keys are hexadecimal, tokens longer than anyone would name a Secret
  if (!isName || /^[0-9a-f]{32,}$/.test(name) || /[0-9a-z]{32,}/.test(name)) {
    fail(
      where,
      `${prop}Name`,
      'must be the name of a Secret',
      `a text of ${name.length} characters`,
      'give the name of a Secret that has it, such as one that an ExternalSecret makes',
    );
  }
  if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) {
    const fix = 'give the key below which the Secret has it';
    fail(where, `${prop}Key`, 'must be a key of a Secret', `a text of ${key.length} characters`, fix);
  }
  return { name, key };
}

function webhookUrl(where: string, text: string): { text: string; port: number } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') {
    const given = url === undefined ? text : `${url.protocol}//${url.host}`;
    fail(where, 'url', 'must be a URL with https', given, "give one such as 'https://alerts.acme.example/hook'");
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    fail(
      where,
      'url',
      'must have no user, password, query or fragment',
      `one of ${url.host} with them`,
      'give urlSecretName, of a Secret with the URL, or tokenSecretName, of one with the token alone',
    );
  }
  return { text, port: url.port === '' ? 443 : Number(url.port) };
}
