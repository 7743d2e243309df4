// Apollo Client: a normalised cache across interface types, Relay paging, and errors.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import {
  AgainDocument,
  CountDocument,
  NamedFragmentDoc,
  NeedsPageDocument,
  OwnersDocument,
  ProposeDocument,
} from './generated/documents';
import generated from './generated/possible-types';
import { COMMUNITY, endpoint, recorder } from './server';

function client(...links: ApolloLink[]) {
  const { fetch, sent } = recorder();
  const cache = new InMemoryCache({
    possibleTypes: generated.possibleTypes,
    typePolicies: { Query: { fields: { needs: relayStylePagination(['filter', 'orderBy']) } } },
  });
  const link = ApolloLink.from([...links, new HttpLink({ uri: endpoint, fetch })]);
  return { apollo: new ApolloClient({ cache, link }), cache, sent };
}

test('a party is one thing in the cache, by whatever interface it was met', async () => {
  const { apollo, cache } = client();
  const { data } = await apollo.query({ query: OwnersDocument, variables: { first: 50 } });
  assert(data);
  const owners = new Map(data.listItems.nodes.map(({ owner }) => [owner.id, owner]));
  const kept = Object.keys(cache.extract()).filter((key) => /^(Community|Unit):/.test(key));
  assert(owners.size > 1 && owners.size < data.listItems.nodes.length, 'some have listed several things');
  assert.deepEqual(kept.map((key) => key.split(':')[1]).sort(), [...owners.keys()].sort());
  assert(Object.keys(cache.extract()).some((key) => key.startsWith('Need:')));
  assert(Object.keys(cache.extract()).some((key) => key.startsWith('Resource:')));
});

test('what is read anew in one place is mended in all others', async () => {
  const { apollo, cache } = client();
  const list = apollo.watchQuery({ query: OwnersDocument, variables: { first: 5 } });
  const names = () => list.getCurrentResult().dataState === 'complete'
    ? list.getCurrentResult().data?.listItems?.nodes?.map((node) => node?.owner?.name) : undefined;
  const subscription = list.subscribe({});
  const { data } = await apollo.query({ query: OwnersDocument, variables: { first: 5 } });
  const owner = data?.listItems.nodes[0]?.owner;
  assert(owner && names()?.[0] === owner.name);
  const id = cache.identify(owner);
  assert(id);
  cache.modify({ id, fields: { name: () => 'an old name' } });
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(names()?.[0], 'an old name');
  const again = await apollo.query({ query: AgainDocument, variables: { id: owner.id }, fetchPolicy: 'network-only' });
  assert.equal(again.data?.node?.id, owner.id);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(names()?.[0], owner.name);
  // A fragment on the interface is read of the object that stands behind it.
  const named = cache.readFragment({ id, fragment: NamedFragmentDoc });
  assert.deepEqual([named?.id, named?.name], [owner.id, owner.name]);
  subscription.unsubscribe();
});

test('fetchMore pages through a list without a gap or a double', async () => {
  const { apollo, sent } = client();
  const filter = { owner: { community: { code: { eq: COMMUNITY } } } };
  const list = apollo.watchQuery({ query: NeedsPageDocument, variables: { filter, first: 7 } });
  const subscription = list.subscribe({});
  let page = (await list.fetchMore({ variables: {} })).data?.needs;
  assert(page && page.totalCount > 14, 'there are several pages');
  while (page?.pageInfo?.hasNextPage) {
    page = (await list.fetchMore({ variables: { after: page.pageInfo.endCursor } })).data?.needs;
  }
  const merged = apollo.readQuery({ query: NeedsPageDocument, variables: { filter, first: 7 } })?.needs;
  assert(merged);
  assert.equal(merged.edges.length, merged.totalCount);
  assert.equal(new Set(merged.edges.map(({ node }) => node.id)).size, merged.totalCount);
  assert.equal(merged.pageInfo.hasNextPage, false);
  assert(sent.length >= Math.ceil(merged.totalCount / 7));
  subscription.unsubscribe();
});

test('a query is registered once, and asked for by its hash from then on', async () => {
  const sha256 = (query: string) => createHash('sha256').update(query).digest('hex');
  const { apollo, sent } = client(new PersistedQueryLink({ sha256, useGETForHashedQueries: true }));
  const all = await apollo.query({ query: CountDocument });
  const hospitals = await apollo.query({ query: CountDocument, variables: { name: '医院' } });
  assert(all.data && hospitals.data && hospitals.data.units.totalCount < all.data.units.totalCount);
  const asked = sent.map(({ method, url, body }) => [method, url.searchParams.has('extensions'), body.query !== undefined]);
  assert.deepEqual(asked, [['GET', true, false], ['POST', false, true], ['GET', true, false]]);
});

test('a mutation that is refused says why, as data, and changes nothing', async () => {
  const { apollo, cache } = client();
  const { data } = await apollo.query({ query: NeedsPageDocument, variables: { first: 1 } });
  const before = cache.extract();
  const itemId = data?.needs.edges[0]?.node.id;
  assert(itemId);
  const answer = await apollo.mutate({ mutation: ProposeDocument, variables: { input: { itemId } } });
  assert.equal(answer.error, undefined);
  assert.deepEqual(answer.data?.proposeClaim?.userErrors.map(({ code }) => code), ['UNAUTHENTICATED']);
  assert.equal(answer.data.proposeClaim.claim, null);
  const { ROOT_MUTATION: _, ...after } = cache.extract() as Record<string, unknown>;
  assert.deepEqual(after, before);
});

test('an error arrives as one, with its code, whatever its status', async () => {
  const { apollo, sent } = client();
  const bad = apollo.query({ query: NeedsPageDocument, variables: { first: 1, after: 'nonsense' } });
  await assert.rejects(bad, (error) => {
    assert(CombinedGraphQLErrors.is(error));
    assert.deepEqual(error.errors.map(({ extensions }) => extensions?.['code']), ['BAD_CURSOR']);
    return true;
  });
  const large = apollo.query({ query: NeedsPageDocument, variables: { filter: deep(30) } });
  await assert.rejects(large, (error) => {
    assert(CombinedGraphQLErrors.is(error));
    assert.deepEqual(error.errors.map(({ extensions }) => extensions?.['code']), ['LIMIT_EXCEEDED']);
    return true;
  });
  assert.deepEqual(sent.map(({ status }) => status), [200, 400]);
});

/** A filter within a filter, this deep. */
function deep(levels: number): object {
  return levels === 0 ? {} : { not: deep(levels - 1) };
}
