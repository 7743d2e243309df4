// Requests that hold: documents over the schema, with the values of their variables.

import {
  type GraphQLField, type GraphQLInputType, type GraphQLNamedType, type GraphQLSchema, getNamedType, isCompositeType, isEnumType, isInputObjectType, isInterfaceType, isListType, isNonNullType, isObjectType,
  parseValue, valueFromASTUntyped,
} from 'graphql16';
import type { Dice } from './dice';

/** What a client sends. */
export interface Sent {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

const DEEPEST = 4;
const WORDS = ['', 'a', '面包', 'two words', '\u{1f600}', 'line\nline', '"quoted"\\', '510603'];
// Those that open a session stand alone in their document; every other one tells a stranger to sign in first.
const LEFT_OUT = new Set(['signIn', 'refreshSession']);

/** Writes one document. */
export class Generator {
  readonly #fragments: string[] = [];
  readonly #definitions: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  #count = 0;

  constructor(private readonly schema: GraphQLSchema, private readonly dice: Dice) {}

  request(): Sent {
    const isMutation = this.dice.happens(0.25);
    const root = isMutation ? this.schema.getMutationType()! : this.schema.getQueryType()!;
    const selection = this.#set(root, isMutation ? 2 : 0, isMutation);
    const operationName = this.dice.happens(0.5) ? 'Asked' : undefined;
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(' ')})` : '';
    const isShort = !isMutation && !operationName && definitions === '' && this.dice.happens(0.7);
    const head = isShort ? '' : `${isMutation ? 'mutation' : 'query'} ${operationName ?? ''}${definitions} `;
    const query = [`${head}${selection}`, ...this.#fragments].join('\n');
    const named = operationName && this.dice.happens(0.5) ? { operationName } : {};
    return { query, variables: this.#variables, ...named };
  }

  #set(type: GraphQLNamedType, depth: number, isMutation = false): string {
    return `{ ${this.#selections(type, depth, isMutation).join(' ')} }`;
  }

  #selections(type: GraphQLNamedType, depth: number, isMutation: boolean): string[] {
    const { dice } = this;
    if (!isObjectType(type) && !isInterfaceType(type)) return ['__typename'];
    const fields = Object.values(type.getFields()).filter((field) => !LEFT_OUT.has(field.name)
      && (depth < DEEPEST || !isCompositeType(getNamedType(field.type))));
    const chosen = dice.some(fields, 1 + dice.below(3)).map((field) => this.#field(field, depth));
    if (chosen.length === 0 || dice.happens(0.1)) chosen.push('__typename');
    if (depth === 0 && !isMutation && dice.happens(0.08)) chosen.push('__type(name: "Unit") { kind fields { name args { name } } }');
    if (depth < DEEPEST && dice.happens(0.2)) chosen.push(this.#fragment(type, depth + 1));
    return chosen;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const args = this.#arguments(field);
    const alias = args !== '' || this.dice.happens(0.1) ? `${this.#name('as')}: ` : '';
    const below = getNamedType(field.type);
    const selection = isCompositeType(below) ? ` ${this.#set(below, depth + 1)}` : '';
    return `${alias}${field.name}${args}${this.#directives()}${selection}`;
  }

  #arguments(field: GraphQLField<unknown, unknown>): string {
    const given: string[] = [];
    for (const argument of field.args) {
      const isPage = ['first', 'last', 'after', 'before'].includes(argument.name);
      const isNeeded = isNonNullType(argument.type) && argument.defaultValue === undefined;
      if (isPage ? argument.name !== 'first' : !isNeeded && this.dice.happens(0.6)) continue;
      const value = isPage ? String(this.dice.below(3)) : this.#value(argument.type, 0);
      given.push(`${argument.name}: ${value}`);
    }
    return given.length > 0 ? `(${given.join(this.dice.one([', ', ' ']))})` : '';
  }

  #directives(): string {
    if (!this.dice.happens(0.08)) return '';
    const directive = this.dice.one(['skip', 'include']);
    const condition = this.schema.getDirective(directive)!.args[0]!.type;
    return ` @${directive}(if: ${this.#value(condition, 0)})`;
  }

  #fragment(type: GraphQLNamedType, depth: number): string {
    const others = isInterfaceType(type) ? this.schema.getPossibleTypes(type) : isObjectType(type) ? type.getInterfaces() : [];
    const on = this.dice.one([type, ...others]);
    const selection = this.#set(on, depth);
    if (this.dice.happens(0.5)) return `...${this.dice.happens(0.7) || on !== type ? ` on ${on.name}` : ''}${this.#directives()} ${selection}`;
    const fragment = this.#name('Part');
    this.#fragments.push(`fragment ${fragment} on ${on.name} ${selection}`);
    return `...${fragment}${this.#directives()}`;
  }

  /** A value as it is written, which may be a variable. */
  #value(type: GraphQLInputType, depth: number, isOnlyOne = false): string {
    return this.dice.happens(0.25) ? this.#variable(type, depth, isOnlyOne) : this.#literal(type, depth);
  }

  #variable(type: GraphQLInputType, depth: number, isOnlyOne: boolean): string {
    const { dice } = this;
    const variable = this.#name('v');
    const isNeeded = isNonNullType(type) || isOnlyOne;
    const bare = String(isNonNullType(type) ? type.ofType : type);
    const value = () => valueFromASTUntyped(parseValue(this.#constant(type, depth)));
    const hasDefault = !isOnlyOne && dice.happens(0.2);
    const mark = isNeeded && !hasDefault || dice.happens(0.2) ? '!' : '';
    const preset = hasDefault ? ` = ${this.#constant(type, depth, true)}` : '';
    this.#definitions.push(`$${variable}: ${bare}${mark}${preset}`);
    if (mark !== '' && !hasDefault || dice.happens(0.6)) {
      const given = value();
      if (given !== null || !isNeeded && mark === '') this.#variables[variable] = given;
      else if (!hasDefault) this.#variables[variable] = valueFromASTUntyped(parseValue(this.#constant(type, depth, true)));
    }
    return `$${variable}`;
  }

  /** A literal without variables. */
  #constant(type: GraphQLInputType, depth: number, isSome = false): string {
    const bare = isSome && isNonNullType(type) ? type.ofType : type;
    const written = this.#literal(bare, depth, true);
    return isSome && written === 'null' ? this.#constant(type, depth, true) : written;
  }

  #literal(type: GraphQLInputType, depth: number, isConstant = false): string {
    const { dice } = this;
    const inner = (of: GraphQLInputType, isOnlyOne = false) =>
      isConstant ? this.#literal(of, depth + 1, true) : this.#value(of, depth + 1, isOnlyOne);
    if (isNonNullType(type)) return this.#literal(type.ofType, depth, isConstant).replace(/^null$/, () => this.#some(type.ofType, depth, isConstant));
    if (dice.happens(0.06)) return 'null';
    if (isListType(type)) {
      if (dice.happens(0.15)) return this.#some(type.ofType, depth, isConstant);
      return `[${Array.from({ length: depth > 3 ? 0 : dice.below(3) }, () => inner(type.ofType)).join(', ')}]`;
    }
    if (isEnumType(type)) return dice.one(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      if (type.isOneOf) {
        const field = dice.one(fields);
        return `{ ${field.name}: ${isConstant ? this.#some(field.type, depth + 1, true) : dice.happens(0.3) ? this.#variable(field.type, depth + 1, true) : this.#some(field.type, depth + 1, false)} }`;
      }
      const needed = fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
      const more = depth > 2 ? [] : dice.some(fields, dice.below(3)).filter((field) => !needed.includes(field));
      return `{ ${[...needed, ...more].map((field) => `${field.name}: ${inner(field.type)}`).join(', ')} }`;
    }
    return this.#scalar(type.name);
  }

  /** A literal that is not null. */
  #some(type: GraphQLInputType, depth: number, isConstant: boolean): string {
    for (;;) {
      const written = this.#literal(type, depth, isConstant);
      if (written !== 'null') return written;
    }
  }

  #scalar(type: string): string {
    const { dice } = this;
    switch (type) {
      case 'Int': return dice.one(['0', '1', '-1', '2147483647', '-2147483648', '-0']);
      case 'Float': return dice.one(['0', '1', '30.5', '1.5e1', '12E0', '-0.0', '1e-3']);
      case 'Boolean': return dice.one(['true', 'false']);
      case 'ID': return dice.one(['"AQ"', '"x"', '7', '""', '12345678901234567890']);
      case 'DateTime': return dice.one(['"2026-03-01T08:30:00+08:00"', '"2026-03-01T00:30:00Z"', '"2026-03-01T00:30:00.123Z"']);
      case 'Date': return dice.one(['"2026-03-01"', '"2024-02-29"']);
      case 'Long': return dice.one(['0', '9007199254740992']);
      default: return this.#text();
    }
  }

  #text(): string {
    const { dice } = this;
    return dice.happens(0.15) ? dice.one(['""""""', '"""\n  block\n    text\n"""', '"""a \\""" b"""']) : JSON.stringify(dice.one(WORDS));
  }

  #name(start: string): string {
    this.#count += 1;
    return `${start}${this.#count}`;
  }
}
