// SPDX-License-Identifier: MIT
import { FIELD_ORDER } from "../../src/zkml/commitment.ts";

/** A linear combination of wires: coefficient by wire. */
type Combination = Map<number, bigint>;

export interface R1cs {
  wires: number;
  publicOutputs: number;
  publicInputs: number;
  /** Each demands a * b = c. */
  constraints: readonly { a: Combination; b: Combination; c: Combination }[];
}

const FIELD_BYTES = 32;

export function modulo(value: bigint): bigint {
  const rest = value % FIELD_ORDER;
  return rest < 0n ? rest + FIELD_ORDER : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}

function inverse(value: bigint): bigint {
  return power(value, FIELD_ORDER - 2n);
}

/** Reads iden3's binary r1cs format, version 1. */
export function readR1cs(file: Buffer): R1cs {
  const sections = new Map<number, Buffer>();
  for (let offset = 12; offset < file.length;) {
    const size = Number(file.readBigUInt64LE(offset + 4));
    sections.set(file.readUInt32LE(offset), file.subarray(offset + 12, offset + 12 + size));
    offset += 12 + size;
  }
  const header = sections.get(1)!;
  const body = sections.get(2)!;
  const counts = 4 + FIELD_BYTES;

  let position = 0;
  const word = () => body.readUInt32LE((position += 4) - 4);
  const element = () => {
    const bytes = body.subarray(position, (position += FIELD_BYTES));
    return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);
  };
  const combination = (): Combination => {
    const terms: Combination = new Map();
    for (let left = word(); left > 0; left--) terms.set(word(), element());
    return terms;
  };
  const constraints = Array.from({ length: header.readUInt32LE(counts + 24) }, () => ({
    a: combination(),
    b: combination(),
    c: combination(),
  }));
  return {
    wires: header.readUInt32LE(counts),
    publicOutputs: header.readUInt32LE(counts + 4),
    publicInputs: header.readUInt32LE(counts + 8),
    constraints,
  };
}

function evaluate(combination: Combination, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [wire, coefficient] of combination) sum += coefficient * witness[wire]!;
  return modulo(sum);
}

/** The indices of the constraints that the witness violates. */
export function violations(r1cs: R1cs, witness: readonly bigint[]): number[] {
  const violated: number[] = [];
  for (const [index, { a, b, c }] of r1cs.constraints.entries()) {
    const left = evaluate(a, witness) * evaluate(b, witness);
    if (modulo(left - evaluate(c, witness)) !== 0n) violated.push(index);
  }
  return violated;
}

/**
 * The wires whose value could be changed alone without violating any constraint; for none of the
 * field's values, not only for sampled ones. With everything else fixed, each constraint is a
 * polynomial in the change d of one wire, a*b*d^2 + (A*b + B*a - c)*d, whose other root is unique
 * or absent: a wire is free exactly when all its constraints share a root that is not 0.
 */
export function freeWires(r1cs: R1cs, witness: readonly bigint[]): number[] {
  type Roots = "any" | "none" | bigint;
  const roots: Roots[] = Array.from({ length: r1cs.wires }, () => "any");

  for (const { a, b, c } of r1cs.constraints) {
    const [valueA, valueB] = [evaluate(a, witness), evaluate(b, witness)];
    for (const wire of new Set([...a.keys(), ...b.keys(), ...c.keys()])) {
      const known = roots[wire]!;
      if (known === "none") continue;
      const [ca, cb, cc] = [a.get(wire) ?? 0n, b.get(wire) ?? 0n, c.get(wire) ?? 0n];
      const square = modulo(ca * cb);
      const linear = modulo(valueA * cb + valueB * ca - cc);
      if (square === 0n && linear === 0n) continue;
      const root = square === 0n ? 0n : modulo(-linear * inverse(square));
      roots[wire] = root === 0n || (known !== "any" && known !== root) ? "none" : root;
    }
  }
  // Wire 0 is the constant 1.
  return roots.flatMap((root, wire) => (wire === 0 || root === "none" ? [] : [wire]));
}
