// SPDX-License-Identifier: MIT
import { toCanonicalJson } from "../protocol/json.ts";

/** Where a command writes: results to standard output, progress to standard error. */
export interface Output {
  /** Whether the result is one JSON object. */
  json: boolean;
  /** A line of progress; silent with --json. */
  say(line: string): void;
  /** The result: for people as `lines`, for programs as one line of JSON. */
  result(value: unknown, lines: readonly string[]): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    say: (line) => {
      if (!json) process.stderr.write(`${line}\n`);
    },
    result: (value, lines) => {
      process.stdout.write(json ? `${toCanonicalJson(value)}\n` : `${lines.join("\n")}\n`);
    },
  };
}

const colours = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
const paint =
  (open: number, close: number) =>
  (text: string): string =>
    colours ? `\u001B[${open}m${text}\u001B[${close}m` : text;

export const bold = paint(1, 22);
export const dim = paint(2, 22);
export const green = paint(32, 39);
export const red = paint(31, 39);
export const yellow = paint(33, 39);

/** The first and last characters of an id, enough to recognise it. */
export function shortHex(hex: string): string {
  return hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-4)}` : hex;
}

/** Lines of two or more columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
