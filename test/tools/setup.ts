// the first run installs what it needs
jest.setTimeout(1_200_000);
