/**
 * The import graph of the library and the operators has no cycles, neither of files nor of folders; imports of types count.
 * What a folder may import at all is in scripts/lint/layers.js.
 */
module.exports = {
  forbidden: [
    {
      name: 'no-circular-files',
      comment:
        'Two files of a cycle cannot be read or tested alone: put what both need, often an interface, into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-circular-folders',
      comment: 'Two folders of a cycle are one: move the file that both need down, or join them.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    includeOnly: '^(src|operators/src)/',
    tsPreCompilationDeps: true,
  },
};
