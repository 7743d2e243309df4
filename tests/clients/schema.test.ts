// What the server says of its schema is what is committed, in the words of the reference implementation.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import * as graphql16 from 'graphql16';
import * as graphql17 from 'graphql17';
import { endpoint } from './server';

const ALL = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true };

async function ask(query: string, variables: Record<string, unknown> = {}): Promise<any> {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const answer = await response.json();
  assert.equal(answer.errors, undefined);
  return answer.data;
}

const committed = readFile('../../schema.graphql', 'utf8');

test('graphql-js 16 reads the same schema from the server as from the file', async () => {
  const { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } = graphql16;
  const told = buildClientSchema(await ask(getIntrospectionQuery(ALL)));
  assert.equal(printSchema(lexicographicSortSchema(told)), printSchema(lexicographicSortSchema(buildSchema(await committed))));
});

test('graphql-js 17 reads the same schema from the server as from the file', async () => {
  const { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } = graphql17;
  const told = buildClientSchema(await ask(getIntrospectionQuery(ALL)));
  assert.equal(printSchema(lexicographicSortSchema(told)), printSchema(lexicographicSortSchema(buildSchema(await committed))));
});

test('every type of ours is told as graphql-js tells it', async () => {
  const { buildSchema, getIntrospectionQuery, introspectionFromSchema } = graphql16;
  const ours = (await ask(getIntrospectionQuery(ALL))).__schema;
  const truth = introspectionFromSchema(buildSchema(await committed), ALL).__schema;
  const named = (types: readonly { name: string }[], name: string) => types.find((type) => type.name === name);
  const standard = new Set(['Boolean', 'Float', 'ID', 'Int', 'String']);
  for (const { name } of truth.types) {
    if (standard.has(name) || name.startsWith('__')) continue;
    assert.deepEqual(sorted(named(ours.types, name)), sorted(named(truth.types, name)), name);
  }
  assert.deepEqual(ours.types.map((type: { name: string }) => type.name).sort(), truth.types.map((type) => type.name).sort());
});

/** Without the order of lists, which says nothing here. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, field]) => [name, sorted(field)]));
}

test('a type is asked for in parts, under other names, through fragments and variables', async () => {
  const query = `query($name: String!, $no: Boolean = false) {
    item: __type(name: $name) { ...Kind interfaces { name } name @include(if: $no) }
    item: __type(name: $name) { possibleTypes { n: name __typename } }
    none: __type(name: "Nobody") { name }
    enums: __type(name: "OrderDirection") { enumValues { name isDeprecated } }
    ... on Query { __schema { queryType { name } subscriptionType { name } } }
  } fragment Kind on __Type { kind isOneOf }`;
  assert.deepEqual(await ask(query, { name: 'ListItem' }), {
    item: {
      kind: 'INTERFACE', isOneOf: null, interfaces: [{ name: 'Node' }],
      possibleTypes: ['Need', 'Resource', 'Service'].map((n) => ({ n, __typename: '__Type' })),
    },
    none: null,
    enums: { enumValues: ['ASC', 'DESC'].map((name) => ({ name, isDeprecated: false })) },
    __schema: { queryType: { name: 'Query' }, subscriptionType: null },
  });
});
