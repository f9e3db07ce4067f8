import { benchCommandLine } from './command-line';
import { benchGate } from './gate';
import { benchLoad } from './load';
import { benchMicroservices } from './microservices';
import { benchOperators } from './operators';
import { watchBindings } from './recorder';
import { benchTenants } from './tenants';

// source maps make every stack trace slow, and cdktf takes one for each token
process.setSourceMapsEnabled(false);
watchBindings();

/** Prints figures and ratios; judges nothing. The library must have been built. */
async function main(): Promise<void> {
  console.log(`node ${process.version} on ${process.platform}`);
  const { benchSynthesis } = await import('./synthesis');
  benchSynthesis(9);
  benchTenants(5);
  benchMicroservices(5);
  benchLoad(9);
  await benchGate(5);
  benchCommandLine(5);
  await benchOperators();
}

void main();
