// SPDX-License-Identifier: MIT
// Arbitraries and factories of protocol values.
import * as fc from "fast-check";
import { type Address, getAddress, type Hex } from "viem";

import { type Receipt, type Request, type Result, ZERO_HEX32 } from "../../src/protocol/index.ts";

export const hex = (length: { minLength?: number; maxLength: number }): fc.Arbitrary<Hex> =>
  fc.uint8Array(length).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as const);

/** 32 equal bytes. */
export const wordOf = (byte: string): Hex => `0x${byte.repeat(32)}`;

export const hex32 = hex({ minLength: 32, maxLength: 32 });
export const address: fc.Arbitrary<Address> = hex({ minLength: 20, maxLength: 20 }).map((value) =>
  getAddress(value),
);
export const uint = (bits: number): fc.Arbitrary<number> =>
  fc.oneof(fc.nat({ max: Math.min(2 ** bits - 1, 2 ** 31 - 1) }), fc.constant(2 ** bits - 1));
export const bigUint = (bits: number): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });

export const requests: fc.Arbitrary<Request> = fc.record({
  client: address,
  node: address,
  modelId: hex32,
  inputCommitment: hex32,
  dataCommitment: hex32,
  dataNode: address,
  requiredEvidence: fc.constantFrom(0, 2, 4, 6),
  maxFee: bigUint(128),
  unitPrice: bigUint(128),
  declaredValue: bigUint(128),
  deliverBy: uint(40),
  proveBy: uint(40),
  refundAfter: uint(40),
  consumer: address,
  callbackGas: uint(32),
  nonce: bigUint(64),
});

export const results: fc.Arbitrary<Result> = fc.record({
  outputCommitment: hex32,
  units: uint(40),
  node: address,
});

export const receipts: fc.Arbitrary<Receipt> = fc.record({
  version: fc.constant(1 as const),
  chainId: uint(53),
  market: address,
  request: requests,
  requestId: hex32,
  result: results,
  resultSignature: hex({ minLength: 65, maxLength: 65 }),
  output: hex({ maxLength: 64 }),
  evidence: fc.array(
    fc.record({
      kind: fc.constantFrom(0 as const, 1 as const, 2 as const),
      data: hex({ maxLength: 300 }),
      transactionHash: hex32,
    }),
    { maxLength: 3 },
  ),
  state: fc.constant("FINAL" as const),
  payout: fc.record({
    inference: bigUint(128),
    verification: bigUint(128),
    data: bigUint(128),
    refund: bigUint(128),
  }),
  settledAt: fc.record({
    transactionHash: hex32,
    blockNumber: bigUint(64),
    blockHash: hex32,
    timestamp: bigUint(64),
  }),
  model: fc.record({
    weightsCommitment: hex32,
    verifyingKeyId: hex32,
    paths: fc.nat({ max: 7 }),
  }),
});

export function makeRequest(overrides: Partial<Request> = {}): Request {
  return {
    client: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    node: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    modelId: wordOf("11"),
    inputCommitment: wordOf("22"),
    dataCommitment: ZERO_HEX32,
    dataNode: "0x0000000000000000000000000000000000000000",
    requiredEvidence: 0,
    maxFee: 5_000_000n,
    unitPrice: 1_000_000n,
    declaredValue: 0n,
    deliverBy: 1_800_000_000,
    proveBy: 1_800_003_600,
    refundAfter: 1_800_007_200,
    consumer: "0x0000000000000000000000000000000000000000",
    callbackGas: 0,
    nonce: 1n,
    ...overrides,
  };
}
