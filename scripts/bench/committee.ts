// SPDX-License-Identifier: MIT
/**
 * What a committee's signatures cost in gas, in whole transactions: one ECDSA signature of each member, or one BLS12-381
 * aggregate of all. The figures are the same in each run.
 */
import { bls12_381 as bls } from "@noble/curves/bls12-381";
import { network, tasks } from "hardhat";
import {
  concat,
  type Hex,
  hexToBytes,
  keccak256,
  numberToHex,
  parseSignature,
  signatureToCompactSignature,
  toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

import type { Figures, Measure } from "./types.ts";

const SIZES = [5, 8, 16, 32, 64, 128] as const;
export const DIGEST = keccak256(toHex("what a committee signs"));

export const measure: Measure = async (log) => {
  await tasks.getTask("build").run({ quiet: true, noTests: true });
  const committee = await createCommittee(Math.max(...SIZES));
  try {
    const figures: Figures = {};
    for (const size of SIZES) {
      log(`${size} members`);
      figures[size] = {
        each: await committee.verifyEach(size),
        aggregate: await committee.verifyAggregate(size),
      };
    }
    return figures;
  } finally {
    await committee.close();
  }
};

/** A contract that knows so many members, who all have signed. */
export async function createCommittee(members: number) {
  const connection = await network.create("default");
  const { viem } = connection;
  const chain = await viem.getPublicClient();
  const contract = await viem.deployContract("CommitteeSignatures");
  const secrets = Array.from({ length: members }, (_, member) =>
    keccak256(toHex(`member ${member}`)),
  );
  const accounts = secrets.map((secret) => privateKeyToAccount(secret));
  // Half of a hash is below the group's order.
  const scalars = secrets.map((secret) =>
    hexToBytes(numberToHex(BigInt(secret) >> 128n, { size: 32 })),
  );
  const keys = scalars.map((scalar) => encodeG1(bls.G1.ProjectivePoint.fromPrivateKey(scalar)));
  const signatures = scalars.map((scalar) =>
    bls.G2.ProjectivePoint.fromHex(bls.sign(hexToBytes(DIGEST), scalar)),
  );
  const aggregates = new Map<number, Hex>();
  let sum = bls.G2.ProjectivePoint.ZERO;
  for (const [index, signature] of signatures.entries()) {
    sum = sum.add(signature);
    aggregates.set(index + 1, encodeG2(sum));
  }
  await contract.write.enrol([accounts.map(({ address }) => address), concat(keys)]);
  const gasOf = async (hash: Hex): Promise<number> =>
    Number((await chain.getTransactionReceipt({ hash })).gasUsed);
  return {
    contract,
    close: () => connection.close(),
    /** Gas of the check of the first members' signatures over a digest. */
    verifyEach: async (size: number, digest = DIGEST): Promise<number> => {
      const list = await Promise.all(
        accounts.slice(0, size).map(async (account) => {
          const signature = parseSignature(await account.sign({ hash: DIGEST }));
          const { r, yParityAndS } = signatureToCompactSignature(signature);
          return [r, yParityAndS] as const;
        }),
      );
      return gasOf(await contract.write.verifyEach([digest, list]));
    },
    /** Gas of the check of their aggregate. */
    verifyAggregate: async (size: number, digest = DIGEST, signers = size): Promise<number> =>
      gasOf(
        await contract.write.verifyAggregate([
          digest,
          concat(keys.slice(0, size)),
          aggregates.get(signers) as Hex,
        ]),
      ),
  };
}

type G1Point = InstanceType<typeof bls.G1.ProjectivePoint>;
type G2Point = InstanceType<typeof bls.G2.ProjectivePoint>;

/** As EIP-2537 has it: 64 bytes for each element of the field. */
const encodeElement = (element: bigint): Hex => numberToHex(element, { size: 64 });

function encodeG1(point: G1Point): Hex {
  const { x, y } = point.toAffine();
  return concat([encodeElement(x), encodeElement(y)]);
}

function encodeG2(point: G2Point): Hex {
  const { x, y } = point.toAffine();
  return concat([x.c0, x.c1, y.c0, y.c1].map(encodeElement));
}
