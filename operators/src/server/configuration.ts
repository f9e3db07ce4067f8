import { readFileSync } from 'node:fs';
import { LogLevel } from 'fastify';
import { EngineSettings } from '../runtime/contract';

/** How the hook server is run. */
export interface Configuration {
  readonly port: number;
  readonly settings: EngineSettings;
  /** Names of the operators that it answers for; all when empty. */
  readonly operators: readonly string[];
  readonly tlsFolder?: string;
  readonly clientCertificates: boolean;
  readonly tokenFile?: string;
  readonly logLevel: LogLevel;
  /** Milliseconds between saying that it is not ready and closing. */
  readonly grace: number;
}

const LEVELS: readonly string[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'];

/**
 * The configuration that environment variables give:
 *
 * | variable | meaning | default |
 * | --- | --- | --- |
 * | `SETTINGS_FILE` | JSON file with what the operators have to know of the platform | required |
 * | `PORT` | port | 8443 |
 * | `OPERATORS` | names of the operators, separated by commas | all |
 * | `TLS_FOLDER` | folder with `tls.crt` and `tls.key` | plain HTTP |
 * | `CLIENT_CERTIFICATES` | `true`: callers must have a certificate from `ca.crt` in that folder | `false` |
 * | `TOKEN_FILE` | file with the bearer token of callers | none is asked for |
 * | `LOG_LEVEL` | `debug`, `info`, `warn`, `error` | `info` |
 * | `GRACE_SECONDS` | seconds between saying that it is not ready and closing | 5 |
 *
 * @param needsSettings whether SETTINGS_FILE must be given
 * @throws Error that names the variable, what was given and what it must be
 */
export function configuration(environment: NodeJS.ProcessEnv, needsSettings = true): Configuration {
  const { SETTINGS_FILE: file, LOG_LEVEL: level = 'info' } = environment;
  if (!file && needsSettings) throw new Error('SETTINGS_FILE must name the file with the settings, got nothing');
  if (!LEVELS.includes(level)) throw new Error(`LOG_LEVEL must be one of ${LEVELS.join(', ')}, got "${level}"`);
  const client = environment.CLIENT_CERTIFICATES ?? 'false';
  if (client !== 'true' && client !== 'false') {
    throw new Error(`CLIENT_CERTIFICATES must be true or false, got "${client}"`);
  }
  if (client === 'true' && !environment.TLS_FOLDER) {
    // hooks would be open to everyone
    throw new Error('CLIENT_CERTIFICATES must come with TLS_FOLDER, got "true"');
  }
  return {
    port: whole('PORT', environment.PORT ?? '8443', 65535),
    settings: file ? readSettings(file) : {},
    operators: (environment.OPERATORS ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    tlsFolder: environment.TLS_FOLDER,
    clientCertificates: client === 'true',
    tokenFile: environment.TOKEN_FILE,
    logLevel: level as LogLevel,
    grace: whole('GRACE_SECONDS', environment.GRACE_SECONDS ?? '5', 600) * 1000,
  };
}

function whole(variable: string, text: string, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new Error(`${variable} must be a whole number between 0 and ${max}, got "${text}"`);
  }
  return value;
}

function readSettings(file: string): EngineSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`SETTINGS_FILE must name a file that can be read: ${(error as Error).message}`, { cause: error });
  }
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw new Error(`SETTINGS_FILE must name a JSON file, but ${file} is none: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new Error(`SETTINGS_FILE must name a file with a JSON object, but ${file} has ${text.slice(0, 40)}`);
  }
  return settings;
}
