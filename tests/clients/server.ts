// The server that the tests ask, and a look at what went over the wire.

import assert from 'node:assert/strict';

assert(process.env['COBUILD_ADDRESS'], 'COBUILD_ADDRESS names the server; run.ts starts one');

export const address = process.env['COBUILD_ADDRESS'];
export const endpoint = `${address}/graphql`;

/** A community of the demo district with more needs than fit a page. */
export const COMMUNITY = '510603001001';

/** Accounts of the demo district: one for a unit, one for a community. */
export const LIAISON = { username: 'liaison', password: 'cobuild-demo' };
export const STAFF = { username: 'clerk', password: 'cobuild-demo' };


/** A token for somebody. */
export async function signIn(input: { username: string; password: string }): Promise<string> {
  const query = 'mutation SignIn($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code } } }';
  const body = JSON.stringify({ query, variables: { input } });
  const answer = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const token = (await answer.json())?.data?.signIn?.session?.accessToken;
  assert(typeof token === 'string', `${input.username} cannot sign in`);
  return token;
}

/** A request as a client sent it. */
export interface Sent {
  method: string;
  url: URL;
  body: { query?: string; operationName?: string; variables?: Record<string, unknown>; extensions?: unknown };
  status: number;
}

/** A `fetch` that keeps what it sends. */
export function recorder(): { fetch: typeof fetch; sent: Sent[] } {
  const sent: Sent[] = [];
  const recorded = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, init);
    const url = new URL(input instanceof Request ? input.url : input);
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : {};
    sent.push({ method: init?.method ?? 'GET', url, body, status: response.status });
    return response;
  };
  return { fetch: recorded, sent };
}
