import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configuration } from '../../../operators/src/server/configuration';
import { SETTINGS } from '../support/settings';

const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const SETTINGS_FILE = file('settings.json', JSON.stringify(SETTINGS));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('only the settings are required', () => {
  expect(configuration({ SETTINGS_FILE })).toEqual({
    port: 8443,
    settings: SETTINGS,
    operators: [],
    tlsFolder: undefined,
    clientCertificates: false,
    tokenFile: undefined,
    logLevel: 'info',
    grace: 5000,
  });
});

test('every variable is taken', () => {
  const environment = {
    SETTINGS_FILE,
    PORT: '9443',
    OPERATORS: 'ai-model, ai-zone,',
    TLS_FOLDER: '/etc/tls',
    CLIENT_CERTIFICATES: 'true',
    TOKEN_FILE: '/etc/token/token',
    LOG_LEVEL: 'debug',
    GRACE_SECONDS: '0',
  };
  expect(configuration(environment)).toEqual({
    port: 9443,
    settings: SETTINGS,
    operators: ['ai-model', 'ai-zone'],
    tlsFolder: '/etc/tls',
    clientCertificates: true,
    tokenFile: '/etc/token/token',
    logLevel: 'debug',
    grace: 0,
  });
});

test.each<[string, NodeJS.ProcessEnv, string]>([
  ['no settings', { SETTINGS_FILE: undefined }, 'SETTINGS_FILE must name the file with the settings, got nothing'],
  ['an empty name', { SETTINGS_FILE: '' }, 'SETTINGS_FILE must name the file with the settings, got nothing'],
  [
    'a file that is not there',
    { SETTINGS_FILE: '/nowhere/settings.json' },
    "SETTINGS_FILE must name a file that can be read: ENOENT: no such file or directory, open '/nowhere/settings.json'",
  ],
  [
    'settings that are a list',
    { SETTINGS_FILE: file('list.json', '[1]') },
    `SETTINGS_FILE must name a file with a JSON object, but ${join(folder, 'list.json')} has [1]`,
  ],
  ['a port that is no number', { PORT: 'https' }, 'PORT must be a whole number between 0 and 65535, got "https"'],
  ['no port', { PORT: ' ' }, 'PORT must be a whole number between 0 and 65535, got " "'],
  ['a port too great', { PORT: '65536' }, 'PORT must be a whole number between 0 and 65535, got "65536"'],
  ['half a port', { PORT: '1.5' }, 'PORT must be a whole number between 0 and 65535, got "1.5"'],
  ['a grace below zero', { GRACE_SECONDS: '-1' }, 'GRACE_SECONDS must be a whole number between 0 and 600, got "-1"'],
  [
    'a level that is none',
    { LOG_LEVEL: 'loud' },
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, got "loud"',
  ],
  [
    'neither true nor false',
    { CLIENT_CERTIFICATES: 'yes', TLS_FOLDER: '/etc/tls' },
    'CLIENT_CERTIFICATES must be true or false, got "yes"',
  ],
  [
    'certificates of callers without TLS, where none could be asked for',
    { CLIENT_CERTIFICATES: 'true' },
    'CLIENT_CERTIFICATES must come with TLS_FOLDER, got "true"',
  ],
])('%s is refused', (_what, variables, message) => {
  let refusal = 'accepted';
  try {
    configuration({ SETTINGS_FILE, ...variables });
  } catch (error) {
    refusal = (error as Error).message;
  }
  expect(refusal).toBe(message);
});

test('settings that are no JSON are refused, with where the fault is', () => {
  const bad = file('bad.json', '{"a":');
  expect(() => configuration({ SETTINGS_FILE: bad })).toThrow(
    /^SETTINGS_FILE must name a JSON file, but .*bad\.json is none: Unexpected end of JSON input/,
  );
});
