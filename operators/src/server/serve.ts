import { Hooks } from '../runtime/hooks';
import { TlsFiles } from './authorization';
import { Configuration } from './configuration';
import { HookServer } from './hook-server';

/**
 * Runs a hook server until the process is told to stop (SIGTERM, SIGINT).
 *
 * @returns its URL, once it takes requests
 */
export async function serve(operators: readonly Hooks[], given: Configuration): Promise<string> {
  const { port, settings, tlsFolder, clientCertificates, tokenFile, logLevel, grace } = given;
  const known = operators.map(({ definition }) => definition.name);
  const unknown = given.operators.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`OPERATORS must name some of ${known.join(', ')}, got ${unknown.join(', ')}`);
  }
  const server = new HookServer({
    operators: operators.filter(
      ({ definition: { name } }) => given.operators.length === 0 || given.operators.includes(name),
    ),
    settings,
    tls: tlsFolder === undefined ? undefined : new TlsFiles({ folder: tlsFolder, clientCertificates }),
    tokenFile,
    logLevel,
  });
  const stop = (): void => {
    server.stop(grace).catch((error: unknown) => {
      process.exitCode = 1;
      process.emitWarning(String(error));
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  return server.start(port);
}
