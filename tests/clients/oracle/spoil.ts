// Ways to spoil a request. Not each of them always does: what comes out is judged, not assumed.

import { type Token, Lexer, Source, TokenKind } from 'graphql16';
import type { Dice } from './dice';
import type { Sent } from './generate';

type Way = (sent: Sent, dice: Dice) => Sent;

interface Piece { kind: string; start: number; end: number; text: string }

/** The tokens of a document; none where it is no more one. */
function pieces(query: string): Piece[] {
  const lexer = new Lexer(new Source(query));
  const found: Piece[] = [];
  try {
    for (let token: Token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      found.push({ kind: token.kind, start: token.start, end: token.end, text: query.slice(token.start, token.end) });
    }
  } catch {
    // What was found before it.
  }
  return found;
}

/** Puts a text in place of one of the pieces that are wanted. */
function replaced(sent: Sent, dice: Dice, wanted: (piece: Piece, place: number, all: Piece[]) => boolean, text: (piece: Piece) => string): Sent {
  const found = pieces(sent.query).filter(wanted);
  if (found.length === 0) return sent;
  const { start, end, ...piece } = dice.one(found);
  return { ...sent, query: `${sent.query.slice(0, start)}${text({ start, end, ...piece })}${sent.query.slice(end)}` };
}

const is = (...kinds: string[]) => (piece: Piece) => kinds.includes(piece.kind);
const isName = is(TokenKind.NAME);
/** A value after a colon or in a list. */
const isValue = (piece: Piece, place: number, all: Piece[]) =>
  [TokenKind.INT, TokenKind.FLOAT, TokenKind.STRING, TokenKind.BLOCK_STRING].includes(piece.kind as TokenKind)
  || isName(piece) && /^([A-Z_]+|true|false|null)$/.test(piece.text) && all[place - 1]?.kind === TokenKind.COLON;

const VALUES = [
  'null', 'true', '"text"', '""', '0', '1', '-1', '1.0', '1.5', '1e2', '2147483648', '-2147483649', '1e400', 'WORD', 'TITLE', '"TITLE"', '[]', '[1]', '[null]', '[[1]]', '{}',
  '{a: 1}', '"2026-13-01"', '"2026-03-01T25:00:00Z"', '"2026-03-01T08:30:00"', '$v1', '$nobody', '"""block"""', '9007199254740993', '-0', '"1"', '1E5',
];
const STRAYS = [
  '01', '1.', '.5', '1e', '-', '+1', '1a', '0x1', '1.e1', '1_000', '-01', '00', '1.0.0', '"', '"\\x"', '"\\u00"', '"\\u{}"', '"\\u{110000}"', '"\\u{1F600}"', '"\\u{00000000061}"',
  '"\\uD83D\\uDE00"', '"\\uD83D"', '"\\uDE00"', '"\\uD83D\\u0041"', '"\\u{D83D}"', '"\\u{d83d}\\u{de00}"', '"\\u0041"', '"\\u{41}"', '"\\uD83D\\u{DE00}"', '"a\nb"', '"\u0007"', '"\t"', '"""a""b"""',
  '"""a\\"b"""', '"""\\u{zz}"""', '"""', '"""unended""', '?', ';', '~', '\\', '%', '\u0007', '..', '....', '. . .', '&', '|', '=', '@', '$', '!', '\ufeff', '\u00a0', '\u2028', 'é', "'a'", '#c', '# "\n', ',', ',,,', ':',
];
const JSONS: unknown[] = [
  null, true, 'text', '', 0, 1, -1, 1.0, 1.5, 100, 2147483648, -2147483649, 1e300, -0, 'TITLE', [], [1], [null], [[1]], {}, { a: 1 }, '2026-03-01', '2026-13-01',
  '2026-03-01T08:30:00Z', 9007199254740993, '1', 'NOBODY',
];

/** Every place of a JSON value. */
function places(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  const below = value !== null && typeof value === 'object' ? Object.keys(value) : [];
  return [at, ...below.flatMap((key) => places((value as Record<string, unknown>)[key], [...at, key]))];
}

function changed(value: unknown, at: (string | number)[], change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = at;
  if (key === undefined) return change(value);
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as object) };
  const next = changed((value as Record<string, unknown>)[key], rest, change);
  if (next === undefined) delete (copy as Record<string, unknown>)[key];
  else (copy as Record<string, unknown>)[key] = next;
  return Array.isArray(copy) ? copy.filter(() => true) : copy;
}

/** Changes one value among the variables. */
function varied(sent: Sent, dice: Dice, change: (value: unknown) => unknown): Sent {
  const found = places(sent.variables ?? {}).filter((at) => at.length > 0);
  if (found.length === 0) return sent;
  return { ...sent, variables: changed(sent.variables, dice.one(found), change) as Record<string, unknown> };
}

const put = (sent: Sent, dice: Dice, choices: string[], before: (piece: Piece, place: number, all: Piece[]) => boolean): Sent =>
  replaced(sent, dice, before, (piece) => `${dice.one(choices)} ${piece.text}`);
const behind = (sent: Sent, dice: Dice, choices: string[], after: (piece: Piece, place: number, all: Piece[]) => boolean): Sent =>
  replaced(sent, dice, after, (piece) => `${piece.text} ${dice.one(choices)} `);

const DIRECTIVES = [
  '@skip', '@skip(if: true)', '@skip(if: false) @skip(if: false)', '@include(if: null)', '@include(if: "true")', '@include(unless: true)', '@nobody', '@deprecated', '@oneOf', '@skip(if: $v1)',
  '@include(if: true, if: true)', '@specifiedBy(url: "x")', '@include(if: [true])',
];
const MORE = [
  '{ viewer { id } }', 'query Asked { viewer { id } }', 'query Other { viewer { id } }', 'mutation Other { signOut(input: {}) { viewer { id } } }', 'subscription Other { viewer { id } }',
  'fragment Unused on Unit { id }', 'fragment Cycle on Unit { ...Cycle }', 'fragment A on Unit { ...B } fragment B on Unit { ...A }', 'fragment on on Unit { id }', 'type Extra { id: ID }', 'extend type Unit { x: Int }',
  'schema { query: Query }', 'directive @x on FIELD', 'scalar Extra', 'fragment Old($x: Int) on Unit { id }', '"described" fragment Unused on Unit { id }', '"described" query Other { viewer { id } }',
  'fragment Nothing on Nobody { id }', 'fragment Wrong on DateTime { id }', 'fragment Wrong on NearInput { lng }', 'query Other($x: Unit) { viewer { id } }', 'query Other($x: Int) { viewer { id } }',
  'query Other($x: Int $x: Int) { units(first: $x) { totalCount } }', 'query Other($x: Nobody) { node(id: $x) { id } }', 'query Other() { viewer { id } }', 'query Other { }', 'query Other { viewer }', 'Query { viewer { id } }',
];
const SELECTIONS = [
  'nobody', 'id { x }', '__typename', '__typename: id', '... on Unit { name }', '... on Nobody { id }', '... on Int { id }', '...Nobody', '... { id }', '... { }', '... on Query { viewer { id } }', '__schema { queryType { name } }',
  'same: id same: name', 'same: id same: id', 'same: __typename', 'x: name ... on Community { x: code }', '... on Need { x: title } ... on Resource { x: quantity }', '... on Need { x: title } ... on Need { x: description }',
  'units(first: 1) { totalCount } units(first: 2) { totalCount }', 'units(first: 1) { nodes { id } } units(first: 1) { nodes { name } }', 'units { nodes { a: id } } ... { units { nodes { a: name } } }',
  'same: units(first: 1) { nodes { id } } same: communities(first: 1) { nodes { id } }', 'viewer { id } viewer', 'units(first: 1, first: 1) { totalCount }', 'units(first: 1, last: 1) { totalCount }', 'units() { totalCount }',
  'node { id }', 'node(id: null) { id }', 'node(id: 1.5) { id }', 'node(id: true) { id }', 'node(id: X) { id }', 'nodes(ids: "a") { id }', 'nodes(ids: [["a"]]) { id }', 'nodes(ids: [null]) { id }', 'nodes(ids: null) { id }', '__type { name }',
  '__type(name: 1) { name }', '__type(name: "Unit") { fields(includeDeprecated: 1) { name } }', 'needs(filter: {near: {lng: 1, lat: 2}}) { totalCount }', 'needs(filter: {title: {contains: 1}}) { totalCount }', 'needs(filter: {title: {eq: "a", eq: "b"}}) { totalCount }',
  'needs(filter: [{}]) { totalCount }', 'needs(filter: {and: {}}) { totalCount }', 'needs(filter: {and: [{}, null]}) { totalCount }', 'needs(orderBy: {field: TITLE}) { totalCount }', 'needs(orderBy: [{direction: ASC}]) { totalCount }',
  'needs(orderBy: [{field: CREATED_AT, direction: null}]) { totalCount }', 'needs(orderBy: [{field: "CREATED_AT"}]) { totalCount }', 'needs(filter: {createdAt: {gt: "garbage"}}) { totalCount }', 'needs(filter: {createdAt: {gt: 5}}) { totalCount }',
  'createNeed(input: {ownerId: "x", categoryId: "x", title: "x", availableFrom: "garbage"}) { need { id } }', 'createNeed(input: {ownerId: "x", categoryId: "x"}) { need { id } }', 'createNeed(input: {ownerId: "x", categoryId: "x", title: "x", attachments: [{}]}) { need { id } }',
  'createNeed(input: {ownerId: "x", categoryId: "x", title: "x", attachments: {url: "x", id: "x"}}) { need { id } }', 'createNeed(input: {ownerId: "x", categoryId: "x", title: "x", attachments: {url: null}}) { need { id } }',
  'createNeed(input: {ownerId: "x", categoryId: "x", title: "x", urgency: "URGENT"}) { need { id } }', 'rateClaim(input: {id: 1, stars: 5.0}) { claim { id } }',
];
const DEFINITIONS = [
  '$extra: Int', '$extra: Int = "a"', '$extra: Int = 1 @skip(if: true)', '$extra: Int @nobody = 1', '$extra: Unit', '$extra: Nobody', '$extra: [Int', '$extra: Int!!', '$extra Int', 'extra: Int', '$extra: Int! = null', '$extra: [Int!]! = [1, null]', '"described" $extra: Int',
  '$v1: Int', '$extra: Int = $v1', '$extra: OrderDirection = "ASC"', '$extra: AttachmentInput = {}', '$extra: [[Int]] = 1', '$extra: DateTime = "x"',
];

/** The ways, by name. */
export const WAYS: Record<string, Way> = {
  'a name of nothing': (sent, dice) => replaced(sent, dice, isName, (piece) => dice.one([`${piece.text}X`, 'nobody', 'on', 'null', 'true', 'id', 'name', 'Unit', 'Int', 'query', 'fragment', '__typename', piece.text.toUpperCase()])),
  'a name of another place': (sent, dice) => replaced(sent, dice, isName, () => dice.one(pieces(sent.query).filter(isName)).text),
  'another value': (sent, dice) => replaced(sent, dice, isValue, () => dice.one(VALUES)),
  'a stray in place of a value': (sent, dice) => replaced(sent, dice, isValue, () => dice.one(STRAYS)),
  'a stray': (sent, dice) => put(sent, dice, STRAYS, () => true),
  'a stray at the end': (sent, dice) => ({ ...sent, query: sent.query + dice.one(['#', '\n', '\r\n# c\r', '"', '\ufeff', ' ,', '}', '{', '{}', '\u0000', '...', '"""d"""']) }),
  'a mark at the front': (sent, dice) => ({ ...sent, query: dice.one(['\ufeff', '\ufeff\ufeff', '# c\n', '"d" ', '"""d""" ', ',', '\u0000', '...', '\u00a0', '#\r']) + sent.query }),
  'a token less': (sent, dice) => replaced(sent, dice, () => true, () => ''),
  'a token twice': (sent, dice) => replaced(sent, dice, () => true, (piece) => `${piece.text} ${piece.text}`),
  'a piece less': (sent, dice) => {
    const all = pieces(sent.query);
    const from = dice.below(all.length);
    const [start, end] = [all[from], all[Math.min(all.length - 1, from + 1 + dice.below(4))]];
    return start && end ? { ...sent, query: sent.query.slice(0, start.start) + sent.query.slice(end.start) } : sent;
  },
  'a piece twice': (sent, dice) => {
    const all = pieces(sent.query);
    const from = dice.below(all.length);
    const [start, end] = [all[from], all[Math.min(all.length - 1, from + 2 + dice.below(8))]];
    return start && end ? { ...sent, query: `${sent.query.slice(0, end.start)} ${sent.query.slice(start.start, end.start)} ${sent.query.slice(end.start)}` } : sent;
  },
  'a directive': (sent, dice) => behind(sent, dice, DIRECTIVES, (piece, place, all) => isName(piece) && all[place + 1]?.kind !== TokenKind.COLON || piece.kind === TokenKind.PAREN_R),
  'a selection': (sent, dice) => behind(sent, dice, SELECTIONS, (piece, place, all) => piece.kind === TokenKind.BRACE_L && all[place - 1]?.kind !== TokenKind.COLON),
  'a selection of the root': (sent, dice) => {
    const at = sent.query.indexOf('{', sent.query.startsWith('{') ? 0 : Math.max(0, sent.query.search(/\)\s*\{/)));
    return { ...sent, query: `${sent.query.slice(0, at + 1)} ${dice.one(SELECTIONS)} ${sent.query.slice(at + 1)}` };
  },
  'a selection alone': (sent, dice) => {
    const selection = dice.one(SELECTIONS);
    return { query: `${/^(create|rate)/.test(selection) ? 'mutation ' : ''}{ ${selection} }` };
  },
  'a definition': (sent, dice) => ({ ...sent, query: dice.happens(0.5) ? `${sent.query}\n${dice.one(MORE)}` : `${dice.one(MORE)}\n${sent.query}` }),
  'a definition of a variable': (sent, dice) => ({ ...sent, query: sent.query.replace(/^((?:query|mutation) \w*)(\(?)/, (_, head, open) => `${head}(${dice.one(DEFINITIONS)}${open === '(' ? ', ' : ')'}`) }),
  'another type of a variable': (sent, dice) => ({ ...sent, query: sent.query.replace(/: (\[?)(\w+)(!?\]?)(!?)( =|,| \$|\))/, (all, open, type, close, mark, end) =>
    dice.one([`: ${open}${type}${close}${mark === '!' ? '' : '!'}${end}`, `: [${open}${type}${close}${mark}]${end}`, `: ${type}${end}`, `: ${open}${dice.one(['Int', 'String', 'ID', 'Unit', 'Boolean', 'Float', 'NearInput', 'Nobody'])}${close}${mark}${end}`, `: ${open}${type}${close.replace('!', '')}${mark}${end}`, all])) }),
  'another operation': (sent, dice) => ({ ...sent, operationName: dice.one(['Other', 'Asked', 'asked', ' ']) }),
  'another kind of operation': (sent, dice) => ({ ...sent, query: sent.query.replace(/^(query|mutation)/, dice.one(['subscription', 'mutation', 'query', 'Query', ''])) }),
  'a value of a variable': (sent, dice) => varied(sent, dice, () => dice.one(JSONS)),
  'a value of a variable in a list': (sent, dice) => varied(sent, dice, (value) => dice.one([[value], [[value]], [value, null], { 0: value }])),
  'a value of a variable as text': (sent, dice) => varied(sent, dice, (value) => JSON.stringify(value) ?? null),
  'no value of a variable': (sent, dice) => varied(sent, dice, () => undefined),
  'a field more in a variable': (sent, dice) => varied(sent, dice, (value) => value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value, [dice.one(['nobody', 'id', 'url', 'and', 'eq'])]: dice.one(JSONS) } : value),
  'a value of no variable': (sent, dice) => ({ ...sent, variables: { ...sent.variables, nobody: dice.one(JSONS) } }),
};
