import { OPERATORS } from './operators';
import { configuration } from './server/configuration';
import { serve } from './server/serve';

/** Runs the hook server of the platform's operators. */
async function main(): Promise<void> {
  await serve(OPERATORS, configuration(process.env));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
