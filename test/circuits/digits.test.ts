// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { generateCircuitSource } from "../../src/zkml/circuit-source.ts";
import { commitInput, FIELD_ORDER } from "../../src/zkml/commitment.ts";
import type { Circuit } from "../../src/zkml/index.ts";
import { runModel } from "../../src/zkml/runtime.ts";
import {
  BUILD_TIMEOUT_MS,
  digitsCircuit,
  digitsTestSet,
  extremeInputs,
  randomInputs,
  rejectionOf,
  ROOT,
  skipWithoutData,
} from "../zkml/fixtures.ts";
import { witnessOf } from "./gadget.ts";
import { freeWires, readR1cs, violations, type R1cs } from "./r1cs.ts";

const BINDING = 2n ** 247n + 12_345n;
/** Binding is the third public signal, after the constant wire and the two outputs. */
const BINDING_WIRE = 3;

describe("digits circuit", function () {
  this.timeout(BUILD_TIMEOUT_MS);
  let circuit: Circuit;
  let r1cs: R1cs;
  let wasm: Uint8Array;
  before(async () => {
    circuit = await digitsCircuit();
    r1cs = readR1cs(readFileSync(circuit.r1csPath));
    wasm = readFileSync(circuit.wasmPath);
  });

  const witness = (input: Uint8Array, binding = BINDING) =>
    witnessOf(wasm, { in: Array.from(input, BigInt), binding });

  async function assertEqualsRuntime(inputs: readonly Uint8Array[]): Promise<void> {
    for (const [index, input] of inputs.entries()) {
      const [, commitment, output, binding] = await witness(input);
      const answer = runModel(circuit.model, input);
      expect(commitment, `commitment ${index}`).to.equal(BigInt(commitInput(circuit.model, input)));
      expect(output, `class ${index}`).to.equal(BigInt(answer.output[0]!));
      expect(binding, `binding ${index}`).to.equal(BINDING);
    }
  }

  it("default: public signals are input commitment, output, binding", async () => {
    await assertEqualsRuntime([new Uint8Array(64)]);
    expect([r1cs.publicOutputs, r1cs.publicInputs], "public signals").to.deep.equal([2, 1]);
  });

  it("behavior: equals the runtime on random inputs over the whole domain", async () => {
    await assertEqualsRuntime(randomInputs(60, 1));
  });

  it("behavior: equals the runtime where accumulators are extreme", async () => {
    await assertEqualsRuntime([new Uint8Array(64).fill(31), ...extremeInputs(circuit.model)]);
  });

  it("behavior: equals the runtime on 200 digits of the test set", async function () {
    const digits = digitsTestSet();
    if (digits === undefined) return skipWithoutData(this);
    await assertEqualsRuntime(digits.slice(0, 200).map(({ pixels }) => pixels));
  });

  it("behavior: constraint count is the snapshot, and fits the domain", () => {
    expect(r1cs.constraints.length, "constraints").to.equal(circuit.constraints);
    expect(circuit.constraints, "budget").to.be.at.most(1_900);
    expect(circuit.constraints + 3, "domain of 2^11").to.be.below(2 ** 11);
  });

  it("behavior: the committed main is what the model generates", () => {
    const committed = readFileSync(path.join(ROOT, "circuits/generated/digits.circom"), "utf8");
    const generated = generateCircuitSource(circuit.model, "models/digits/model.json");
    expect(committed, "circuits/generated/digits.circom").to.equal(generated);
  });

  it("error: no signal can be changed alone", async () => {
    const inputs = [
      new Uint8Array(64),
      new Uint8Array(64).fill(31),
      ...randomInputs(2, 2),
      ...extremeInputs(circuit.model).slice(0, 4),
    ];
    for (const [index, input] of inputs.entries()) {
      const wires = await witness(input);
      expect(violations(r1cs, wires), `violations of input ${index}`).to.deep.equal([]);
      expect(freeWires(r1cs, wires), `free wires of input ${index}`).to.deep.equal([]);
    }
  });

  it("error: sampled changes violate a constraint, which checks the proof above", async () => {
    const wires = await witness(randomInputs(1, 3)[0]!);
    for (let wire = 1; wire < wires.length; wire += 41) {
      for (const value of [wires[wire]! + 1n, FIELD_ORDER - wires[wire]!, 1n - wires[wire]!]) {
        const changed = [...wires];
        changed[wire] = (value + FIELD_ORDER) % FIELD_ORDER;
        if (changed[wire] === wires[wire]) continue;
        expect(violations(r1cs, changed), `wire ${wire} = ${value}`).to.not.deep.equal([]);
      }
    }
  });

  it("error: the binding takes part in a constraint, with its sign", async () => {
    const wires = await witness(randomInputs(1, 4)[0]!);
    for (const binding of [BINDING + 1n, 0n, FIELD_ORDER - BINDING]) {
      const changed = [...wires];
      changed[BINDING_WIRE] = binding;
      expect(violations(r1cs, changed), `binding ${binding}`).to.not.deep.equal([]);
    }
  });

  it("error: a pixel out of range has no witness", async () => {
    const pixels: bigint[] = Array.from({ length: 64 }, () => 0n);
    for (const value of [32n, FIELD_ORDER - 1n]) {
      pixels[63] = value;
      const error = await rejectionOf(witnessOf(wasm, { in: pixels, binding: BINDING }));
      expect(error, `witness with ${value}`).to.be.instanceOf(Error);
    }
  });
});
