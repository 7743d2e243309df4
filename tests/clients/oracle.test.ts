// The reference implementation, in two versions, as an oracle: of generated requests, valid and spoiled, the server takes those that it takes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { buildSchema } from 'graphql16';
import { Dice } from './oracle/dice';
import { type Sent, Generator } from './oracle/generate';
import { judge16, judge17 } from './oracle/judge';
import { WAYS } from './oracle/spoil';
import { endpoint } from './server';

const SEED = Number(process.env['ORACLE_SEED'] ?? 20250901);
const COUNT = Number(process.env['ORACLE_COUNT'] ?? 500);
const AT_ONCE = 8;

/** Where ours is another on purpose, and why. */
const ON_PURPOSE: { why: string; is: (sent: Sent, ours: string | undefined) => boolean }[] = [
  { why: 'a number that no double can hold is refused, where graphql-js makes an infinity of it', is: ({ query }) => query.includes('1e400') },
  { why: 'a null for what has a default but may not be null is told before anything runs, not when it is met', is: (_, ours) => ours?.endsWith('it cannot be null there') ?? false },
  { why: 'a page that cannot be is told before a mutation runs', is: ({ query }, ours) => query.startsWith('mutation') && /(: (first|last) is |orderBy DISTANCE)/.test(ours ?? '') },
  { why: 'a page of less than nothing is told before anything runs', is: (_, ours) => ours?.endsWith('it cannot be negative') ?? false },
];

interface Case { way: string; sent: Sent; expected: Record<string, string | undefined> }

/** The server's reason to refuse a request before it runs; none where it ran. */
async function refusal(sent: Sent): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(sent) });
  const answer = await response.json();
  if ('data' in answer) return undefined;
  return `${answer.errors[0].extensions?.code}: ${answer.errors[0].message}`;
}

test('the server takes what graphql-js takes, and nothing else', async () => {
  const text = await readFile('../../schema.graphql', 'utf8');
  const schema = buildSchema(text);
  const judges = { 16: judge16(text), 17: judge17(text) };
  const dice = new Dice(SEED);
  const ways = Object.keys(WAYS);
  const cases = Array.from({ length: COUNT }, (_, place): Case => {
    const way = place % 3 === 0 ? 'none' : ways[Math.floor(place * 2 / 3) % ways.length]!;
    const sound = new Generator(schema, dice).request();
    const sent = way === 'none' ? sound : WAYS[way]!(sound, dice);
    return { way, sent, expected: { 16: judges[16](sent), 17: judges[17](sent) } };
  });
  const counts = { taken: 0, refused: 0 };
  const faults: string[] = [];
  const queue = [...cases];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const found = await refusal(next.sent);
      const { 16: in16, 17: in17 } = next.expected;
      counts[found === undefined ? 'taken' : 'refused'] += 1;
      if ((!found !== !in16 || !found !== !in17) && !ON_PURPOSE.some(({ is }) => is(next.sent, found))) {
        faults.push(`[${next.way}] ours: ${found ?? 'takes it'} | 16: ${in16 ?? 'takes it'} | 17: ${in17 ?? 'takes it'}\n  ${JSON.stringify(next.sent)}`);
      }
    }
  }));
  const sound = cases.filter(({ expected }) => !expected[16] && !expected[17]).length;
  console.log(`oracle: ${cases.length} requests, ${sound} valid, ${ways.length} ways to spoil; ${counts.taken} taken, ${counts.refused} refused; ${faults.length} differ`);
  assert.equal(faults.length, 0, `\n${faults.join('\n')}`);
});
