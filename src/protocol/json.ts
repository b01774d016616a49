// SPDX-License-Identifier: MIT
// Strict reading and canonical writing of JSON. Amounts and block numbers are decimal strings, because JSON numbers
// lose digits; every error names the path of the field.
import { type Address, getAddress, type Hex, isAddress, isHex, size } from "viem";

import {
  InvalidFieldError,
  JsonSyntaxError,
  JsonTooLargeError,
  MissingFieldError,
  UnknownFieldError,
} from "./errors.ts";

/** Checks one value and returns it typed; `path` is where it stands, for the error. */
export type Reader<T> = (value: unknown, path: string) => T;

/** The type that a reader returns. */
export type ReadBy<R> = R extends Reader<infer T> ? T : never;

/** An unsigned integer of at most `bits` bits as a JSON number; `bits` is at most 53. */
export function uint(bits: number): Reader<number> {
  const limit = 2 ** bits;
  return (value, path) => {
    if (Number.isSafeInteger(value) && typeof value === "number" && value >= 0 && value < limit) {
      return Object.is(value, -0) ? 0 : value;
    }
    throw new InvalidFieldError(path, `an integer from 0 to 2^${bits} - 1`);
  };
}

/** An unsigned integer of at most `bits` bits as a decimal string without leading zeros. */
export function bigUint(bits: number): Reader<bigint> {
  const limit = 1n << BigInt(bits);
  return (value, path) => {
    // The length is checked first: parsing megabytes of digits takes quadratic time.
    if (typeof value === "string" && value.length <= 78 && /^(0|[1-9]\d*)$/.test(value)) {
      const number = BigInt(value);
      if (number < limit) return number;
    }
    throw new InvalidFieldError(path, `a decimal string from "0" to 2^${bits} - 1`);
  };
}

/** Hex bytes, of exactly `length` bytes if given; returned in lower case. */
export function hexBytes(length?: number): Reader<Hex> {
  const expected = `${length ?? "whole"} bytes in hex, with 0x`;
  return (value, path) => {
    if (!isHex(value) || value.length % 2 !== 0) throw new InvalidFieldError(path, expected);
    if (length !== undefined && size(value) !== length) throw new InvalidFieldError(path, expected);
    return value.toLowerCase() as Hex;
  };
}

/** An address; a wrong checksum is an error. Returned with its checksum, as viem yields it. */
export const address: Reader<Address> = (value, path) => {
  if (typeof value === "string" && isAddress(value)) return getAddress(value);
  throw new InvalidFieldError(path, "an address with a correct checksum, or in lower case");
};

/** Text of a form; `expected` describes it. */
export function textOf(form: RegExp, expected: string): Reader<string> {
  return (value, path) => {
    if (typeof value === "string" && form.test(value)) return value;
    throw new InvalidFieldError(path, expected);
  };
}

/** One of the listed values. */
export function oneOf<const T extends string | number>(values: readonly T[]): Reader<T> {
  return (value, path) => {
    const found = values.find((known) => known === value);
    if (found !== undefined) return found;
    throw new InvalidFieldError(path, values.map((known) => JSON.stringify(known)).join(" or "));
  };
}

/** A list of at most `limit` entries. */
export function listOf<T>(reader: Reader<T>, limit: number): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > limit) {
      throw new InvalidFieldError(path, `a list of at most ${limit} entries`);
    }
    return value.map((entry, index) => reader(entry, `${path}[${index}]`));
  };
}

/** An object with exactly these fields. */
export function objectOf<T extends object>(fields: { [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InvalidFieldError(path, "an object");
    }
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
    if (unknown !== undefined) throw new UnknownFieldError(`${path}.${unknown}`);

    const given = value as Record<string, unknown>;
    const read: Record<string, unknown> = {};
    for (const [key, reader] of Object.entries<Reader<unknown>>(fields)) {
      if (!Object.hasOwn(given, key)) throw new MissingFieldError(`${path}.${key}`);
      read[key] = reader(given[key], `${path}.${key}`);
    }
    return read as T;
  };
}

/** An object with at least these fields; the others are left out. For what no part of this project wrote. */
export function partOf<T extends object>(fields: { [K in keyof T]: Reader<T[K]> }): Reader<T> {
  const read = objectOf<T>(fields);
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InvalidFieldError(path, "an object");
    }
    const known = Object.entries(value).filter(([key]) => Object.hasOwn(fields, key));
    return read(Object.fromEntries(known), path);
  };
}

/** Parses text and reads it; `$` is the root in the paths of errors. */
export function parseJson<T>(
  text: string,
  reader: Reader<T>,
  options: { what: string; limit: number },
): T {
  if (text.length > options.limit) {
    throw new JsonTooLargeError(options.what, text.length, options.limit);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JsonSyntaxError(options.what, cause);
  }
  return reader(value, "$");
}

/** Canonical JSON: keys sorted, no white space, bigints as decimal strings, absent fields left out. */
export function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === "bigint") return entry.toString();
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
    return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
