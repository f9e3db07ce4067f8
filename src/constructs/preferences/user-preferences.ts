import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked, checkedEnum } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { checkLabel, dnsLabel, PLATFORM_GROUP } from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { yamlOf } from '../../contracts/yaml';

/** The label that tells whose preferences they are. */
const USER_ID_LABEL = `${PLATFORM_GROUP}/user-id`;
/** The label that tells what a ConfigMap of a user holds. */
const USER_DATA_TYPE_LABEL = `${PLATFORM_GROUP}/type`;

/** Colours of the user interface. */
export enum Theme {
  /** Dark on light. */
  LIGHT = 'light',
  /** Light on dark. */
  DARK = 'dark',
  /** What the user's system has. */
  SYSTEM = 'system',
}
checkedEnum('Theme', Theme);

/** How a user is notified. */
export enum NotificationChannel {
  /** By e-mail. */
  EMAIL = 'email',
  /** In Slack. */
  SLACK = 'slack',
  /** By PagerDuty. */
  PAGERDUTY = 'pagerduty',
  /** By a call of the user's webhook. */
  WEBHOOK = 'webhook',
}
checkedEnum('NotificationChannel', NotificationChannel);

/** A dashboard that a user put together. */
export interface UserDashboard {
  /** Title. */
  readonly name: string;
  /** Names of its widgets, in order, such as `model-performance`. */
  readonly widgets: string[];
}

/** Options of a user's preferences. */
export interface UserPreferencesProps {
  /** The namespace of users' data. */
  readonly namespace: INamespace;
  /**
   * Name of the user, a DNS label such as `john-doe`; the ConfigMap is `user-preferences-<name>`.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /** Number or identifier of the user, a label value. */
  readonly userId: string;
  /**
   * Colours.
   *
   * @default Theme.SYSTEM
   */
  readonly theme?: Theme;
  /**
   * Language tag (BCP 47), such as `en` or `pt-BR`.
   *
   * @default 'en'
   */
  readonly language?: string;
  /**
   * How the user is notified.
   *
   * @default - by e-mail
   */
  readonly notifications?: NotificationChannel[];
  /**
   * The user's dashboards.
   *
   * @default - none
   */
  readonly dashboards?: UserDashboard[];
}

/**
 * What a user prefers, as a ConfigMap that is found by its labels `nstarx.io/user-id` and `nstarx.io/type: preferences`. It is
 * no place for secrets: everyone who may read the namespace's ConfigMaps reads it.
 *
 * @example
 * new UserPreferences(chart, 'john-doe', {
 *   namespace: Namespace.fromName(chart, 'Users', 'user-data'),
 *   userId: '12345',
 *   theme: Theme.DARK,
 *   notifications: [NotificationChannel.EMAIL, NotificationChannel.SLACK],
 *   dashboards: [{ name: 'Models', widgets: ['model-performance', 'data-drift'] }],
 * });
 */
@checked('UserPreferences')
export class UserPreferences extends Construct {
  /** The ConfigMap. */
  public readonly configMap: ApiObject;

  /** @throws InvalidInputError when a name, the language or a dashboard is malformed */
  public constructor(scope: Construct, id: string, props: UserPreferencesProps) {
    super(scope, id);
    const name = `user-preferences-${dnsLabel(this, 'name', props.name ?? id, 46)}`;
    if (props.userId === '') fail(this, 'userId', 'must not be empty', props.userId, 'give what identifies the user');
    checkLabel(this, 'userId', USER_ID_LABEL, props.userId);
    const language = props.language ?? 'en';
    if (!isLanguageTag(language)) {
      fail(this, 'language', 'must be a language tag (BCP 47)', language, "write it like 'en' or 'pt-BR'");
    }
    const notifications = props.notifications ?? [NotificationChannel.EMAIL];
    if (new Set(notifications).size < notifications.length) {
      fail(this, 'notifications', 'must name each channel once', notifications, 'remove the second');
    }
    this.configMap = new k8s.KubeConfigMap(this, 'Resource', {
      metadata: {
        name,
        namespace: namespaceNameOf(this, props.namespace),
        labels: {
          [USER_ID_LABEL]: props.userId,
          [USER_DATA_TYPE_LABEL]: 'preferences',
          'app.kubernetes.io/name': 'user-preferences',
          'app.kubernetes.io/component': 'user-data',
          'app.kubernetes.io/part-of': 'ml-platform',
        },
      },
      data: {
        theme: props.theme ?? Theme.SYSTEM,
        language,
        notifications: notifications.join(','),
        ...this.dashboards(props.dashboards ?? []),
      },
    });
  }

  private dashboards(dashboards: UserDashboard[]): { [key: string]: string } {
    if (dashboards.length === 0) return {};
    dashboards.forEach(({ name, widgets }, at) => {
      if (name.trim() === '' || dashboards.findIndex((other) => other.name === name) !== at) {
        fail(
          this,
          `dashboards[${at}].name`,
          'must be given, and be unique for the user',
          name,
          'name each differently',
        );
      }
      widgets.forEach((widget) => dnsLabel(this, `dashboards[${at}].widgets`, widget));
      if (widgets.length === 0) {
        fail(this, `dashboards[${at}].widgets`, 'must have at least one widget', widgets, 'add one, or leave it out');
      }
    });
    return { dashboards: yamlOf(dashboards.map(({ name, widgets }) => ({ name, widgets }))) };
  }
}

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
