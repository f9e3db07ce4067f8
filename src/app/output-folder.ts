import { IConstruct } from 'constructs';

const FOLDERS = new WeakMap<IConstruct, () => ReadonlyMap<string, string>>();

/**
 * Has the app write files as they are into a folder of its own, `<manifestsOutdir>/<id>/`, whatever environments are chosen.
 *
 * @param construct a child of the app, so that no environment has its id
 * @param render the files by path
 */
export function addOutputFolder(construct: IConstruct, render: () => ReadonlyMap<string, string>): void {
  FOLDERS.set(construct, render);
}

/** The constructs of an app that have a folder of their own. */
export function outputFolders(app: IConstruct): IConstruct[] {
  return app.node.children.filter((child) => FOLDERS.has(child));
}

/** The files of such a construct, by path. */
export function filesOfFolder(construct: IConstruct): ReadonlyMap<string, string> {
  return FOLDERS.get(construct)?.() ?? new Map();
}
