/**
 * A public type. What it has is named here with types as text: `string`, `number`, `boolean`, `any`, the name of a type in
 * this table, or `module.Name` of another library; `X[]` is a list and `{X}` a map of X, `X?` may be left out, `...X` is repeated.
 */
export interface PublicType {
  /** The types that it has everything of. */
  readonly extends?: readonly string[];
  /** Values of an enum by the names of its members. */
  readonly values?: { readonly [member: string]: string | number };
  /** Props of a struct. */
  readonly props?: Types;
  /** What its text and numbers are that must be given. */
  readonly about?: { readonly [prop: string]: string };
  /** What every object of a class or interface has. */
  readonly members?: readonly string[];
  /** How a program gets an object of a class or interface. */
  readonly from?: readonly string[];
  /** Parameters of the constructor. */
  readonly initializer?: Types;
  /** Parameters of the methods. */
  readonly methods?: { readonly [method: string]: Types };
  /** Parameters of the static methods. */
  readonly statics?: { readonly [method: string]: Types };
}

/** Types as text by the names of props or parameters, in their order. */
export interface Types {
  readonly [name: string]: string;
}
