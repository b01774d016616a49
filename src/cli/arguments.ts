// SPDX-License-Identifier: MIT
// Readers of what is given on the command line; each throws an error that names the option and what it takes.
import { getAddress, isAddress, isHex, parseUnits, size, type Address } from "viem";

import type { Hex32, RequestId } from "../protocol/ids.ts";
import { ArgumentInvalidError } from "./errors.ts";

/** Decimals of the test token; amounts on the command line are in whole tokens. */
export const TOKEN_DECIMALS = 18;

const PORT_MAX = 65_535;

/** An amount in whole tokens, as token units. */
export function parseTokens(name: string, text: string): bigint {
  if (!/^\d{1,20}(\.\d{1,18})?$/.test(text))
    throw new ArgumentInvalidError(name, text, "a number of tokens such as 1.5");
  return parseUnits(text, TOKEN_DECIMALS);
}

/** A time from now; none would be a deadline that has passed. */
export function parseSeconds(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new ArgumentInvalidError(name, text, "a whole number of seconds, at least 1");
  return Number(text);
}

export function parsePort(name: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > PORT_MAX)
    throw new ArgumentInvalidError(name, text, `a port from 0 to ${PORT_MAX}`);
  return Number(text);
}

/** How many there may be: one at least, `max` at most. */
export function parseCount(name: string, text: string, max: number): number {
  if (!/^[1-9]\d{0,8}$/.test(text) || Number(text) > max)
    throw new ArgumentInvalidError(name, text, `a number from 1 to ${max}`);
  return Number(text);
}

/** A number of blocks up to `max`. */
export function parseBlocks(name: string, text: string, max: number): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > max)
    throw new ArgumentInvalidError(name, text, `a number of blocks from 0 to ${max}`);
  return Number(text);
}

export function parseAddress(name: string, text: string): Address {
  if (!isAddress(text))
    throw new ArgumentInvalidError(name, text, "an address: 0x and 40 hex digits");
  return getAddress(text);
}

export function parseHex32(name: string, text: string, what: string): Hex32 {
  if (!isHex(text) || size(text) !== 32)
    throw new ArgumentInvalidError(name, text, `${what}: 0x and 64 hex digits`);
  return text;
}

export function parseRequestId(text: string): RequestId {
  return parseHex32("<id>", text, "a request id");
}
