import { OPERATORS } from './operators';
import { configuration } from './server/configuration';
import { HookServer } from './server/hook-server';
import { TlsFiles } from './server/authorization';

/** Runs the hook server until it is told to stop (SIGTERM, SIGINT). */
async function main(): Promise<void> {
  const { port, settings, operators, tlsFolder, clientCertificates, tokenFile, logLevel, grace } = configuration(
    process.env,
  );
  const known = OPERATORS.map(({ definition }) => definition.name);
  const unknown = operators.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`OPERATORS must name some of ${known.join(', ')}, got ${unknown.join(', ')}`);
  }
  const server = new HookServer({
    operators: OPERATORS.filter(({ definition }) => operators.length === 0 || operators.includes(definition.name)),
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
  await server.start(port);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
