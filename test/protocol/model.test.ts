// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { concat, keccak256, numberToHex, pad, stringToHex, zeroAddress, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import {
  assayDomain,
  hashRequest,
  isLocalChain,
  type Model,
  modelIdOf,
  orderDomain,
  orderTypedData,
  recoverOrderSigner,
  recoverResultSigner,
  resultTypedData,
} from "../../src/protocol/index.ts";
import { makeRequest, wordOf } from "./fixtures.ts";

const account = privateKeyToAccount(`0x${"42".repeat(32)}`);
const domain = assayDomain({
  chainId: 31337,
  market: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
});

const word = (value: number | bigint) => numberToHex(value, { size: 32 });

describe("modelIdOf", () => {
  it("default: is keccak256(abi.encode(model)), word by word", () => {
    const model: Model = {
      publisher: account.address,
      paths: 7,
      unitsPerInference: 1,
      teeWindow: 60,
      bond: 50n,
      valueCap: 1_000n,
      weightsCommitment: wordOf("aa"),
      verifyingKeyId: wordOf("bb"),
      previousVersion: zeroHash,
      uri: "models/digits.json",
    };
    const encoded = concat([
      word(0x20),
      word(7),
      word(1),
      word(60),
      word(50n),
      word(1_000n),
      pad(account.address, { size: 32 }),
      model.weightsCommitment,
      model.verifyingKeyId,
      zeroHash,
      word(10 * 32),
      word(model.uri.length),
      pad(stringToHex(model.uri), { size: 32, dir: "right" }),
    ]);
    expect(modelIdOf(model), "id").to.equal(keccak256(encoded.toLowerCase() as `0x${string}`));
  });
});

describe("recoverOrderSigner", () => {
  const orders = orderDomain({ chainId: 31337, settler: zeroAddress });
  it("default", async () => {
    const request = makeRequest();
    const signature = await account.signTypedData(orderTypedData(orders, request));
    expect(await recoverOrderSigner(orders, request, signature), "signer").to.equal(
      account.address,
    );
    const other = { ...request, nonce: 2n };
    expect(await recoverOrderSigner(orders, other, signature), "other order").to.not.equal(
      account.address,
    );
  });

  it("behavior: a malformed signature is nobody's", async () => {
    const request = makeRequest();
    for (const signature of ["0x", "0x1234", `0x${"00".repeat(65)}`] as const) {
      expect(await recoverOrderSigner(orders, request, signature), signature).to.equal(undefined);
    }
  });
});

describe("recoverResultSigner", () => {
  it("default", async () => {
    const requestId = hashRequest(domain, makeRequest());
    const result = { requestId, outputCommitment: zeroHash, units: 1, node: account.address };
    const signature = await account.signTypedData(resultTypedData(domain, result));
    expect(await recoverResultSigner(domain, result, signature), "signer").to.equal(
      account.address,
    );
  });
});

describe("isLocalChain", () => {
  it("default", () => {
    expect([31337, 1337, 1, 84_532_001].map(isLocalChain), "chains").to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });
});
