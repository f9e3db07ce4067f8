import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tls from 'node:tls';

/** A message that a receiver got. */
export interface Message {
  /** Path of the URL, or `smtp`. */
  readonly to: string;
  /** The token, or the user and password at the mail server. */
  readonly credentials?: string;
  readonly text: string;
}

/** Receivers of alerts on this machine: a server for HTTPS and one for mail, with TLS. */
export interface Receivers {
  /** File of the authority that signed their certificate. */
  readonly certificate: string;
  readonly httpsPort: number;
  readonly smtpPort: number;
  /** What they got, in order. */
  readonly messages: readonly Message[];
  stop(): Promise<void>;
}

/** Starts the receivers. */
export async function startReceivers(): Promise<Receivers> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receivers-'));
  const file = (name: string): string => path.join(folder, name);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = spawnSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-keyout', file('key.pem'), '-out', file('certificate.pem'), ...subject],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const identity = { key: fs.readFileSync(file('key.pem')), cert: fs.readFileSync(file('certificate.pem')) };
  const messages: Message[] = [];
  const web = https.createServer(identity, (request, response) => void answer(request, response, messages));
  const mail = net.createServer((socket) => serveMail(socket, identity, messages));
  const [httpsPort, smtpPort] = [await listen(web), await listen(mail)];
  const stop = async (): Promise<void> => {
    web.closeAllConnections();
    await Promise.all([web, mail].map((server) => new Promise((resolve) => server.close(resolve))));
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { certificate: file('certificate.pem'), httpsPort, smtpPort, messages, stop };
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  messages: Message[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  messages.push({
    to: request.url ?? '',
    credentials: request.headers.authorization,
    text: Buffer.concat(chunks).toString(),
  });
  // PagerDuty says that it has accepted an event
  response.writeHead(request.url === '/pagerduty' ? 202 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ status: 'success', ok: true }));
}

/** As much of SMTP as a client with STARTTLS and AUTH PLAIN needs (RFC 5321). */
function serveMail(socket: net.Socket, identity: tls.SecureContextOptions, messages: Message[]): void {
  let credentials: string | undefined;
  const talk = (stream: net.Socket, secure: boolean): void => {
    let rest = '';
    let body: string[] | undefined;
    const say = (line: string): void => void stream.write(`${line}\r\n`);
    const take = (line: string): void => {
      if (body !== undefined) {
        if (line !== '.') return void body.push(line);
        messages.push({ to: 'smtp', credentials, text: body.join('\n') });
        body = undefined;
        return say('250 taken');
      }
      const [verb = ''] = line.toUpperCase().split(' ');
      if (verb === 'EHLO') return say(secure ? '250-localhost\r\n250 AUTH PLAIN' : '250-localhost\r\n250 STARTTLS');
      if (verb === 'STARTTLS') {
        say('220 go on');
        stream.removeAllListeners('data');
        return talk(new tls.TLSSocket(stream, { ...identity, isServer: true }), true);
      }
      if (!secure) return say('530 only with TLS');
      if (verb === 'AUTH') {
        credentials = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
        return say('235 welcome');
      }
      if (verb === 'DATA') {
        body = [];
        return say('354 go on');
      }
      if (verb === 'QUIT') {
        say('221 bye');
        return void stream.end();
      }
      say('250 ok');
    };
    stream.on('error', () => stream.destroy());
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\r\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
    });
  };
  socket.write('220 localhost\r\n');
  talk(socket, false);
}
