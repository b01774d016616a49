// SPDX-License-Identifier: MIT
import { isDevelopmentAlpha } from "./development.ts";
import { MissingPhase2Error, VerifyingKeyFormatError } from "./errors.ts";
import {
  BASE_FIELD_ORDER,
  encodeG1,
  encodeG2,
  type G1Words,
  type G2Words,
} from "./groth16-proof.ts";

/** A Groth16 verifying key in snarkjs' own field names. */
export interface VerifyingKey {
  protocol: "groth16";
  curve: "bn128";
  nPublic: number;
  vk_alpha_1: readonly string[];
  vk_beta_2: readonly (readonly string[])[];
  vk_gamma_2: readonly (readonly string[])[];
  vk_delta_2: readonly (readonly string[])[];
  IC: readonly (readonly string[])[];
  /** True when it comes from the development ceremony, whose secrets are public. */
  development: boolean;
}

/** A verifying key in the layout of the contract, G2 coordinates with the imaginary part first. */
export interface ContractVerifyingKey {
  alpha: G1Words;
  beta: G2Words;
  gamma: G2Words;
  delta: G2Words;
  ic: readonly G1Words[];
  development: boolean;
}

/** Input commitment, at least one chunk of output, binding. */
const FEWEST_SIGNALS = 3;
/** The contract registers no larger key. */
const MOST_SIGNALS = 64;

const G2_GENERATOR: G2Words = [
  11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  10857046999023057135944570762232829481370756359578518086990519993285655852781n,
  4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  8495653923123431417604973247489272438418190587263600148770280649306958101930n,
];

/**
 * Reads nested decimal strings of exactly these lengths, every one below the base field's order.
 */
function coordinates(value: unknown, path: string, shape: readonly number[]): unknown {
  const [length, ...inner] = shape;
  if (length !== undefined) {
    if (!Array.isArray(value) || value.length !== length) {
      throw new VerifyingKeyFormatError(path, `an array of ${length}`);
    }
    return value.map((entry, index) => coordinates(entry, `${path}[${index}]`, inner));
  }
  if (typeof value !== "string" || !/^(0|[1-9]\d{0,77})$/.test(value)) {
    throw new VerifyingKeyFormatError(path, "a decimal string");
  }
  if (BigInt(value) >= BASE_FIELD_ORDER) {
    throw new VerifyingKeyFormatError(path, "a coordinate below the field order");
  }
  return value;
}

function signalCount(value: unknown): number {
  const isCount = typeof value === "number" && Number.isInteger(value);
  if (!isCount || value < FEWEST_SIGNALS || value > MOST_SIGNALS) {
    throw new VerifyingKeyFormatError("nPublic", `${FEWEST_SIGNALS} to ${MOST_SIGNALS}`);
  }
  return value;
}

/**
 * Reads a verifying key and checks its shape, so that nothing later has to. It does not check that
 * the points are on the curve: the contract and the pairing do.
 *
 * @throws {VerifyingKeyFormatError} naming the first field that is wrong.
 */
export function parseVerifyingKey(value: unknown): VerifyingKey {
  if (typeof value !== "object" || value === null) {
    throw new VerifyingKeyFormatError("key", "an object");
  }
  const key = value as Record<string, unknown>;
  if (key["protocol"] !== "groth16") throw new VerifyingKeyFormatError("protocol", "groth16");
  if (key["curve"] !== "bn128") throw new VerifyingKeyFormatError("curve", "bn128");
  const signals = signalCount(key["nPublic"]);
  const point = (field: string) => coordinates(key[field], field, [3]) as string[];
  const twisted = (field: string) => coordinates(key[field], field, [3, 2]) as string[][];
  const alpha = point("vk_alpha_1");
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: signals,
    vk_alpha_1: alpha,
    vk_beta_2: twisted("vk_beta_2"),
    vk_gamma_2: twisted("vk_gamma_2"),
    vk_delta_2: twisted("vk_delta_2"),
    IC: coordinates(key["IC"], "IC", [signals + 1, 3]) as string[][],
    development: isDevelopmentAlpha(encodeG1(alpha)),
  };
}

/** The one spelling of a verifying-key file. */
export function formatVerifyingKey(key: VerifyingKey): string {
  return `${JSON.stringify(key, null, 2)}\n`;
}

function equals(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/**
 * Refuses a key that nobody contributed to in phase 2. Under such a key (gamma == delta) anybody
 * forges a proof of anything without a witness, and `snarkjs zkey verify` does not notice.
 *
 * @throws {MissingPhase2Error}
 */
export function assertPhase2(key: VerifyingKey): void {
  const delta = encodeG2(key.vk_delta_2);
  if (equals(encodeG2(key.vk_gamma_2), delta)) throw new MissingPhase2Error("gamma equals delta");
  if (equals(delta, G2_GENERATOR)) throw new MissingPhase2Error("delta is the generator of G2");
}

/** The key as the contract's registration takes it. */
export function toContractVerifyingKey(key: VerifyingKey): ContractVerifyingKey {
  const alpha = encodeG1(key.vk_alpha_1);
  return {
    alpha,
    beta: encodeG2(key.vk_beta_2),
    gamma: encodeG2(key.vk_gamma_2),
    delta: encodeG2(key.vk_delta_2),
    ic: key.IC.map(encodeG1),
    development: isDevelopmentAlpha(alpha),
  };
}
