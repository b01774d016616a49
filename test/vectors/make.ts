// SPDX-License-Identifier: MIT
// Makes typed-data.json: request ids, result digests and model ids that TypeScript and Solidity must agree on.
// `node test/vectors/make.ts`; the tests compute every value again in other ways.
import { writeFileSync } from "node:fs";

import { format } from "prettier";
import { type Address, encodeAbiParameters, type Hex, keccak256, toHex } from "viem";

import {
  assayDomain,
  hashRequest,
  hashResult,
  hashResults,
  resultBinding,
  subjectOf,
} from "../../src/protocol/typed-data.ts";
import { toCanonicalJson } from "../../src/protocol/json.ts";
import type { Request, Result } from "../../src/protocol/request.ts";
import { PAYOUT_CASES, payoutVector } from "./payouts.ts";
import { REQUEST_COMPONENTS, RESULT_COMPONENTS } from "./components.ts";

const ZERO_ADDRESS: Address = `0x${"00".repeat(20)}`;
const ZERO_WORD: Hex = `0x${"00".repeat(32)}`;

const MARKET_A: Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const MARKET_B: Address = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512";
const CLIENT: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const NODE: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const word = (text: string): Hex => keccak256(toHex(text));

const typical: Request = {
  client: CLIENT,
  node: NODE,
  modelId: word("model"),
  inputCommitment: word("input"),
  dataCommitment: ZERO_WORD,
  dataNode: ZERO_ADDRESS,
  requiredEvidence: 0,
  maxFee: 5_000_000n,
  unitPrice: 1_000_000n,
  declaredValue: 0n,
  deliverBy: 1_800_000_000,
  proveBy: 1_800_003_600,
  refundAfter: 1_800_007_200,
  consumer: ZERO_ADDRESS,
  callbackGas: 0,
  nonce: 1n,
};

const zero: Request = {
  ...typical,
  client: ZERO_ADDRESS,
  node: ZERO_ADDRESS,
  modelId: ZERO_WORD,
  inputCommitment: ZERO_WORD,
  maxFee: 0n,
  unitPrice: 0n,
  deliverBy: 0,
  proveBy: 0,
  refundAfter: 0,
  nonce: 0n,
};

const MAX_ADDRESS: Address = "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF";
const MAX_WORD: Hex = `0x${"ff".repeat(32)}`;
const MAX_40 = 2 ** 40 - 1;
const MAX_128 = 2n ** 128n - 1n;

const largest: Request = {
  client: MAX_ADDRESS,
  node: MAX_ADDRESS,
  modelId: MAX_WORD,
  inputCommitment: MAX_WORD,
  dataCommitment: MAX_WORD,
  dataNode: MAX_ADDRESS,
  requiredEvidence: 6,
  maxFee: MAX_128,
  unitPrice: MAX_128,
  declaredValue: MAX_128,
  deliverBy: MAX_40,
  proveBy: MAX_40,
  refundAfter: MAX_40,
  consumer: MAX_ADDRESS,
  callbackGas: 2 ** 32 - 1,
  nonce: 2n ** 64n - 1n,
};

const answer: Result = { outputCommitment: word("output"), units: 1, node: NODE };

interface Case {
  name: string;
  chainId: number;
  market: Address;
  request: Request;
  result: Result;
}

const local = { chainId: 31337, market: MARKET_A };
const CASES: readonly Case[] = [
  { name: "vanilla", ...local, request: typical, result: answer },
  { name: "zkml", ...local, request: { ...typical, requiredEvidence: 2 }, result: answer },
  { name: "tee", ...local, request: { ...typical, requiredEvidence: 4 }, result: answer },
  { name: "zkml and tee", ...local, request: { ...typical, requiredEvidence: 6 }, result: answer },
  { name: "other chain", chainId: 1, market: MARKET_A, request: typical, result: answer },
  { name: "other market", chainId: 31337, market: MARKET_B, request: typical, result: answer },
  {
    name: "data and consumer",
    ...local,
    request: {
      ...typical,
      dataCommitment: word("data"),
      dataNode: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
      declaredValue: 10n ** 18n,
      consumer: "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
      callbackGas: 200_000,
    },
    result: { ...answer, units: 1_000_000 },
  },
  {
    name: "all zero",
    ...local,
    request: zero,
    result: { outputCommitment: ZERO_WORD, units: 0, node: ZERO_ADDRESS },
  },
  {
    name: "all largest",
    chainId: Number.MAX_SAFE_INTEGER,
    market: MAX_ADDRESS,
    request: largest,
    result: { outputCommitment: MAX_WORD, units: MAX_40, node: MAX_ADDRESS },
  },
];

/** A case's vector; `earlier` are the result digests of the cases before it. */
function toVector({ name, chainId, market, request, result }: Case, earlier: Hex[]) {
  const domain = assayDomain({ chainId, market });
  const requestId = hashRequest(domain, request);
  const resultDigest = hashResult(domain, { requestId, ...result });
  return {
    name,
    chainId,
    market,
    request,
    encodedRequest: encodeAbiParameters([REQUEST_COMPONENTS], [request]),
    requestId,
    result,
    encodedResult: encodeAbiParameters([RESULT_COMPONENTS], [result]),
    resultDigest,
    resultBinding: resultBinding(resultDigest),
    resultsDigest: hashResults([...earlier, resultDigest]),
    subject: subjectOf(result),
  };
}

function toVectors(cases: readonly Case[]) {
  const digests: Hex[] = [];
  return cases.map((each) => {
    const vector = toVector(each, digests);
    digests.push(vector.resultDigest);
    return vector;
  });
}

async function write(file: string, vectors: readonly unknown[]): Promise<void> {
  const json = await format(toCanonicalJson(vectors), { parser: "json", printWidth: 100 });
  writeFileSync(new URL(file, import.meta.url), json);
}

// Test runners import every file of this folder: vectors change only when somebody asks for it.
if (import.meta.main) {
  await write("typed-data.json", toVectors(CASES));
  await write("payouts.json", PAYOUT_CASES.map(payoutVector));
}
