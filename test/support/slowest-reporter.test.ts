const { describe: slowest } = jest.requireActual<{
  describe(results: readonly object[], tookMs: number, rootDir: string, workers: number): string;
}>('./slowest-reporter.cjs');

function result(file: string, project: string, seconds: number, skipped = false): object {
  return {
    testFilePath: `/repository/test/${file}`,
    displayName: { name: project, color: 'white' },
    perfStats: { start: 1_000, end: 1_000 + seconds * 1_000 },
    skipped,
  };
}

test('the slowest files come first, then the projects and the run as a whole', () => {
  const results = [
    result('a.test.ts', 'unit', 1.25),
    result('cluster/b.test.ts', 'cluster', 40),
    result('c.test.ts', 'unit', 2),
    result('d.test.ts', 'unit', 0, true),
  ];
  expect(slowest(results, 30_000, '/repository', 2)).toBe(
    [
      'The slowest files:',
      '    40.0 s  test/cluster/b.test.ts',
      '     2.0 s  test/c.test.ts',
      '     1.3 s  test/a.test.ts',
      'By project:',
      '    40.0 s  cluster, 1 files',
      '     3.3 s  unit, 2 files',
      '    30.0 s  in all, with 2 workers',
      '',
    ].join('\n'),
  );
});

test('of many files, twenty are named', () => {
  const results = Array.from({ length: 50 }, (_, index) => result(`${index}.test.ts`, 'unit', index));
  const lines = slowest(results, 1_000, '/repository', 1).split('\n');
  expect(lines.filter((line) => line.includes('.test.ts'))).toHaveLength(20);
  expect(lines[1]).toBe('    49.0 s  test/49.test.ts');
});
