import { Hooks } from '../runtime/hooks';
import { configuration } from './configuration';
import { serve } from './serve';

/**
 * Runs the hook server of operators, as environment variables say (PORT, OPERATORS, SETTINGS_FILE, TLS_FOLDER, CLIENT_CERTIFICATES, TOKEN_FILE,
 * LOG_LEVEL, GRACE_SECONDS), until the process is told to stop. `CustomOperators` sets these.
 *
 * @returns the URL of the server, once it takes requests
 */
export function serveOperators(
  operators: readonly Hooks[],
  environment: { readonly [variable: string]: string | undefined } = process.env,
): Promise<string> {
  return serve(operators, configuration(environment, false));
}
