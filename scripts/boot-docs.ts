import { dataPlatform } from '../examples/data-platform/platform';
import { BootOrder, BootStep } from '../src/checks/rehearsal/boot-step';
import { writeSection } from './written-section';

/** Writes the boot of an example into docs/boot.md; with --check it only compares. */

function section(): string {
  const app = dataPlatform({ args: [], environments: ['staging'] });
  const staging = app.environments.find(({ environmentName }) => environmentName === 'staging');
  if (!staging) throw new Error('the example has no staging');
  staging._prepare();
  const { steps } = staging._rehearsal();
  return `${picture(steps)}\n\n${table(steps)}`;
}

/** A box for each step, and arrows to what waits for it. */
function picture(steps: readonly BootStep[]): string {
  const ids = new Map(steps.map(({ name }, at) => [name, `s${at}`]));
  const boxes = (ours: readonly BootStep[]): string[] =>
    ours.map((step) => `    ${ids.get(step.name) ?? ''}["${shortName(step)}"]`);
  const ofTerraform = steps.filter(({ name }) => name.startsWith('stack '));
  const arrows = steps.flatMap((step) =>
    directly(steps, step).map((one) => `  ${ids.get(one) ?? ''} --> ${ids.get(step.name) ?? ''}`),
  );
  return [
    '```mermaid',
    'flowchart TD',
    '  subgraph terraform ["Terraform: stack staging-bootstrap"]',
    ...boxes(ofTerraform),
    '  end',
    '  subgraph argocd ["Argo CD"]',
    ...boxes(steps.filter((one) => !ofTerraform.includes(one))),
    '  end',
    ...arrows,
    '```',
  ].join('\n');
}

function table(steps: readonly BootStep[]): string {
  const rows = steps.map((step) => [
    withoutStack(step.name),
    brings(step),
    directly(steps, step).map(withoutStack).join(', ') || 'the cluster',
  ]);
  return [['step', 'brings', 'waits for'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function brings({ components, manifests }: BootStep): string {
  const kinds = new Map<string, number>();
  manifests.forEach(({ kind }) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1));
  const objects = [...kinds].filter(([kind]) => kind !== 'Application');
  const known =
    objects.length > 3 ? [`${manifests.length} objects`] : objects.map(([kind, count]) => `${count} ${kind}`);
  return [...components.map(({ name }) => name), ...known].join(', ');
}

function shortName({ name, components }: BootStep): string {
  const short = withoutStack(name);
  return name.startsWith('Argo CD')
    ? `${short.replace('Argo CD ', '')}: ${components.map((one) => one.name).join(', ') || 'the manifests'}`
    : short;
}

function withoutStack(name: string): string {
  return name.replace(/^stack \S+, (release )?/, '');
}

/** What a step waits for, without what that waits for itself. */
function directly(steps: readonly BootStep[], step: BootStep): string[] {
  const order = new BootOrder(steps);
  const before = steps.filter(({ name }) => step.after.includes(name));
  return before.filter((one) => !before.some((other) => order.isBefore(one, other))).map(({ name }) => name);
}

if (require.main === module) void writeSection('docs/boot.md', 'scripts/boot-docs.ts', section());
