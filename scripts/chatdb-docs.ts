import { chatDb } from '../examples/chatdb/platform';
import { ChatDb } from '../src';
import { writeFile, writeSection } from './written-section';

/** Writes the graph of the example of ChatDB, as it is on a laptop, into docs/compositions/chatdb.md; with --check it only compares. */

const PICTURE = 'docs/compositions/chatdb.svg';

async function main(): Promise<void> {
  const local = chatDb({ args: [], environments: ['local'] }).environments.find(
    ({ environmentName }) => environmentName === 'local',
  );
  const found = local?.node.findChild('chatdb');
  if (!(found instanceof ChatDb)) throw new Error('the example has no ChatDB on a laptop');
  const { services } = found;
  const mermaid = ['```mermaid', services.toMermaid().trimEnd(), '```'].join('\n');
  await writeSection('docs/compositions/chatdb.md', 'scripts/chatdb-docs.ts', `${mermaid}\n\n${services.toMarkdown()}`);
  writeFile(PICTURE, services.toSvg());
}

if (require.main === module) void main();
