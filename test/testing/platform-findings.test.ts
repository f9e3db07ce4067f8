import { ApiObject } from 'cdk8s';
import { PlatformApp } from '../../src/app';
import { Match, PlatformFindings } from '../../src/testing';
import { FakeProvider } from '../support/fake-provider';
import { exampleApp, messageOf } from './support';

const ENGLISH = 'ConfigMap flags: is in English; translate it';

function wrongApp(): PlatformApp {
  const app = exampleApp();
  const [dev, production] = app.environments;
  dev.addCheck({
    check: ({ manifests }) =>
      manifests
        .filter(({ kind }) => kind === 'ConfigMap')
        .map(({ path, name }) => ({ path, message: `ConfigMap ${name}: is in English; translate it` })),
  });
  for (let at = 0; at < 12; at++) {
    new ApiObject(production.addChart(`more-${at}`), 'claim', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'sa', namespace: 'nowhere' },
    });
  }
  return app;
}

const app = wrongApp();
const findings = PlatformFindings.fromApp(app, 'dev');

test('errors are found by path and message', () => {
  findings.hasError('dev/shop/ConfigMap-flags', ENGLISH);
  findings.hasError('dev/shop/*', Match.stringLikeRegexp('English'));
  findings.hasError('*', Match.not('x'));
  findings.hasNoError('dev/shop', Match.anyValue());
  findings.hasNoError('*', Match.stringLikeRegexp('French'));
  expect(findings.findErrors('*-flags')).toEqual([{ path: 'dev/shop/ConfigMap-flags', message: ENGLISH }]);
  expect(findings.findErrors('*').map(({ path }) => path)).toEqual([
    'dev/shop/ConfigMap-flags',
    'dev/shop/ConfigMap-settings',
  ]);
  expect(findings.findErrors('production/*')).toEqual([]);
});

test('an app that is right has none', () => {
  const none = PlatformFindings.fromApp(exampleApp(), 'dev');
  expect(none.findErrors('*')).toEqual([]);
  none.hasNoError('*', Match.anyValue());
  expect(messageOf(() => none.hasError('*', 'x'))).toBe(
    'dev has no error of * with the message "x". It has no errors.',
  );
});

test('an error that is missing, and one too many, are shown among the others', () => {
  expect(messageOf(() => findings.hasError('dev/shop', Match.stringLikeRegexp('English')))).toBe(
    `dev has no error of dev/shop with the message Match.stringLikeRegexp("English"). Its errors are:
  [dev/shop/ConfigMap-flags] ConfigMap flags: is in English; translate it
  [dev/shop/ConfigMap-settings] ConfigMap settings: is in English; translate it`,
  );
  expect(messageOf(() => findings.hasNoError('*', ENGLISH))).toBe(
    `dev has errors of * with the message "ConfigMap flags: is in English; translate it":
  [dev/shop/ConfigMap-flags] ConfigMap flags: is in English; translate it`,
  );
  const many = messageOf(() => PlatformFindings.fromApp(app, 'production').hasError('*', 'x')).split('\n');
  expect(many.length).toBe(12);
  expect(many.at(-1)).toMatch(/^ {2}and \d+ others$/);
});

test('mistakes of a test are refused', () => {
  expect(messageOf(() => PlatformFindings.fromApp(app, 'prod'))).toBe(
    '[PlatformFindings.fromApp] environment must name an environment of the app, got "prod": use one of: dev, production.',
  );
  expect(messageOf(() => findings.hasError('*', /English/))).toBe(
    '[PlatformFindings.hasError] message must be plain data or a Match, got "a RegExp object": use Match.stringLikeRegexp().',
  );
  expect(messageOf(() => findings.hasError('*', undefined))).toBe(
    '[PlatformFindings.hasError] message must be given, got nothing: use Match.absent() for a key that must not be there, Match.anyValue() for any value.',
  );
});

test('what is no finding is thrown as it is', () => {
  const other = new PlatformApp();
  const environment = other.environment('dev', { provider: new FakeProvider() });
  environment.addCluster();
  environment.addCheck({
    check: () => {
      throw new TypeError('the check is broken');
    },
  });
  expect(() => PlatformFindings.fromApp(other)).toThrow(new TypeError('the check is broken'));
});
