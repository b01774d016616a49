// SPDX-License-Identifier: MIT
/** Reads an RPC's JSON strictly: a field that is missing or of another form is refused, never guessed. */
import { type Address, type Hex, hexToBytes } from "viem";

import { ProviderReadError } from "./errors.ts";
import type { ChainBlock, ChainLog } from "./types.ts";

const MOST_TOPICS = 4;
const HEX = /^0x(?:[0-9a-f]{2})*$/;
const QUANTITY = /^0x[0-9a-f]{1,16}$/;

/** Reads the fields of one object that `method` answered. */
function fieldsOf(method: string, answer: unknown) {
  const malformed = (): never => {
    throw new ProviderReadError(method, { kind: "malformed", retryAfterMs: 0 });
  };
  const get = (name: string): unknown =>
    typeof answer === "object" && answer !== null ? Reflect.get(answer, name) : undefined;
  const toHex = (value: unknown, bytes?: number): Hex => {
    const text = typeof value === "string" ? value.toLowerCase() : "";
    if (!HEX.test(text) || (bytes !== undefined && text.length !== 2 + 2 * bytes)) malformed();
    return text as Hex;
  };
  return {
    get,
    malformed,
    toHex,
    hex: (name: string, bytes?: number): Hex => toHex(get(name), bytes),
    quantity: (name: string): bigint => {
      const value = get(name);
      return typeof value === "string" && QUANTITY.test(value) ? BigInt(value) : malformed();
    },
  };
}

/** @throws {ProviderReadError} */
export function decodeBlock(answer: unknown): ChainBlock {
  const { hex, quantity } = fieldsOf("eth_getBlockByNumber", answer);
  return {
    number: quantity("number"),
    hash: hex("hash", 32),
    parentHash: hex("parentHash", 32),
    timestamp: Number(quantity("timestamp")),
    logsBloom: hexToBytes(hex("logsBloom", 256)),
  };
}

/** @throws {ProviderReadError} */
export function decodeLogs(answer: unknown): ChainLog[] {
  if (!Array.isArray(answer)) return fieldsOf("eth_getLogs", answer).malformed();
  const logs = answer.map(decodeLog);
  return logs.sort(
    (a, b) => Number(a.blockNumber - b.blockNumber) || Number(a.logIndex - b.logIndex),
  );
}

function decodeLog(answer: unknown): ChainLog {
  const { get, hex, quantity, toHex, malformed } = fieldsOf("eth_getLogs", answer);
  const topics = get("topics");
  if (!Array.isArray(topics) || topics.length > MOST_TOPICS || get("removed") === true)
    return malformed();
  return {
    blockNumber: quantity("blockNumber"),
    blockHash: hex("blockHash", 32),
    transactionHash: hex("transactionHash", 32),
    logIndex: Number(quantity("logIndex")),
    address: hex("address", 20) as Address,
    topics: topics.map((topic) => toHex(topic, 32)),
    data: hex("data"),
  };
}
