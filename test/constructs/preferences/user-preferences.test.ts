import { parse } from 'yaml';
import { NotificationChannel, Theme, UserPreferences, UserPreferencesProps } from '../../../src/constructs/preferences';
import { Namespace } from '../../../src/constructs/tenancy';
import { manifest, TestEnvironment } from '../tenancy/support';

function make(props: Partial<UserPreferencesProps> = {}) {
  const chart = new TestEnvironment().chart();
  const namespace = new Namespace(chart, 'user-data');
  new UserPreferences(chart, 'john-doe', { namespace, userId: '12345', ...props });
  return manifest(chart, 'ConfigMap', 'user-preferences-john-doe', 'user-data');
}

test('preferences are a ConfigMap that is found by its labels', () => {
  const dashboards = [{ name: 'ML Monitoring', widgets: ['model-performance', 'data-drift'] }];
  const { metadata, data } = make({
    theme: Theme.DARK,
    notifications: [NotificationChannel.EMAIL, NotificationChannel.SLACK],
    dashboards,
  });
  expect(metadata.labels).toMatchObject({ 'nstarx.io/user-id': '12345', 'nstarx.io/type': 'preferences' });
  expect(data).toMatchObject({ theme: 'dark', language: 'en', notifications: 'email,slack' });
  expect(parse(data.dashboards as unknown as string)).toEqual(dashboards);
});

test('what is not said has a default', () => {
  expect(make().data).toEqual({ theme: 'system', language: 'en', notifications: 'email' });
});

test.each<[string, Partial<UserPreferencesProps>, string]>([
  ['a name with blanks', { name: 'John Doe' }, 'name must be a DNS label of at most 46 characters'],
  ['no identifier', { userId: '' }, 'userId must not be empty, got "": give what identifies the user.'],
  ['an identifier that is no label', { userId: 'a b' }, 'userId must have label values of at most 63 characters'],
  [
    'no language',
    { language: 'english!' },
    "language must be a language tag (BCP 47), got \"english!\": write it like 'en' or 'pt-BR'.",
  ],
  [
    'a channel twice',
    { notifications: [NotificationChannel.EMAIL, NotificationChannel.EMAIL] },
    'notifications must name each channel once',
  ],
  [
    'a dashboard twice',
    {
      dashboards: [
        { name: 'a', widgets: ['b'] },
        { name: 'a', widgets: ['b'] },
      ],
    },
    'dashboards[1].name must be given, and be unique for the user',
  ],
  [
    'an empty dashboard',
    { dashboards: [{ name: 'a', widgets: [] }] },
    'dashboards[0].widgets must have at least one widget, got []',
  ],
])('%s is refused', (_what, props, message) => {
  expect(() => make(props)).toThrow(message);
});
