// Writes the TypeScript types of the documents, and which types stand behind each interface, from the committed schema.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { codegen } from '@graphql-codegen/core';
import * as possibleTypes from '@graphql-codegen/fragment-matcher';
import * as documents from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';

// A scalar that is not listed here ends the generation, so that none becomes `any` unseen.
const config = {
  strictScalars: true,
  scalars: { ID: 'string', Date: 'string', DateTime: 'string', Long: 'number' },
  useTypeImports: true,
};

async function write(file, plugins, documents) {
  const text = await codegen({
    filename: file,
    schema: parse(schema),
    schemaAst: buildSchema(schema),
    documents,
    config,
    plugins: Object.keys(plugins).map((name) => ({ [name]: {} })),
    pluginMap: plugins,
  });
  await writeFile(file, text);
}

const schema = await readFile('../../schema.graphql', 'utf8');
const asked = await readFile('documents.graphql', 'utf8');
await mkdir('generated', { recursive: true });
await write('generated/documents.ts', { operations, documents }, [{ location: 'documents.graphql', document: parse(asked) }]);
await write('generated/possible-types.ts', { possibleTypes }, []);
