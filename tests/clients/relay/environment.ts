// Relay's environment over the server.

import { Environment, Network, RecordSource, Store } from 'relay-runtime';
import { endpoint, recorder } from '../server';

/** A store of its own over the server, for whoever bears this token, and what it sends. */
export function environment(token?: string) {
  const { fetch, sent } = recorder();
  const network = Network.create(async ({ name, text }, variables) => {
    const body = JSON.stringify({ operationName: name, query: text, variables });
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...bearer };
    return (await fetch(endpoint, { method: 'POST', headers, body })).json();
  });
  return { relay: new Environment({ network, store: new Store(new RecordSource()) }), sent };
}
