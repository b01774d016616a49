// SPDX-License-Identifier: MIT
// Three computations of every id: src/protocol, viem's typed data from a type string, and the formulas of EIP-712 by hand.
import { readFileSync } from "node:fs";

import { expect } from "chai";
import {
  type Address,
  concat,
  encodeAbiParameters,
  type Hex,
  hashTypedData,
  keccak256,
  pad,
  slice,
  parseAbiParameters,
  toHex,
} from "viem";

import {
  assayDomain,
  hashRequest,
  hashResult,
  hashResults,
  payoutOf,
  readRequest,
  readResult,
  resultBinding,
  subjectOf,
} from "../../src/protocol/index.ts";

const REQUEST_TYPE =
  "Request(address client,address node,bytes32 modelId,bytes32 inputCommitment,bytes32 dataCommitment,address dataNode,uint8 requiredEvidence,uint128 maxFee,uint128 unitPrice,uint128 declaredValue,uint40 deliverBy,uint40 proveBy,uint40 refundAfter,address consumer,uint32 callbackGas,uint64 nonce)";
const RESULT_TYPE = "Result(bytes32 requestId,bytes32 outputCommitment,uint40 units,address node)";
const RESULTS_TYPE = "Results(bytes32[] digests)";
const DOMAIN_TYPE =
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

interface Vector {
  name: string;
  chainId: number;
  market: Address;
  request: Record<string, string | number>;
  requestId: Hex;
  result: Record<string, string | number>;
  encodedRequest: Hex;
  encodedResult: Hex;
  resultDigest: Hex;
  resultBinding: string;
  /** Of the results of this vector and of all before it. */
  resultsDigest: Hex;
  subject: Hex;
}

const load = <T>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8")) as T[];

const word = (value: string | number): Hex =>
  typeof value === "string" && value.startsWith("0x")
    ? pad(value.toLowerCase() as Hex, { size: 32 })
    : pad(toHex(BigInt(value)), { size: 32 });

const hashType = (type: string): Hex => keccak256(toHex(type));

function fieldsOf(type: string): string[] {
  return type
    .slice(type.indexOf("(") + 1, -1)
    .split(",")
    .map((field) => field.split(" ")[1] ?? "");
}

/** keccak256(typeHash . word . word ...), with no encoder at all. */
function hashStruct(type: string, values: Record<string, string | number>): Hex {
  const words = fieldsOf(type).map((field) => word(values[field] ?? ""));
  return keccak256(concat([hashType(type), ...words]));
}

function digest(vector: Pick<Vector, "chainId" | "market">, structHash: Hex): Hex {
  const separator = keccak256(
    encodeAbiParameters(parseAbiParameters("bytes32, bytes32, bytes32, uint256, address"), [
      hashType(DOMAIN_TYPE),
      hashType("Assay"),
      hashType("1"),
      BigInt(vector.chainId),
      vector.market,
    ]),
  );
  return keccak256(concat(["0x1901", separator, structHash]));
}

/** viem's typed data, with types from the type string of the contracts. */
function hashByTypeString(vector: Vector, type: string, message: Record<string, unknown>): Hex {
  const [primaryType = ""] = type.split("(");
  const fields = type.slice(primaryType.length + 1, -1).split(",");
  return hashTypedData({
    domain: {
      name: "Assay",
      version: "1",
      chainId: vector.chainId,
      verifyingContract: vector.market,
    },
    types: {
      [primaryType]: fields.map((field) => {
        const [fieldType = "", name = ""] = field.split(" ");
        return { name, type: fieldType };
      }),
    },
    primaryType,
    message,
  });
}

describe("typed data vectors", () => {
  const vectors = load<Vector>("typed-data.json");

  it("default: there are vectors, and all ids differ", () => {
    expect(vectors.length, "vectors").to.be.greaterThan(8);
    expect(new Set(vectors.map((vector) => vector.requestId)).size, "distinct ids").to.equal(
      vectors.length,
    );
  });

  it("behavior: batches of 1, 2, 3, ... results hash alike in two ways", () => {
    const digests = vectors.map(({ resultDigest }) => resultDigest);
    for (const [last, { name, resultsDigest }] of vectors.entries()) {
      const batch = digests.slice(0, last + 1);
      const struct = concat([hashType(RESULTS_TYPE), keccak256(concat(batch))]);
      expect(hashResults(batch), `${name}, src`).to.equal(resultsDigest);
      expect(keccak256(struct), `${name}, by hand`).to.equal(resultsDigest);
      if (last > 0)
        expect(hashResults(batch.toReversed()), `${name}, order`).not.to.equal(resultsDigest);
    }
  });

  for (const vector of load<Vector>("typed-data.json")) {
    it(`behavior: ${vector.name} hashes alike in three ways`, () => {
      const domain = assayDomain(vector);
      const request = readRequest(vector.request, "$");
      const result = readResult(vector.result, "$");
      const bound = { requestId: vector.requestId, ...result };

      expect(hashRequest(domain, request), "request id, src").to.equal(vector.requestId);
      expect(hashByTypeString(vector, REQUEST_TYPE, { ...request }), "request id, viem").to.equal(
        vector.requestId,
      );
      expect(
        digest(vector, hashStruct(REQUEST_TYPE, vector.request)),
        "request id, by hand",
      ).to.equal(vector.requestId);

      expect(hashResult(domain, bound), "result digest, src").to.equal(vector.resultDigest);
      expect(hashByTypeString(vector, RESULT_TYPE, bound), "result digest, viem").to.equal(
        vector.resultDigest,
      );
      const resultFields = { requestId: vector.requestId, ...vector.result };
      expect(
        digest(vector, hashStruct(RESULT_TYPE, resultFields)),
        "result digest, by hand",
      ).to.equal(vector.resultDigest);

      const upperBits = BigInt(vector.resultDigest.slice(0, -2));
      expect(resultBinding(vector.resultDigest), "binding, src").to.equal(upperBits);
      expect(vector.resultBinding, "binding, vector").to.equal(upperBits.toString());

      const { outputCommitment, units, node } = vector.result;
      const words = [outputCommitment, units, node].map((value) => word(value ?? ""));
      const subject = slice(keccak256(concat(words)), 0, 25);
      expect(subjectOf(result), "subject, src").to.equal(subject);
      expect(vector.subject, "subject, vector").to.equal(subject);
    });

    it(`behavior: ${vector.name} has the encodings that Solidity decodes`, () => {
      const encode = (type: string, values: Record<string, string | number>) =>
        concat(fieldsOf(type).map((field) => word(values[field] ?? "")));
      expect(vector.encodedRequest, "request").to.equal(encode(REQUEST_TYPE, vector.request));
      expect(vector.encodedResult, "result").to.equal(
        concat([
          word(vector.result["outputCommitment"] ?? ""),
          word(vector.result["units"] ?? ""),
          word(vector.result["node"] ?? ""),
        ]),
      );
    });
  }
});

describe("payout vectors", () => {
  interface PayoutVector {
    units: number;
    unitPrice: string;
    maxFee: string;
    verificationBps: number;
    dataBps: number;
    hasData: boolean;
    payout: Record<"inference" | "verification" | "data" | "refund", string>;
  }

  it("default: payouts equal a computation in single steps", () => {
    for (const [index, vector] of load<PayoutVector>("payouts.json").entries()) {
      const maxFee = BigInt(vector.maxFee);
      const metered = BigInt(vector.units) * BigInt(vector.unitPrice);
      const fee = metered > maxFee ? maxFee : metered;
      const checked = (fee * BigInt(vector.verificationBps)) / 10_000n;
      const data = vector.hasData ? (fee * BigInt(vector.dataBps)) / 10_000n : 0n;

      const label = `vector ${index}`;
      const { payout } = vector;
      expect(payout.inference, `${label} inference`).to.equal(`${fee - checked - data}`);
      expect(payout.verification, `${label} verification`).to.equal(`${checked}`);
      expect(payout.data, `${label} data`).to.equal(`${data}`);
      expect(payout.refund, `${label} refund`).to.equal(`${maxFee - fee}`);
      const again = payoutOf({
        request: {
          maxFee,
          unitPrice: BigInt(vector.unitPrice),
          dataNode: vector.hasData
            ? "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
            : "0x0000000000000000000000000000000000000000",
        },
        units: vector.units,
        parameters: { verificationBps: vector.verificationBps, dataBps: vector.dataBps },
      });
      expect(`${again.refund}`, `${label} payoutOf`).to.equal(payout.refund);
    }
  });
});
