// What graphql-js says of a request: the reason to refuse it, or none.

import * as graphql16 from 'graphql16';
import * as graphql17 from 'graphql17';
import type { Sent } from './generate';

export type Judge = (sent: Sent) => string | undefined;

const MOMENT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** What a scalar of ours takes, which graphql-js cannot know. */
const OURS: Record<string, (value: unknown) => boolean> = {
  DateTime: (value) => typeof value === 'string' && MOMENT.test(value),
  Date: (value) => typeof value === 'string' && DAY.test(value),
  Long: (value) => Number.isSafeInteger(value),
};

function taken(name: string, value: unknown): unknown {
  if (OURS[name]?.(value)) return value;
  throw new TypeError(`${name} cannot be ${JSON.stringify(value)}`);
}

export function judge16(text: string): Judge {
  const schema = graphql16.buildSchema(text);
  for (const name of Object.keys(OURS)) {
    const scalar = schema.getType(name) as graphql16.GraphQLScalarType;
    scalar.parseValue = (value) => taken(name, value);
    scalar.parseLiteral = (node) => taken(name, graphql16.valueFromASTUntyped(node));
  }
  return ({ query, variables, operationName }) => {
    try {
      const document = graphql16.parse(query);
      const fault = graphql16.validate(schema, document)[0];
      if (fault) return fault.message;
      const operation = graphql16.getOperationAST(document, operationName);
      if (!operation) return 'which operation?';
      if (!schema.getRootType(operation.operation)) return `no ${operation.operation}`;
      const given = graphql16.getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
      return given.errors?.[0]?.message;
    } catch (error) {
      return String(error);
    }
  };
}

export function judge17(text: string): Judge {
  const schema = graphql17.buildSchema(text);
  for (const name of Object.keys(OURS)) {
    const scalar = schema.getType(name) as graphql17.GraphQLScalarType;
    scalar.coerceInputValue = (value) => taken(name, value);
    scalar.coerceInputLiteral = (node) => taken(name, graphql17.valueFromASTUntyped(node as graphql17.ValueNode));
  }
  return ({ query, variables, operationName }) => {
    try {
      const document = graphql17.parse(query);
      const fault = graphql17.validate(schema, document)[0];
      if (fault) return fault.message;
      const operation = graphql17.getOperationAST(document, operationName);
      if (!operation) return 'which operation?';
      if (!schema.getRootType(operation.operation)) return `no ${operation.operation}`;
      const given = graphql17.getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
      return given.errors?.[0]?.message;
    } catch (error) {
      return String(error);
    }
  };
}
