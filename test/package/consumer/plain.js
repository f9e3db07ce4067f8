// The same package from plain JavaScript, by require and by import, refusing what is wrong.
const assert = require('node:assert/strict');
const { dirname, join } = require('node:path');
const { App, Chart } = require('cdk8s');
const platform = require('ml-platform-constructs');

async function main() {
  const imported = await import('ml-platform-constructs');
  assert.equal(imported.PlatformApp, platform.PlatformApp);

  const app = new platform.PlatformApp({ terraformOutdir: 'refused/cdktf.out', manifestsOutdir: 'refused/dist' });
  assert.throws(() => app.synth(), { name: 'InvalidInputError', message: /must be called before synth\(\)/ });
  assert.throws(() => app.environment('Not A Name', {}), { name: 'InvalidInputError' });
  assert.equal(require('node:fs').existsSync('refused'), false);
  assert.throws(() => require('ml-platform-constructs/lib/app/platform-app'), {
    code: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
  });

  // the program of a pipeline is read from the package; what an operator makes of a DataPipeline is no part of the package's API
  const { DataPipelineObjects } = require(
    join(dirname(require.resolve('ml-platform-constructs')), 'kinds/data-pipeline/data-pipeline-objects.js'),
  );
  const chart = new Chart(new App(), 'chart');
  new DataPipelineObjects(chart, 'Pipeline', {
    name: 'orders',
    namespace: 'shop',
    spec: {
      source: { type: 'datalake', config: { path: 's3://lake/in/' } },
      sink: { type: 'datalake', config: { path: 's3://lake/out/' } },
    },
  });
  const { data } = chart.toJson().find(({ kind }) => kind === 'ConfigMap');
  assert.match(data['main.py'], /^def main\(argv: list\[str\]\) -> int:$/m);
  console.log('plain JavaScript is fine');
}

void main();
