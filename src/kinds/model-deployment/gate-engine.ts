import { inflateRawSync } from 'node:zlib';
import { GATE_WASM } from './generated/gate-wasm';

/*
 * Runs the policies of the folder policies/, which `opa build -t wasm` compiled: ABI 1.2 of OPA's WebAssembly modules
 * (https://www.openpolicyagent.org/docs/wasm). The policies call no built-in of the host, so the module gets none.
 */

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface Policies {
  readonly opa_wasm_abi_version: { readonly value: number };
  readonly opa_wasm_abi_minor_version: { readonly value: number };
  readonly opa_heap_ptr_get: () => number;
  readonly opa_malloc: (size: number) => number;
  readonly opa_json_parse: (address: number, size: number) => number;
  readonly opa_eval: (
    reserved: 0,
    entryPoint: number,
    data: number,
    input: number,
    inputSize: number,
    heap: number,
    format: 0,
  ) => number;
}

/** Of the global `WebAssembly`, which the types of Node.js lack, what is used here. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { readonly initial: number; readonly maximum: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

const PAGE = 65_536;
/** Pages that the module's stack and data take at least. */
const LEAST_PAGES = 5;
/** 256 MiB: an evaluation that wants more ends. */
const MOST_PAGES = 4096;
/** An instance that has grown by a great manifest is not kept: memory of WebAssembly never shrinks. */
const KEPT_PAGES = 256;

/** Compiled once: 50 ms. An instance is made in less than one. */
let compiled: object | undefined;

/** What was made of the module; it is used again as long as nothing went wrong in it. */
class Instance {
  private readonly memory: Memory;
  private readonly policies: Policies;
  private readonly data: number;
  private readonly heap: number;

  public constructor() {
    compiled ??= new WebAssembly.Module(inflateRawSync(Buffer.from(GATE_WASM, 'base64')));
    this.memory = new WebAssembly.Memory({ initial: LEAST_PAGES, maximum: MOST_PAGES });
    const hosts = Object.fromEntries([0, 1, 2, 3, 4].map((count) => [`opa_builtin${count}`, noBuiltin]));
    const env = { ...hosts, memory: this.memory, opa_abort: this.abort, opa_println: () => 0 };
    const { exports } = new WebAssembly.Instance(compiled, { env });
    this.policies = exports as Policies;
    const { opa_wasm_abi_version: major, opa_wasm_abi_minor_version: minor } = this.policies;
    if (major.value !== 1 || minor.value < 2) {
      throw new Error(`the policies have ABI ${major.value}.${minor.value}, this is a loader of 1.2`);
    }
    this.data = this.parsed('{}');
    this.heap = this.policies.opa_heap_ptr_get();
  }

  /** Whether it may be used again. */
  public get isSmall(): boolean {
    return this.memory.buffer.byteLength <= KEPT_PAGES * PAGE;
  }

  /** What the policies answer for an input, both JSON. */
  public evaluate(input: string): string {
    const bytes = Buffer.from(input);
    const missing = this.heap + bytes.length - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    new Uint8Array(this.memory.buffer).set(bytes, this.heap);
    // what the evaluation before took is free again: the heap begins behind the input
    return this.text(this.policies.opa_eval(0, 0, this.data, this.heap, bytes.length, this.heap + bytes.length, 0));
  }

  private parsed(json: string): number {
    const bytes = Buffer.from(json);
    const address = this.policies.opa_malloc(bytes.length);
    new Uint8Array(this.memory.buffer).set(bytes, address);
    return this.policies.opa_json_parse(address, bytes.length);
  }

  private text(address: number): string {
    const bytes = Buffer.from(this.memory.buffer);
    return bytes.toString('utf8', address, bytes.indexOf(0, address));
  }

  private readonly abort = (address: number): never => {
    throw new Error(`the policies ended: ${this.text(address)}`);
  };
}

function noBuiltin(): never {
  throw new Error('the policies call a built-in of the host: use those that OPA compiles to WebAssembly');
}

let instance: Instance | undefined;

/**
 * Asks the policies.
 *
 * @param input as JSON: `manifest`, `bounds`, `now` and, where something was scanned, `vulnerabilities`
 * @returns the verdict as the policies have it, or undefined where they have none
 * @throws where the evaluation ends, as for want of memory
 */
export function evaluatePolicies(input: string): unknown {
  const used = instance ?? new Instance();
  // after an exception its memory may be anything
  instance = undefined;
  const results = JSON.parse(used.evaluate(input)) as readonly { readonly result?: unknown }[];
  if (used.isSmall) instance = used;
  return results.length === 1 ? results[0]?.result : undefined;
}
