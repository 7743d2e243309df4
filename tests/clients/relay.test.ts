// Relay: its compiler takes the schema, and React components on its runtime page through a list and refetch by node.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Suspense, createElement } from 'react';
import { RelayEnvironmentProvider, useLazyLoadQuery, usePaginationFragment, useRefetchableFragment } from 'react-relay';
import { type ReactTestRenderer, act, create } from 'react-test-renderer';
import { type Environment, commitLocalUpdate } from 'relay-runtime';
import type { documentsHeaderQuery } from './generated/relay/documentsHeaderQuery.graphql';
import type { documentsNeedsQuery } from './generated/relay/documentsNeedsQuery.graphql';
import screen, { type documentsScreenQuery } from './generated/relay/documentsScreenQuery.graphql';
import headerFragment, { type documents_header$key } from './generated/relay/documents_header.graphql';
import needsFragment, { type documents_needs$key } from './generated/relay/documents_needs.graphql';
import { environment } from './relay/environment';
import { COMMUNITY } from './server';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const PAGE = 7;

/** What a person would see of a community, and what they could do. */
function useCommunity(key: documents_needs$key & documents_header$key) {
  const [header, refetch] = useRefetchableFragment<documentsHeaderQuery, documents_header$key>(headerFragment, key);
  const list = usePaginationFragment<documentsNeedsQuery, documents_needs$key>(needsFragment, key);
  return { header, refetch, list };
}

type Seen = ReturnType<typeof useCommunity>;

/** Shows the community's screen, and answers with what is on it now. */
async function show(context: TestContext, relay: Environment): Promise<() => Seen> {
  let seen: Seen | undefined;
  function Community({ community }: { community: documents_needs$key & documents_header$key }) {
    seen = useCommunity(community);
    return null;
  }
  function Screen() {
    const { community } = useLazyLoadQuery<documentsScreenQuery>(screen, { code: COMMUNITY, first: PAGE });
    assert(community);
    return createElement(Community, { community });
  }
  const waiting = createElement(Suspense, { fallback: null }, createElement(Screen));
  const root = createElement(RelayEnvironmentProvider, { environment: relay, children: waiting });
  let rendered: ReactTestRenderer | undefined;
  await act(async () => void (rendered = create(root)));
  context.after(() => act(async () => rendered?.unmount()));
  await settled(() => seen !== undefined);
  return () => {
    assert(seen);
    return seen;
  };
}

/** Lets React and the network run until something holds. */
async function settled(holds: () => boolean): Promise<void> {
  const late = Date.now() + 10_000;
  while (!holds()) {
    assert(Date.now() < late, 'it never settles');
    await act(async () => new Promise((resolve) => setTimeout(resolve, 5)));
  }
}

test('a paging container reads a list to its end without a gap or a double', async (context) => {
  const { relay, sent } = environment();
  const now = await show(context, relay);
  const total = now().list.data.needs.totalCount;
  assert(total > 2 * PAGE, 'there are several pages');
  assert.equal(now().list.data.needs.edges.length, PAGE);
  while (now().list.hasNext) {
    const before = now().list.data.needs.edges.length;
    await act(async () => void now().list.loadNext(PAGE));
    await settled(() => !now().list.isLoadingNext && now().list.data.needs.edges.length > before);
  }
  const nodes = now().list.data.needs.edges.map(({ node }) => node);
  assert.equal(new Set(nodes.map(({ id }) => id)).size, total);
  assert(nodes.every(({ owner }) => owner.name === now().header.name));
  // Every page but the first is asked for by the community's id.
  const pages = sent.slice(1).map(({ body }) => [body.operationName, body.variables?.['id']]);
  assert.deepEqual(pages, Array(Math.ceil(total / PAGE) - 1).fill(['documentsNeedsQuery', now().header.id]));
});

test('a thing is refetched by its id, and all that shows it is mended', async (context) => {
  const { relay, sent } = environment();
  const now = await show(context, relay);
  const { id, name } = now().header;
  await act(async () => commitLocalUpdate(relay, (store) => store.get(id)?.setValue('an old name', 'name')));
  assert.equal(now().header.name, 'an old name');
  assert.equal(now().list.data.needs.edges[0]?.node.owner.name, 'an old name');
  await act(async () => void now().refetch({}, { fetchPolicy: 'network-only' }));
  await settled(() => now().header.name === name);
  assert.equal(now().list.data.needs.edges[0]?.node.owner.name, name);
  assert.deepEqual(sent.slice(1).map(({ body }) => [body.operationName, body.variables]), [['documentsHeaderQuery', { id }]]);
});
