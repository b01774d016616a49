// SPDX-License-Identifier: MIT
import { assert } from "chai";
import { network } from "hardhat";

import {
  BASE_FIELD,
  type Circuit,
  type G2,
  type Proof,
  SCALAR_FIELD,
  type VerifyingKey,
  addPoints,
  buildBoundSquare,
  forgeWithoutPhase2,
  rerandomise,
} from "../support/groth16.ts";

const TEST_CHAIN = 84_532_001n;

/** A real circuit, ceremony and proof; edge cases are in Groth16Verifier.t.sol. */
describe("Groth16Verifier", () => {
  let circuit: Circuit;
  let proof: Proof;
  let signals: bigint[];

  before(async () => {
    circuit = await buildBoundSquare();
    ({ proof, signals } = await circuit.prove(5n, 2n ** 247n + 77n));
  });

  after(() => circuit.dispose());

  async function deployWithKey() {
    const { viem, verifier } = await deploy();
    await verifier.write.registerKey([circuit.key]);
    const [registered] = await verifier.getEvents.VerifyingKeyRegistered();
    return { viem, verifier, keyId: registered!.args.keyId! };
  }

  describe("verify", () => {
    it("default", async () => {
      const { verifier, keyId } = await deployWithKey();
      assert.isTrue(await verifier.read.verify([keyId, proof, signals]), "proof by snarkjs");
    });

    it("behavior: no signal can be changed", async () => {
      const { verifier, keyId } = await deployWithKey();
      for (const i of signals.keys()) {
        for (const other of [0n, 1n, signals[i]! + 1n, SCALAR_FIELD - signals[i]!]) {
          const changed = signals.with(i, other);
          const verified = await verifier.read.verify([keyId, proof, changed]);
          assert.isFalse(verified, `signal ${i} as ${other}`);
        }
      }
    });

    it("behavior: no part of the proof can be changed alone", async () => {
      const { verifier, keyId } = await deployWithKey();
      const other = (await circuit.prove(6n, 77n)).proof;
      for (const [part, changed] of Object.entries(changesOf(proof, other)))
        assert.isFalse(await verifier.read.verify([keyId, changed, signals]), part);
    });

    /** Groth16 is malleable, so nothing may be keyed by the bytes of a proof. */
    it("behavior: a re-randomised proof verifies, of the same statement only", async () => {
      const { verifier, keyId } = await deployWithKey();
      const twin = await rerandomise(proof, 7n);
      assert.notDeepEqual(twin, proof, "other bytes");
      assert.isTrue(await verifier.read.verify([keyId, twin, signals]), "same statement");
      const changed = signals.with(2, signals[2]! + 1n);
      assert.isFalse(await verifier.read.verify([keyId, twin, changed]), "other statement");
    });

    it("behavior: the signs of A and B may both be changed, of one alone not", async () => {
      const { verifier, keyId } = await deployWithKey();
      const a = [proof.a[0], minusY(proof.a[1])] as const;
      const b: G2 = [proof.b[0], proof.b[1], minusY(proof.b[2]), minusY(proof.b[3])];
      assert.isTrue(await verifier.read.verify([keyId, { ...proof, a, b }, signals]), "both");
      assert.isFalse(await verifier.read.verify([keyId, { ...proof, a }, signals]), "A alone");
      assert.isFalse(await verifier.read.verify([keyId, { ...proof, b }, signals]), "B alone");
    });

    it("behavior: coordinates in snarkjs' order are false", async () => {
      const { verifier, keyId } = await deployWithKey();
      const b = swapped(proof.b);
      assert.isFalse(await verifier.read.verify([keyId, { ...proof, b }, signals]), "swapped B");
    });

    it("behavior: a proof forged for a key without phase 2 is false under the real key", async () => {
      const { verifier, keyId } = await deployWithKey();
      const forged = await forgeWithoutPhase2(circuit.keyWithoutPhase2, signals);
      assert.isFalse(await verifier.read.verify([keyId, forged, signals]), "forged");
    });

    it("error: SignalAliased, the precompiles would reduce the signal", async () => {
      const { viem, verifier, keyId } = await deployWithKey();
      for (const i of signals.keys()) {
        for (const alias of [signals[i]! + SCALAR_FIELD, SCALAR_FIELD, 2n ** 256n - 1n]) {
          await viem.assertions.revertWithCustomErrorWithArgs(
            verifier.read.verify([keyId, proof, signals.with(i, alias)]),
            verifier,
            "SignalAliased",
            [BigInt(i), alias],
          );
        }
      }
    });

    it("error: SignalCountMismatch", async () => {
      const { viem, verifier, keyId } = await deployWithKey();
      for (const wrong of [[], signals.slice(1), [...signals, 0n]]) {
        await viem.assertions.revertWithCustomErrorWithArgs(
          verifier.read.verify([keyId, proof, wrong]),
          verifier,
          "SignalCountMismatch",
          [BigInt(wrong.length), 3n],
        );
      }
    });
  });

  describe("verifyBatch", () => {
    interface Batch {
      proofs: Proof[];
      signals: bigint[][];
    }
    let all: Batch;

    before(async () => {
      const made = [];
      for (let i = 0n; i < 32n; i += 1n)
        made.push(await circuit.prove(5n + i, 2n ** 200n * i + 1n));
      all = { proofs: made.map((each) => each.proof), signals: made.map((each) => each.signals) };
    });

    const batchOf = (count: number): Batch => ({
      proofs: all.proofs.slice(0, count),
      signals: all.signals.slice(0, count),
    });

    for (const count of [1, 2, 4, 16, 32]) {
      it(`default: ${count} proofs by snarkjs`, async () => {
        const { verifier, keyId } = await deployWithKey();
        const batch = batchOf(count);
        const changed = batch.signals.with(count - 1, batch.signals[count - 1]!.with(1, 1n));
        assert.isTrue(await verifier.read.verifyBatch([keyId, batch.proofs, batch.signals]), "all");
        assert.isFalse(await verifier.read.verifyBatch([keyId, batch.proofs, changed]), "but one");
      });
    }

    it("behavior: a proof of another statement, of a part of another, or forged is false", async () => {
      const { verifier, keyId } = await deployWithKey();
      const { proofs, signals } = batchOf(4);
      const other = all.proofs[9]!;
      const minusA = [proofs[2]!.a[0], minusY(proofs[2]!.a[1])] as const;
      const forged = await forgeWithoutPhase2(circuit.keyWithoutPhase2, signals[2]!);
      const bad = {
        other,
        forged,
        ...changesOf(proofs[2]!, other),
        minusA: { ...proofs[2]!, a: minusA },
      };
      for (const [name, proof] of Object.entries(bad)) {
        const verified = await verifier.read.verifyBatch([keyId, proofs.with(2, proof), signals]);
        assert.isFalse(verified, name);
      }
      const swapped = [signals[1]!, signals[0]!, ...signals.slice(2)];
      assert.isFalse(await verifier.read.verifyBatch([keyId, proofs, swapped]), "swapped signals");
    });

    /** With all coefficients the same, what one C has too much the other could have too little. */
    it("behavior: errors that cancel in a plain sum are false", async () => {
      const { verifier, keyId } = await deployWithKey();
      const { proofs, signals } = batchOf(2);
      const [first, second] = proofs as [Proof, Proof];
      const point = circuit.key.ic[1]!;
      const shifted = [
        { ...first, c: await addPoints(first.c, point) },
        { ...second, c: await addPoints(second.c, [point[0], minusY(point[1])]) },
      ];
      assert.deepEqual(
        await addPoints(shifted[0]!.c, shifted[1]!.c),
        await addPoints(first.c, second.c),
        "the same sum",
      );
      assert.isFalse(await verifier.read.verifyBatch([keyId, shifted, signals]), "shifted");
    });

    it("behavior: re-randomised proofs verify", async () => {
      const { verifier, keyId } = await deployWithKey();
      const { proofs, signals } = batchOf(3);
      const twins = [
        await rerandomise(proofs[0]!, 7n),
        proofs[1]!,
        await rerandomise(proofs[2]!, 9n),
      ];
      assert.isTrue(await verifier.read.verifyBatch([keyId, twins, signals]), "same statements");
    });

    it("error: SignalAliased, SignalCountMismatch, BatchEmpty", async () => {
      const { viem, verifier, keyId } = await deployWithKey();
      const { proofs, signals } = batchOf(3);
      const alias = signals[1]![2]! + SCALAR_FIELD;
      const aliased = signals.with(1, signals[1]!.with(2, alias));
      const refusals = [
        [proofs, aliased, "SignalAliased", [2n, alias]],
        [proofs, signals.slice(1), "SignalCountMismatch", [2n, 3n]],
        [proofs, signals.with(2, [1n]), "SignalCountMismatch", [1n, 3n]],
        [[], [], "BatchEmpty", []],
      ] as const;
      for (const [someProofs, someSignals, name, values] of refusals) {
        await viem.assertions.revertWithCustomErrorWithArgs(
          verifier.read.verifyBatch([keyId, someProofs, someSignals]),
          verifier,
          name,
          [...values],
        );
      }
    });
  });

  describe("registerKey", () => {
    it("default", async () => {
      const { verifier, keyId } = await deployWithKey();
      assert.isTrue(await verifier.read.isRegistered([keyId]), "registered");
      assert.deepEqual(await verifier.read.keyOf([keyId]), circuit.key, "stored key");
    });

    it("behavior: a production key is for every chain, a development key for local ones", async () => {
      const development = { ...circuit.key, development: true };
      const local = await deploy();
      await local.verifier.write.registerKey([development]);
      const other = await deploy("testchain");
      await other.verifier.write.registerKey([circuit.key]);
      await other.viem.assertions.revertWithCustomErrorWithArgs(
        other.verifier.write.registerKey([development]),
        other.verifier,
        "KeyDevelopmentRefused",
        [TEST_CHAIN],
      );
    });

    it("error: KeyWithoutPhase2, under such a key anybody forges", async () => {
      const { viem, verifier } = await deploy();
      const key = circuit.keyWithoutPhase2;
      assert.deepEqual(key.gamma, key.delta, "snarkjs starts with gamma = delta");
      const otherGamma = { ...key, gamma: circuit.key.beta };
      for (const refused of [key, otherGamma, { ...circuit.key, gamma: circuit.key.delta }]) {
        await viem.assertions.revertWithCustomError(
          verifier.write.registerKey([refused]),
          verifier,
          "KeyWithoutPhase2",
        );
      }
    });

    it("error: KeyPointInvalid, coordinates in snarkjs' order", async () => {
      const { viem, verifier } = await deploy();
      const { beta, gamma, delta } = circuit.key;
      const changes: Partial<VerifyingKey>[] = [
        { beta: swapped(beta) },
        { gamma: swapped(gamma) },
        { delta: swapped(delta) },
      ];
      for (const [i, change] of changes.entries()) {
        await viem.assertions.revertWithCustomErrorWithArgs(
          verifier.write.registerKey([{ ...circuit.key, ...change }]),
          verifier,
          "KeyPointInvalid",
          [BigInt(1 + i)],
        );
      }
    });
  });
});

async function deploy(networkName = "default") {
  const { viem } = await network.create(networkName);
  return { viem, verifier: await viem.deployContract("Groth16Verifier") };
}

/** The proof with one part of another. */
function changesOf(proof: Proof, { a, b, c }: Proof): Record<string, Proof> {
  return { a: { ...proof, a }, b: { ...proof, b }, c: { ...proof, c } };
}

function minusY(y: bigint): bigint {
  return BASE_FIELD - y;
}

function swapped([xIm, xRe, yIm, yRe]: G2): G2 {
  return [xRe, xIm, yRe, yIm];
}
