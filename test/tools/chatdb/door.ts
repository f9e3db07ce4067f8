import * as net from 'node:net';

/** The way to a server, which a test can shut: what is behind it goes on, and nobody reaches it. */
export interface Door {
  readonly port: number;
  /** Ends all connections; new ones are refused, as by a machine that is there without the program. */
  shut(): Promise<void>;
  /** Lets nothing through, and ends no connection, as where packets are lost. */
  hang(): void;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a port of 127.0.0.1 from which each connection leads to another port. */
export async function openDoor(target: number): Promise<Door> {
  const sockets = new Set<net.Socket>();
  let hanging = false;
  const server = net.createServer((client) => {
    sockets.add(client);
    const behind = net.connect(target, '127.0.0.1');
    sockets.add(behind);
    if (hanging) client.pause();
    const end = (): void => [client, behind].forEach((socket) => socket.destroy());
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ]) {
      from.on('data', (chunk) => {
        if (!hanging) to.write(chunk);
      });
      from.on('error', end);
      from.on('close', () => {
        sockets.delete(from);
        end();
      });
    }
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const shut = async (): Promise<void> => {
    const closed = server.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : undefined;
    sockets.forEach((socket) => socket.destroy());
    await closed;
  };
  await listen(0);
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    shut,
    hang: () => {
      hanging = true;
    },
    open: async () => {
      // what was not let through is lost
      if (hanging) sockets.forEach((socket) => socket.destroy());
      hanging = false;
      if (!server.listening) await listen(port);
    },
    close: shut,
  };
}
