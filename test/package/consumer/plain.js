// The same package from plain JavaScript, by require and by import, refusing what is wrong.
const assert = require('node:assert/strict');
const platform = require('ml-platform-constructs');

async function main() {
  const imported = await import('ml-platform-constructs');
  assert.equal(imported.PlatformApp, platform.PlatformApp);

  const app = new platform.PlatformApp({ terraformOutdir: 'refused', manifestsOutdir: 'refused' });
  assert.throws(() => app.synth(), { name: 'InvalidInputError', message: /must be called before synth\(\)/ });
  assert.throws(() => app.environment('Not A Name', {}), { name: 'InvalidInputError' });
  assert.equal(require('node:fs').existsSync('refused'), false);
  assert.throws(() => require('ml-platform-constructs/lib/app/platform-app'), {
    code: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
  });
  console.log('plain JavaScript is fine');
}

void main();
