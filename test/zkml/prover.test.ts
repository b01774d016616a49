// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { encodeAbiParameters, keccak256, numberToHex, toHex, type Hex } from "viem";

import {
  InputLengthError,
  InputRangeError,
  ProofAbortedError,
  ProofFailedError,
  ProofTimeoutError,
  ProverClosedError,
  ProverQueueFullError,
  SignalRangeError,
} from "../../src/zkml/errors.ts";
import { hasValidPoints, singleThreadCurve } from "../../src/zkml/groth16.ts";
import {
  BASE_FIELD_ORDER,
  decodeProof,
  type G2Words,
  type ProofWords,
} from "../../src/zkml/groth16-proof.ts";
import {
  commitInput,
  commitOutput,
  createProver,
  decodeZkmlEvidence,
  encodeProof,
  encodeZkmlEvidence,
  FIELD_ORDER,
  resultBinding,
  runModel,
  verifyZkmlEvidence,
  type Circuit,
  type Prover,
  type ProveReturnType,
} from "../../src/zkml/index.ts";
import { BUILD_TIMEOUT_MS, digitsCircuit, randomInputs, rejectionOf } from "./fixtures.ts";
import { rerandomise } from "./forgery.ts";

const BINDING = resultBinding(keccak256(toHex("a result digest")));
/** A point of the twist that is no multiple of the generator: x1, x0, y1, y0. */
const OUTSIDE_SUBGROUP: G2Words = [
  0n,
  1n,
  5912654199736721486680175016176231956195085055698687135131307249486702594212n,
  18278151005453108793778860132295291098363647455926340152056652516292830556603n,
];
const [INPUT, OTHER_INPUT] = randomInputs(2, 11) as [Uint8Array, Uint8Array];

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "assay-prover-"));
  await test(folder).finally(() => rmSync(folder, { recursive: true }));
}

describe("createProver", function () {
  this.timeout(BUILD_TIMEOUT_MS);
  let circuit: Circuit;
  let prover: Prover;
  let proved: ProveReturnType;
  before(async () => {
    circuit = await digitsCircuit();
    prover = await createProver({ circuit });
    proved = await prover.prove({ input: INPUT, binding: BINDING });
  });
  after(async () => prover.close());

  const statement = () => ({
    verifyingKey: circuit.verifyingKey,
    inputCommitment: commitInput(circuit.model, INPUT),
    outputCommitment: commitOutput(proved.output),
    binding: BINDING,
    evidence: encodeZkmlEvidence(proved),
  });

  const reasonOf = async (changes: Partial<ReturnType<typeof statement>>) => {
    const verdict = await verifyZkmlEvidence({ ...statement(), ...changes });
    return verdict.valid ? "valid" : verdict.reason;
  };

  describe("prove", () => {
    it("default: the signals are input commitment, output, binding", () => {
      const { output } = runModel(circuit.model, INPUT);
      expect(proved.output, "output").to.deep.equal(output);
      expect(proved.signals, "signals").to.deep.equal([
        BigInt(commitInput(circuit.model, INPUT)),
        BigInt(output[0]!),
        BINDING,
      ]);
      expect(proved.metrics.peakBytes, "memory").to.be.above(0);
    });

    it("behavior: the proof verifies, and for no other signals", async () => {
      const { proof, signals } = proved;
      expect(await prover.verify({ proof, signals }), "as proved").to.equal(true);
      for (const index of [0, 1, 2]) {
        const other = signals.map((signal, k) => (k === index ? signal + 1n : signal));
        const verdict = await prover.verify({ proof, signals: other as never });
        expect(verdict, `signal ${index} + 1`).to.equal(false);
      }
    });

    it("behavior: two proofs of one statement differ, and both verify", async () => {
      const again = await prover.prove({ input: INPUT, binding: BINDING });
      expect(encodeProof(again.proof), "bytes").to.not.deep.equal(encodeProof(proved.proof));
      expect(await prover.verify(again), "second proof").to.equal(true);
    });

    it("error: an input outside the domain, before any work", async () => {
      const short = prover.prove({ input: new Uint8Array(63), binding: 1n });
      const high = prover.prove({ input: new Uint8Array(64).fill(32), binding: 1n });
      expect(await rejectionOf(short), "63 values").to.be.instanceOf(InputLengthError);
      expect(await rejectionOf(high), "value 32").to.be.instanceOf(InputRangeError);
    });

    it("error: a binding of more than 248 bits", async () => {
      for (const binding of [-1n, 2n ** 248n, FIELD_ORDER]) {
        const error = await rejectionOf(prover.prove({ input: INPUT, binding }));
        expect(error, `${binding}`).to.be.instanceOf(SignalRangeError);
      }
    });
  });

  describe("verifyZkmlEvidence", () => {
    it("default: accepts what was proved", async () => {
      const verdict = await verifyZkmlEvidence(statement());
      expect(verdict.valid && verdict.output, "output").to.deep.equal(proved.output);
    });

    it("behavior: a re-randomised proof verifies, so proof bytes identify nothing", async () => {
      const proof = await rerandomise(proved.proof, 7n);
      expect(encodeProof(proof), "bytes").to.not.deep.equal(encodeProof(proved.proof));
      const evidence = encodeZkmlEvidence({ proof, output: proved.output });
      expect(await reasonOf({ evidence }), "verdict").to.equal("valid");
    });

    it("error: other binding, other input, other output", async () => {
      const other = Uint8Array.of((proved.output[0]! + 1) % 10);
      const relabelled = {
        evidence: encodeZkmlEvidence({ proof: proved.proof, output: other }),
        outputCommitment: commitOutput(other),
      };
      const inputCommitment = commitInput(circuit.model, OTHER_INPUT);
      expect(await reasonOf({ binding: BINDING + 1n }), "binding").to.equal("proof-rejected");
      expect(await reasonOf({ inputCommitment }), "input").to.equal("proof-rejected");
      expect(await reasonOf(relabelled), "output").to.equal("proof-rejected");
    });

    it("error: right hash expected, other bytes brought", async () => {
      const output = Uint8Array.of(...proved.output, 0);
      const evidence = encodeZkmlEvidence({ proof: proved.proof, output });
      expect(await reasonOf({ evidence }), "trailing byte").to.equal("output-mismatch");
    });

    it("error: an output that is empty, or has leading zeros", async () => {
      // The signal is that of the proof, so whoever committed to such an output could prove it.
      for (const output of [new Uint8Array(0), Uint8Array.of(0, ...proved.output)]) {
        const evidence = encodeZkmlEvidence({ proof: proved.proof, output });
        const outputCommitment = commitOutput(output);
        const reason = await reasonOf({ evidence, outputCommitment });
        expect(reason, `${output.length} bytes`).to.equal("output-not-canonical");
        expect(await reasonOf({ evidence }), "not committed to").to.equal("output-mismatch");
      }
    });

    it("error: an output of more chunks than the key has signals", async () => {
      const output = new Uint8Array(32).fill(1);
      const evidence = encodeZkmlEvidence({ proof: proved.proof, output });
      const reason = await reasonOf({ evidence, outputCommitment: commitOutput(output) });
      expect(reason, "32 bytes").to.equal("proof-rejected");
    });

    it("error: aliased signals", async () => {
      const alias = BigInt(statement().inputCommitment) + FIELD_ORDER;
      const aliased = { inputCommitment: numberToHex(alias, { size: 32 }) };
      expect(await reasonOf(aliased), "input + r").to.equal("signal-out-of-range");
      for (const binding of [BINDING + FIELD_ORDER, FIELD_ORDER, 2n ** 256n - 1n, -1n]) {
        expect(await reasonOf({ binding }), `${binding}`).to.equal("signal-out-of-range");
      }
    });

    it("error: malformed evidence", async () => {
      const { evidence } = statement();
      const cases: Hex[] = ["0x", "0x1234", evidence.slice(0, 500) as Hex, "hello" as Hex];
      for (const malformed of cases) {
        const reason = await reasonOf({ evidence: malformed });
        expect(reason, malformed.slice(0, 20)).to.equal("malformed-evidence");
      }
    });

    it("error: points that are aliased, off the curve, swapped or the identity", async () => {
      const words = encodeProof(proved.proof);
      const change = (index: number, value: bigint) =>
        words.map((word, k) => (k === index ? value : word)) as unknown as ProofWords;
      const [ax, ay, bx1, bx0, by1, by0, cx, cy] = words;
      const cases: [string, ProofWords][] = [
        ["A.x + q", change(0, ax + BASE_FIELD_ORDER)],
        ["B.y0 = q", change(5, BASE_FIELD_ORDER)],
        ["A off the curve", change(0, (ax + 1n) % BASE_FIELD_ORDER)],
        ["B off the curve", change(2, (bx1 + 1n) % BASE_FIELD_ORDER)],
        ["C negated", change(7, BASE_FIELD_ORDER - cy)],
        ["G2 order swapped", [ax, ay, bx0, bx1, by0, by1, cx, cy]],
        ["A and C swapped", [cx, cy, bx1, bx0, by1, by0, ax, ay]],
        ["A the identity", [0n, 0n, bx1, bx0, by1, by0, cx, cy]],
        ["all zero", [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]],
      ];
      for (const [title, proof] of cases) {
        const evidence = encodeZkmlEvidence({ proof: decodeProof(proof), output: proved.output });
        expect(await reasonOf({ evidence }), title).to.equal("proof-rejected");
      }
    });

    it("error: B on the curve but outside the subgroup, which snarkjs alone does not see", async () => {
      const [ax, ay, , , , , cx, cy] = encodeProof(proved.proof);
      const proof = decodeProof([ax, ay, ...OUTSIDE_SUBGROUP, cx, cy]);
      const { G2 } = await singleThreadCurve();
      const point = G2.fromObject(proof.pi_b.map((pair) => pair.map(BigInt)));
      expect(G2.isValid(point), "snarkjs alone").to.equal(true);
      expect(await hasValidPoints(proof), "our check").to.equal(false);
      expect(await hasValidPoints(proved.proof), "a genuine proof").to.equal(true);

      const evidence = encodeZkmlEvidence({ proof, output: proved.output });
      expect(await reasonOf({ evidence }), "verdict").to.equal("proof-rejected");
    });
  });

  describe("encodeZkmlEvidence", () => {
    it("default: abi.encode(uint256[8], bytes), which decodes again", () => {
      const evidence = encodeZkmlEvidence(proved);
      const types = [{ type: "uint256[8]" }, { type: "bytes" }] as const;
      const words = encodeProof(proved.proof);
      const expected = encodeAbiParameters(types, [words, toHex(proved.output)]);
      expect(evidence, "bytes").to.equal(expected);
      expect(decodeZkmlEvidence(evidence).words, "words").to.deep.equal(words);
      expect(decodeProof(words), "proof").to.deep.equal(proved.proof);
    });
  });

  describe("limits", () => {
    it("error: the queue is bounded, and waiting proofs can be aborted", async () => {
      const small = await createProver({ circuit, workers: 1, queueLimit: 1 });
      const abort = new AbortController();
      const running = small.prove({ input: INPUT, binding: 1n });
      const waiting = small.prove({ input: INPUT, binding: 2n, signal: abort.signal });
      const refused = await rejectionOf(small.prove({ input: INPUT, binding: 3n }));
      expect(refused, "third proof").to.be.instanceOf(ProverQueueFullError);

      abort.abort();
      expect(await rejectionOf(waiting), "waiting proof").to.be.instanceOf(ProofAbortedError);
      expect((await running).signals[2], "running proof").to.equal(1n);
      await small.close();
    });

    it("error: an aborted proof frees its worker for the next one", async () => {
      const single = await createProver({ circuit, workers: 1 });
      const abort = new AbortController();
      const first = single.prove({ input: INPUT, binding: 1n, signal: abort.signal });
      const second = single.prove({ input: INPUT, binding: 2n });
      abort.abort();
      expect(await rejectionOf(first), "first proof").to.be.instanceOf(ProofAbortedError);
      expect((await second).signals[2], "second proof").to.equal(2n);

      const late = single.prove({ input: INPUT, binding: 3n, signal: abort.signal });
      expect(await rejectionOf(late), "aborted before").to.be.instanceOf(ProofAbortedError);
      await single.close();
    });

    it("error: a proof beyond its time limit", async () => {
      const hasty = await createProver({ circuit, timeoutMs: 1 });
      const error = await rejectionOf(hasty.prove({ input: INPUT, binding: 1n }));
      expect(error, "proof").to.be.instanceOf(ProofTimeoutError);
      await hasty.close();
    });

    it("error: closing fails what runs, what waits and what comes", async () => {
      const closing = await createProver({ circuit });
      const proofs = [1n, 2n].map((binding) =>
        rejectionOf(closing.prove({ input: INPUT, binding })),
      );
      await closing.close();
      proofs.push(rejectionOf(closing.prove({ input: INPUT, binding: 3n })));
      for (const [index, error] of (await Promise.all(proofs)).entries()) {
        expect(error, `proof ${index}`).to.be.instanceOf(ProverClosedError);
      }
    });

    it("behavior: two workers prove at once", async () => {
      const pair = await createProver({ circuit, workers: 2 });
      const bindings = [1n, 2n, 3n, 4n];
      const proofs = bindings.map((binding) => pair.prove({ input: INPUT, binding }));
      const signals = (await Promise.all(proofs)).map(({ signals }) => signals[2]);
      expect(signals, "bindings in order").to.deep.equal(bindings);
      await pair.close();
    });
  });

  describe("hostile artefacts", () => {
    it("error: truncated proving key", () =>
      withFolder(async (folder) => {
        const zkeyPath = path.join(folder, "truncated.zkey");
        writeFileSync(zkeyPath, readFileSync(circuit.zkeyPath));
        truncateSync(zkeyPath, 200_000);
        const broken = await createProver({ circuit: { ...circuit, zkeyPath } });
        const error = await rejectionOf(broken.prove({ input: INPUT, binding: 1n }));
        expect(error, "proof").to.be.instanceOf(ProofFailedError);
        await broken.close();
      }));

    it("error: wasm that is none, or that never ends", () =>
      withFolder(async (folder) => {
        const wasmPath = path.join(folder, "hostile.wasm");
        writeFileSync(wasmPath, "not wasm");
        const broken = await createProver({ circuit: { ...circuit, wasmPath } });
        const error = await rejectionOf(broken.prove({ input: INPUT, binding: 1n }));
        expect(error, "garbage").to.be.instanceOf(ProofFailedError);
        await broken.close();

        // (module (func $loop (loop br 0)) (start $loop))
        const loop = "0061736d01000000010401600000030201000801000a0901070003400c000b0b";
        writeFileSync(wasmPath, Buffer.from(loop, "hex"));
        const endless = await createProver({ circuit: { ...circuit, wasmPath }, timeoutMs: 2_000 });
        const outcome = await rejectionOf(endless.prove({ input: INPUT, binding: 1n }));
        expect(outcome, "endless").to.be.instanceOf(ProofTimeoutError);
        await endless.close();
      }));

    it("error: a missing file fails each proof, not the process", async () => {
      const zkeyPath = path.join(tmpdir(), "assay-no-such-file.zkey");
      const broken = await createProver({ circuit: { ...circuit, zkeyPath } });
      for (const round of [1, 2]) {
        const error = await rejectionOf(broken.prove({ input: INPUT, binding: 1n }));
        expect(error, `round ${round}`).to.be.instanceOf(ProofFailedError);
      }
      await broken.close();
    });
  });
});
