import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { giveInput } from '../support/process-input';
import { Patience } from '../support/waiting';
import { type AccessQuestion, isAllowed } from './access';
import { applyObjects, untilNamespaceReady, type ApplyOptions, type ApplyResult } from './apply';
import { ApiError, type Connection, RestClient } from './client';
import { crdFolder, installCrds, type GroupKind } from './crds';
import { addNodes, type NodeProps } from './nodes';
import { describeReference } from './types';
import type { Identity, KubernetesObject, ObjectReference, TypeReference } from './types';
import { describePod, touchPods, unreadyPods } from './pods';

const TOUCH_MS = 4_000;

export interface WriteOptions {
  /** @default - the administrator */
  readonly asUser?: Identity;
  /** Validate and admit, store nothing. @default false */
  readonly dryRun?: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** @default 'merge' */
  readonly type?: 'merge' | 'strategic-merge' | 'json';
  /** Such as `status` or `scale`. @default - the object itself */
  readonly subresource?: string;
}

export interface ListOptions {
  /** @default - all namespaces */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** A running cluster. Requests are made as an administrator unless they name another user. */
export class Cluster {
  /** Whether third-party CRDs are there for `installCrds`. */
  readonly crdsAvailable = crdFolder() !== undefined;
  /** The REST API, for what the methods here do not have. */
  readonly rest: RestClient;
  private readonly namespaces: string[] = [];

  constructor(readonly connection: Connection) {
    this.rest = new RestClient(connection);
  }

  /** File for kubectl and other clients, with the rights of an administrator. */
  get kubeconfig(): string {
    return this.connection.kubeconfig;
  }

  /** Server-side apply with strict validation, in waves. See `applyObjects`. A refusal is a result, no exception. */
  apply(objects: readonly KubernetesObject[], options: ApplyOptions = {}): Promise<ApplyResult[]> {
    return applyObjects(this.rest, objects, options);
  }

  /** @throws ApiError 404 where there is no such object. */
  async get<T = KubernetesObject>(ref: ObjectReference, options: { readonly asUser?: Identity } = {}): Promise<T> {
    return this.rest.send<T>('GET', await this.rest.objectPath(ref), { asUser: options.asUser });
  }

  /** The object, or undefined where there is none. */
  async find<T = KubernetesObject>(ref: ObjectReference): Promise<T | undefined> {
    try {
      return await this.get<T>(ref);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /** All objects of a kind that fit, each with its apiVersion and kind. */
  async list(type: TypeReference, options: ListOptions = {}): Promise<KubernetesObject[]> {
    const path = await this.rest.collectionPath(type, options.namespace);
    const { labelSelector, fieldSelector } = options;
    const items: KubernetesObject[] = [];
    let next: string | undefined;
    do {
      const query = { labelSelector, fieldSelector, limit: 500, continue: next };
      const page = await this.rest.send<Page>('GET', path, { query });
      items.push(...page.items.map((item) => ({ ...item, apiVersion: type.apiVersion, kind: type.kind })));
      next = page.metadata.continue;
    } while (next);
    return items;
  }

  /** Makes an object, with strict validation. @throws ApiError where it is refused. */
  async create(object: KubernetesObject, options: WriteOptions = {}): Promise<KubernetesObject> {
    const path = await this.rest.collectionPath(object, object.metadata.namespace ?? 'default');
    return this.rest.send('POST', path, {
      body: JSON.stringify(object),
      asUser: options.asUser,
      query: { fieldValidation: 'Strict', dryRun: options.dryRun ? 'All' : undefined },
    });
  }

  /** Changes an object, with strict validation. @throws ApiError where it is refused. */
  async patch(ref: ObjectReference, change: unknown, options: PatchOptions = {}): Promise<KubernetesObject> {
    const path = await this.rest.objectPath(ref);
    return this.rest.send('PATCH', options.subresource ? `${path}/${options.subresource}` : path, {
      body: JSON.stringify(change),
      contentType: `application/${options.type ?? 'merge'}-patch+json`,
      asUser: options.asUser,
      query: { fieldValidation: 'Strict', dryRun: options.dryRun ? 'All' : undefined },
    });
  }

  /** Deletes an object and, in the background, what it owns. Done when the server has agreed; one that is not there is fine. */
  async delete(ref: ObjectReference, options: WriteOptions = {}): Promise<void> {
    try {
      await this.rest.send('DELETE', await this.rest.objectPath(ref), {
        asUser: options.asUser,
        query: { propagationPolicy: 'Background', dryRun: options.dryRun ? 'All' : undefined },
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) {
        throw error;
      }
    }
  }

  /**
   * The object, once it is there and `predicate` holds.
   *
   * kwok now and then never looks at a Pod that was bound while it was busy; any change of the Pod makes it look again, so
   * scheduled Pods of the namespace that do not become ready are touched every few seconds.
   *
   * @throws after `timeoutMs` without a new status (see `Patience`), with the last status seen, the object's events and the Pods that are not ready.
   */
  async waitFor(
    ref: ObjectReference,
    predicate: (object: KubernetesObject) => boolean,
    timeoutMs = 30_000,
  ): Promise<KubernetesObject> {
    const patience = new Patience(timeoutMs);
    for (let nextTouch = Date.now() + TOUCH_MS; ; await sleep(100)) {
      const object = await this.find(ref);
      if (object && predicate(object)) {
        return object;
      }
      patience.observe(object?.status);
      if (patience.isOver) {
        const status = object ? JSON.stringify(object.status ?? null, undefined, 2) : 'there is no such object';
        const events = object ? await this.eventsOf(ref) : '';
        const pods = (await unreadyPods(this, ref.namespace)).map((pod) => `\n  ${describePod(pod)}`).join('');
        throw new Error(
          `${describeReference(ref)}: not so after ${patience.toString()}. Last status: ${status}${events}${pods}`,
        );
      }
      if (Date.now() > nextTouch) {
        await touchPods(this, ref.namespace);
        nextTouch = Date.now() + TOUCH_MS;
      }
    }
  }

  /** Done when there is no such object any more. @throws after `timeoutMs` without progress (see `Patience`), with its last state. */
  async waitForGone(ref: ObjectReference, timeoutMs = 30_000): Promise<void> {
    const patience = new Patience(timeoutMs);
    for (let object = await this.find(ref); object; object = await this.find(ref)) {
      const { metadata, status } = object;
      patience.observe([metadata.deletionTimestamp, metadata.finalizers, status]);
      if (patience.isOver) {
        const state = JSON.stringify({
          deletionTimestamp: metadata.deletionTimestamp,
          finalizers: metadata.finalizers,
          status,
        });
        throw new Error(`${describeReference(ref)}: still there after ${patience.toString()}: ${state}`);
      }
      await sleep(100);
    }
  }

  /** Whether the authorizer (RBAC) lets that user do it. Admission is not asked. */
  canI(question: AccessQuestion): Promise<boolean> {
    return isAllowed(this.rest, question);
  }

  /** Adds simulated nodes. See `addNodes`. All tests of a run share the nodes, so give special ones a label or taint. */
  addNodes(nodes: readonly NodeProps[]): Promise<void> {
    return addNodes(this.rest, nodes);
  }

  /** Installs third-party CRDs by kind; returns the kinds that are not available. See `crds.ts`. */
  installCrds(kinds: readonly GroupKind[]): Promise<GroupKind[]> {
    return installCrds(this.rest, kinds);
  }

  /** A namespace of its own for a test, ready for Pods. Returns its name; `deleteFreshNamespaces` removes it. */
  async freshNamespace(labels: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = `test-${randomBytes(5).toString('hex')}`;
    await this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } });
    this.namespaces.push(name);
    await untilNamespaceReady(this.rest, name);
    return name;
  }

  /** Starts the removal of all namespaces that `freshNamespace` made; does not wait for its end. */
  async deleteFreshNamespaces(): Promise<void> {
    const names = this.namespaces.splice(0);
    await Promise.all(names.map((name) => this.delete({ apiVersion: 'v1', kind: 'Namespace', name })));
  }

  /** Makes a Job from a CronJob now, as `kubectl create job --from` does. */
  async runCronJob(ref: ObjectReference, jobName: string): Promise<ObjectReference> {
    const cronJob = await this.get(ref);
    const template = cronJob.spec?.jobTemplate as Pick<KubernetesObject, 'spec'> & Partial<KubernetesObject>;
    const { name = '', namespace, uid } = cronJob.metadata;
    const owner = { apiVersion: ref.apiVersion, kind: ref.kind, name, uid, controller: true };
    const metadata = { ...template.metadata, name: jobName, namespace, ownerReferences: [owner] };
    await this.create({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: template.spec });
    return { apiVersion: 'batch/v1', kind: 'Job', name: jobName, namespace };
  }

  /** Runs kubectl as the administrator; returns what it prints. @throws with its errors where it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const env = { ...process.env, KUBECONFIG: this.kubeconfig };
      const options = { env, maxBuffer: 256 * 1024 * 1024 };
      const child = execFile(this.connection.binaries.kubectl, [...args], options, (error, stdout, stderr) => {
        return error ? reject(new Error(`kubectl ${args.join(' ')}: ${stderr || error.message}`)) : resolve(stdout);
      });
      giveInput(child, input);
    });
  }

  private async eventsOf(ref: ObjectReference): Promise<string> {
    const fieldSelector = `involvedObject.kind=${ref.kind},involvedObject.name=${ref.name}`;
    const events = await this.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: ref.namespace, fieldSelector });
    return events.map((event) => `\n  event ${String(event.reason)}: ${String(event.message)}`).join('');
  }
}

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly KubernetesObject[];
}
