// A slow machine is no failure: this ends what hangs. (Jest does not apply a project's own `testTimeout` everywhere.)
jest.setTimeout(300_000);
