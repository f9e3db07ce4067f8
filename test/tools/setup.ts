// the first run installs what it needs; a project's own testTimeout does not reach hooks
jest.setTimeout(1_200_000);
