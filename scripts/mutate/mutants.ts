// SPDX-License-Identifier: MIT
// The mutants of a Solidity file: each is one small change that a test ought to notice.
import { parse, visit } from "@solidity-parser/parser";
import type { ASTNode, BaseASTNode } from "@solidity-parser/parser/dist/src/ast-types.js";

export interface Mutant {
  file: string;
  /** From 1. */
  line: number;
  operator: Operator;
  /** What is replaced, and by what; nothing if it is deleted. */
  before: string;
  after: string;
  /** Offset of `before` in the file. */
  start: number;
}

export type Operator =
  | "boundary"
  | "equality"
  | "sign"
  | "negation"
  | "deleted check"
  | "deleted statement"
  | "deleted modifier"
  | "off by one";

const SWAPS: Record<string, readonly [after: string, operator: Operator]> = {
  "<": ["<=", "boundary"],
  "<=": ["<", "boundary"],
  ">": [">=", "boundary"],
  ">=": [">", "boundary"],
  "==": ["!=", "equality"],
  "!=": ["==", "equality"],
  "+": ["-", "sign"],
  "-": ["+", "sign"],
  "+=": ["-=", "sign"],
  "-=": ["+=", "sign"],
};

/** All mutants of a file, in the order of its text. */
export function findMutants(file: string, source: string): Mutant[] {
  const mutants: Mutant[] = [];
  const add = (operator: Operator, [first, last]: [number, number], after: string): void => {
    const before = source.slice(first, last + 1);
    const line = source.slice(0, first).split("\n").length;
    // The parser visits the value of a constant twice.
    if (mutants.some((other) => other.start === first && other.operator === operator)) return;
    mutants.push({ file, line, operator, before, after, start: first });
  };
  const negate = (condition: ASTNode): void => {
    // Other operators make the same of these.
    if (condition.type === "UnaryOperation" && condition.operator === "!") return;
    if (condition.type === "BinaryOperation" && /^[!=]=$/.test(condition.operator)) return;
    const range = rangeOf(condition);
    add("negation", range, `!(${source.slice(range[0], range[1] + 1)})`);
  };

  visit(parse(source, { range: true }), {
    BinaryOperation: (node) => {
      const swap = SWAPS[node.operator];
      if (swap === undefined) return;
      const from = rangeOf(node.left)[1] + 1;
      const start = source.indexOf(node.operator, from);
      add(swap[1], [start, start + node.operator.length - 1], swap[0]);
    },
    IfStatement: (node) => {
      if (node.falseBody === null && isRevert(node.trueBody))
        add("deleted check", rangeOf(node), "");
      else negate(node.condition);
    },
    Conditional: (node) => negate(node.condition),
    UnaryOperation: (node) => {
      if (node.operator !== "!") return;
      const [start] = rangeOf(node);
      add("negation", [start, start], "");
    },
    ExpressionStatement: (node) => {
      // The step of a `for` has no place of its own, and a loop without it does not end.
      if (node.range !== undefined) add("deleted statement", node.range, "");
    },
    EmitStatement: (node) => add("deleted statement", rangeOf(node), ""),
    FunctionDefinition: (node) => {
      // A constructor's "modifiers" are what its parents are made with.
      if (node.isConstructor) return;
      for (const modifier of node.modifiers) add("deleted modifier", rangeOf(modifier), "");
    },
    NumberLiteral: (node) => {
      const range = rangeOf(node);
      add("off by one", range, `(${source.slice(range[0], range[1] + 1)} + 1)`);
    },
  });
  return mutants.sort((a, b) => a.start - b.start);
}

export function apply({ start, before, after }: Mutant, source: string): string {
  return source.slice(0, start) + after + source.slice(start + before.length);
}

/** `revert Reason();`, with or without braces. */
function isRevert(body: BaseASTNode): boolean {
  if (body.type === "RevertStatement") return true;
  return "statements" in body && Array.isArray(body.statements) && body.statements.every(isRevert);
}

/** First and last offset. */
function rangeOf(node: ASTNode): [number, number] {
  if (node.range === undefined) throw new RangeError(`a ${node.type} without its place`);
  return node.range;
}
