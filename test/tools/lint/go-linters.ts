import { GoTool } from '../go-tool';

/** kube-score (https://github.com/zegl/kube-score). */
export const KUBE_SCORE: GoTool = {
  name: 'kube-score',
  package: 'github.com/zegl/kube-score/cmd/kube-score',
  folder: __dirname,
  minutes: 1,
};

/** actionlint (https://github.com/rhysd/actionlint). */
export const ACTIONLINT: GoTool = {
  name: 'actionlint',
  package: 'github.com/rhysd/actionlint/cmd/actionlint',
  folder: __dirname,
  minutes: 1,
};

/** The linters that are built from Go modules. */
export const GO_LINTERS: readonly GoTool[] = [KUBE_SCORE, ACTIONLINT];
