// A slow machine is no failure: this ends what hangs, and whatever waits has a bound of its own (test/support/waiting.ts).
// (Jest does not apply a project's own `testTimeout` everywhere.)
jest.setTimeout(1_200_000);
