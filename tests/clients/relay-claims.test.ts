// Relay: what a mutation answers mends the store, whether it was done or refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Environment,
  type MutationParameters,
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getRequest,
} from 'relay-runtime';
import accept, { type documentsAcceptMutation } from './generated/relay/documentsAcceptMutation.graphql';
import item, { type documentsItemQuery } from './generated/relay/documentsItemQuery.graphql';
import propose, { type documentsProposeMutation } from './generated/relay/documentsProposeMutation.graphql';
import { environment } from './relay/environment';
import { LIAISON, STAFF, signIn } from './server';

/** Of which there is more than one, that anybody may claim, and that its owner has to accept. */
const CLAIMABLE = {
  status: { eq: 'PUBLISHED' },
  openToAll: true,
  autoAccept: false,
  quantity: { gte: 2 },
  hasRemaining: true,
  claims: { none: {} },
} as const;

const read = (relay: Environment, filter: documentsItemQuery['variables']['filter']) =>
  fetchQuery<documentsItemQuery>(relay, item, { filter }).toPromise();

function commit<M extends MutationParameters>(relay: Environment, mutation: typeof propose, input: M['variables']['input']) {
  return new Promise<M['response']>((resolve, reject) => {
    const onCompleted = (answer: M['response'], errors: readonly unknown[] | null | undefined) =>
      errors ? reject(new AggregateError(errors)) : resolve(answer);
    commitMutation<M>(relay, { mutation, variables: { input }, onCompleted, onError: reject });
  });
}

/** What the store says is left of the item, by the query that first read it; watched, so that it is not dropped. */
function remaining(relay: Environment, filter: documentsItemQuery['variables']['filter']) {
  const operation = createOperationDescriptor(getRequest(item), { filter });
  relay.retain(operation);
  return () => (relay.lookup(operation.fragment).data as documentsItemQuery['response'] | undefined)?.needs.nodes[0]?.remaining;
}

test('a mutation that is refused says why, as data, and changes nothing', async () => {
  const { relay, sent } = environment();
  const filter = { status: { eq: 'PUBLISHED' }, quantity: { gte: 2 } } as const;
  const left = remaining(relay, filter);
  const need = (await read(relay, filter))?.needs.nodes[0];
  assert(need);
  const before = left();
  const { proposeClaim } = await commit<documentsProposeMutation>(relay, propose, { itemId: need.id, quantity: 1 });
  assert.deepEqual(proposeClaim?.userErrors.map(({ code }) => code), ['UNAUTHENTICATED']);
  assert.deepEqual([proposeClaim.claim, proposeClaim.event, proposeClaim.viewer], [null, null, null]);
  assert.deepEqual([left(), sent.length], [before, 2]);
});

test('a mutation that is done mends what the store shows', async () => {
  const filter = { ...CLAIMABLE, owner: { mine: true } };
  const staff = environment(await signIn(STAFF));
  const need = (await read(staff.relay, filter))?.needs.nodes[0];
  assert(need && typeof need.quantity === 'number');
  const { relay, sent } = environment(await signIn(LIAISON));
  const one = { id: { eq: need.id } };
  const left = remaining(relay, one);
  const party = (await read(relay, one))?.viewer?.parties.nodes[0];
  assert(party && left() === need.quantity);

  const input = { itemId: need.id, asPartyId: party.id, quantity: 1, idempotencyKey: crypto.randomUUID() };
  const { proposeClaim } = await commit<documentsProposeMutation>(relay, propose, input);
  assert.deepEqual(proposeClaim?.userErrors, []);
  assert.deepEqual(proposeClaim.event, { action: 'PROPOSE', to: 'PROPOSED' });
  // Nobody asked for the item again: the answer brought it.
  assert.deepEqual([left(), sent.length], [need.quantity - 1, 2]);

  // What is refused brings what stands in the way, as it is now.
  const greedy = await commit<documentsProposeMutation>(relay, propose, { ...input, quantity: 1_000_000, idempotencyKey: null });
  // There is a live claim of theirs already, and so many are not left: both are told.
  assert(greedy.proposeClaim?.userErrors.length === 2 && greedy.proposeClaim.claim === null);
  assert.equal(left(), need.quantity - 1);

  const claim = proposeClaim.claim?.id;
  assert(claim);
  const { acceptClaim } = await commit<documentsAcceptMutation>(staff.relay, accept, { id: claim });
  assert.deepEqual(acceptClaim?.userErrors, []);
  assert.equal(staff.relay.getStore().getSource().get(claim)?.['status'], 'ACCEPTED');
});
