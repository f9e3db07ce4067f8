import { whyNoJava } from '../java';
import { startPostgres, whyNoPostgres } from '../postgres';
import { cacheFolder } from '../python';
import { describeProgram } from './describe-program';

describeProgram('pipeline-runner', whyNoJava() ?? whyNoPostgres(), async () => {
  const postgres = await startPostgres();
  const env = {
    PGPORT: String(postgres.port),
    PGUSER: postgres.user,
    PGPASSWORD: postgres.password,
    PIPELINE_IVY: cacheFolder('ivy'),
    // what is judged is the figures of this run
    OPENLINEAGE_URL: '',
  };
  return { env, stop: () => postgres.stop() };
});
