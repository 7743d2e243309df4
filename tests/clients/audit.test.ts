// GraphQL over HTTP, as the working group's own audit has it, and GraphiQL beside it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { address, endpoint } from './server';

const audits = serverAudits({ url: endpoint });

test('the audit has 61 questions', () => {
  assert.equal(audits.length, 61);
});

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', 'reason' in result ? result.reason : result.status);
  });
}

test('GraphiQL is served beside it', async () => {
  const page = await fetch(`${address}/graphiql`, { headers: { accept: 'text/html' } });
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(await page.text(), /GraphiQL/);
});
