// Starts a server on demo data of its own, runs every test against it, and stops it. The binary: an argument, COBUILD_BINARY,
// or the debug build.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const START_MILLISECONDS = 120_000;
const STOP_MILLISECONDS = 10_000;

const binary = resolve(process.argv[2] ?? process.env['COBUILD_BINARY'] ?? '../../target/debug/cobuild');

/** Its address, once it listens. The first start in an empty folder loads the demo district. */
async function addressOf(server: ChildProcess): Promise<string> {
  assert(server.stdout);
  const late = setTimeout(() => server.kill('SIGKILL'), START_MILLISECONDS);
  for await (const line of createInterface({ input: server.stdout })) {
    const address = /^\s+click\s+(http:\S+)\/$/.exec(line)?.[1];
    if (address) {
      clearTimeout(late);
      server.stdout.resume();
      return address;
    }
  }
  throw new Error('the server said nothing of where it listens');
}

async function early(ended: Promise<unknown[]>): Promise<never> {
  await ended;
  throw new Error('the server ended before it listened');
}

async function testAll(address: string): Promise<number> {
  const files = (await readdir(__dirname)).filter((file) => file.endsWith('.test.js')).sort();
  assert(files.length > 0, 'no test was found');
  // Relay holds on to what a screen asked for with a timer of five minutes, which no test waits for.
  const options = ['--test', '--test-force-exit', '--test-reporter=spec'];
  const tests = spawn(process.execPath, [...options, ...files.map((file) => join(__dirname, file))], {
    stdio: 'inherit',
    env: { ...process.env, COBUILD_ADDRESS: address },
  });
  const [code] = await once(tests, 'exit');
  return code ?? 1;
}

async function stop(server: ChildProcess, ended: Promise<unknown[]>): Promise<boolean> {
  const late = setTimeout(() => server.kill('SIGKILL'), STOP_MILLISECONDS);
  server.kill('SIGTERM');
  const [code] = await ended;
  clearTimeout(late);
  return code === 0;
}

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cobuild-clients-'));
  // The oracle asks for whatever the schema has, at any price.
  const limits = { COBUILD_LIMIT_COST: '1000000000' };
  const settings = { PATH: process.env['PATH'], COBUILD_LISTEN: '127.0.0.1:0', COBUILD_LOG: 'warn', ...limits };
  const server = spawn(binary, { cwd: folder, env: settings, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  try {
    const code = await testAll(await Promise.race([addressOf(server), early(ended)]));
    if (await stop(server, ended)) return code;
    console.error('the server did not stop well');
    return 1;
  } finally {
    server.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error);
  process.exit(1);
});
