// urql: its document cache, and its normalised cache with the server's own schema.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type OperationResult, cacheExchange, fetchExchange } from '@urql/core';
import { type Cache, cacheExchange as graphcache, type CacheExchangeOpts } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { getIntrospectionQuery } from 'graphql';
import { AgainDocument, CountDocument, NeedsPageDocument, type NeedsPageQuery, OwnersDocument } from './generated/documents';
import { COMMUNITY, endpoint, recorder } from './server';

test('the document cache answers the same question once', async () => {
  const { fetch, sent } = recorder();
  const client = new Client({ url: endpoint, fetch, preferGetMethod: false, exchanges: [cacheExchange, fetchExchange] });
  const first = await client.query(CountDocument, { name: '医院' });
  const second = await client.query(CountDocument, { name: '医院' });
  const other = await client.query(CountDocument, {});
  assert(first.data && other.data && first.data.units.totalCount < other.data.units.totalCount);
  assert.deepEqual(second.data, first.data);
  assert.equal(sent.length, 2);
});

test('a question by GET is answered as one by POST', async () => {
  const { fetch, sent } = recorder();
  const client = new Client({ url: endpoint, fetch, preferGetMethod: 'force', exchanges: [fetchExchange] });
  const answer = await client.query(CountDocument, { name: '医院' });
  assert.equal(answer.error, undefined);
  assert(answer.data && answer.data.units.totalCount > 0);
  assert.equal(sent[0]?.method, 'GET');
});

test('an error arrives as one, with its code', async () => {
  const client = new Client({ url: endpoint, preferGetMethod: false, exchanges: [fetchExchange] });
  const answer = await client.query(NeedsPageDocument, { after: 'nonsense' });
  assert.deepEqual(answer.error?.graphQLErrors.map(({ extensions }) => extensions['code']), ['BAD_CURSOR']);
});

/** A client with the normalised cache, which asks the server for its schema. */
async function normalised() {
  const { fetch, sent } = recorder();
  const plain = new Client({ url: endpoint, preferGetMethod: false, exchanges: [fetchExchange] });
  const introspection = await plain.query(getIntrospectionQuery({ descriptions: false }), {});
  assert.equal(introspection.error, undefined);
  const complaints: string[] = [];
  const schema = introspection.data as NonNullable<CacheExchangeOpts['schema']>;
  const cache = graphcache({
    schema,
    resolvers: { Query: { needs: relayPagination(), node: (_, { id }, cache) => met(id, cache) } },
    logger: (severity, message) => severity === 'debug' || complaints.push(message),
  });
  const client = new Client({ url: endpoint, fetch, preferGetMethod: false, exchanges: [cache, fetchExchange] });
  return { client, sent, complaints };
}

/** A party that the cache knows, by its id alone. */
function met(id: unknown, cache: Cache): { __typename: string; id: string } | undefined {
  const parties = ['Community', 'Unit'].map((kind) => ({ __typename: kind, id: String(id) }));
  return parties.find((party) => cache.resolve(party, 'name'));
}

test('the normalised cache pages through a list without a gap or a double', async () => {
  const { client, sent, complaints } = await normalised();
  const filter = { owner: { community: { code: { eq: COMMUNITY } } } };
  let after: string | null = null;
  let list: NeedsPageQuery['needs'] | undefined;
  do {
    const answer: OperationResult<NeedsPageQuery> = await client.query(NeedsPageDocument, { filter, first: 7, after });
    assert.equal(answer.error, undefined);
    list = answer.data?.needs;
    after = list?.pageInfo.endCursor ?? null;
  } while (list?.pageInfo.hasNextPage);
  assert(list && list.totalCount > 14);
  assert.equal(list.edges.length, list.totalCount);
  assert.equal(new Set(list.edges.map(({ node }) => node.id)).size, list.totalCount);
  assert.equal(sent.length, Math.ceil(list.totalCount / 7));
  assert.deepEqual(complaints, []);
});

test('what a list brought is found by its id without asking again', async () => {
  const { client, sent } = await normalised();
  const list = await client.query(OwnersDocument, { first: 5 });
  const { id, name, version } = list.data?.listItems.nodes[0]?.owner ?? {};
  assert(id && name);
  const again = await client.query(AgainDocument, { id });
  assert.equal(again.error, undefined);
  assert.deepEqual(JSON.parse(JSON.stringify(again.data)).node, { id, name, version });
  assert.equal(sent.length, 1);
});
