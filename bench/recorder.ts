import { DefaultTokenResolver, StringConcat, TerraformElement, TerraformStack, Tokenization } from 'cdktf';
import { Construct } from 'constructs';
import Module from 'module';

type Binding = new (scope: Construct, id: string, config?: object) => TerraformElement;

/** A resource, data source or provider that was made from a provider's bindings. */
export interface RecordedElement {
  readonly binding: Binding;
  readonly stack: string;
  readonly id: string;
  readonly logicalId: string;
  /** Terraform's name of what others refer to: `aws_vpc.main`, `data.aws_region.current`. */
  readonly fqn?: string;
  /** The arguments of the constructor, with references as text. */
  readonly config: object;
  /** Names of what it depends on explicitly. */
  readonly dependsOn: string[];
}

interface Made {
  readonly binding: Binding;
  readonly element: TerraformElement;
  readonly config: object;
}

let made: Made[] | undefined;

/**
 * Notes what is made from the bindings of Terraform providers. Must be called before the first of them is loaded.
 */
export function watchBindings(): void {
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): object };
  const load = loader._load.bind(loader);
  const watched = new Map<object, object>();
  loader._load = function (request: string, ...rest: unknown[]): object {
    const exported = load(request, ...rest);
    if (!request.startsWith('@cdktf/provider-')) return exported;
    const known =
      watched.get(exported) ?? new Proxy(exported, { get: (target, key) => watch(Reflect.get(target, key)) });
    watched.set(exported, known);
    return known;
  };
  const classes = new Map<unknown, unknown>();
  function watch(value: unknown): unknown {
    if (typeof value !== 'function' || !('tfResourceType' in value)) return value;
    const binding = value as unknown as Binding;
    const known =
      classes.get(value) ??
      new Proxy(binding, {
        construct(target, args: [Construct, string, object?], newTarget): object {
          const element = Reflect.construct(target, args, newTarget) as TerraformElement;
          made?.push({ binding, element, config: args[2] ?? {} });
          return element;
        },
      });
    classes.set(value, known);
    return known;
  }
}

/** Everything that a function makes from bindings, in order. */
export function recordElements(run: () => void): RecordedElement[] {
  made = [];
  run();
  const resolver = new DefaultTokenResolver(new StringConcat());
  const elements = made.map(({ binding, element, config }) => {
    const scope = TerraformStack.of(element);
    const resolved = (value: unknown): unknown => Tokenization.resolve(value, { scope, resolver, preparing: false });
    const nameOf = (fqn: unknown): string => String(resolved(fqn)).replace(/^\$\{|\}$/g, '');
    const { dependsOn, ...rest } = config as { dependsOn?: { fqn: string }[] };
    return {
      binding,
      stack: scope.node.id,
      id: element.node.path.split('/').slice(1).join('-'),
      logicalId: element.friendlyUniqueId,
      fqn: 'fqn' in element ? nameOf(element.fqn) : undefined,
      config: resolved(rest) as object,
      dependsOn: (dependsOn ?? []).map((one) => nameOf(one.fqn)),
    };
  });
  made = undefined;
  return elements;
}
