import { serveOperators } from '@ml-platform-constructs/operator-runtime';
import { NOTEBOOK_HOOKS } from './notebook';

serveOperators([NOTEBOOK_HOOKS]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
