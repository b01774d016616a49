// SPDX-License-Identifier: MIT
// What a run of the test runner printed, read back: how many passed, and what failed, to be shown again at the very end.
import { stripVTControlCharacters } from "node:util";

/** Of each failure: its name, its message and where its trace begins. */
const FAILURE_LINES = 16;
/** Of a run that ended before it could count. */
const LAST_LINES = 20;

/** What one run came to. */
export interface TestReport {
  passing: number;
  failing: number;
  pending: number;
  /** Each with its name, its message and the first lines of its trace. */
  failures: string[];
  /** Names of the tests that were skipped. */
  skipped: string[];
}

/** Reads what Hardhat's runners print, mocha's and that of Solidity tests, which look alike. */
export function readTestReport(printed: string, isSuccess: boolean): TestReport {
  const lines = stripVTControlCharacters(printed).trimEnd().split("\n");
  // Hardhat's own sum below counts skipped tests as passed: it has another form.
  const countOf = (kind: RegExp): number => {
    const counts = lines.map((line) => / {2}(\d+) (\w+)/y.exec(line) ?? []);
    return counts.reduce((sum, [, n, word = ""]) => sum + (kind.test(word) ? Number(n) : 0), 0);
  };
  const results = lines.findIndex((line) => /^ {2}\d+ (?:passing|failing)\b/.test(line));
  const before = results < 0 ? [] : lines.slice(0, results);
  const failures = failuresIn(results < 0 ? [] : lines.slice(results));
  return {
    passing: countOf(/^passing$/),
    failing: countOf(/^failing$/),
    pending: countOf(/^(?:pending|skipped)$/),
    failures: isSuccess || failures.length > 0 ? failures : [lines.slice(-LAST_LINES).join("\n")],
    skipped: before.flatMap((line) => /^ {4,}- (.+)/.exec(line)?.[1] ?? []),
  };
}

/** Each begins with its number. */
function failuresIn(lines: readonly string[]): string[] {
  const failures: string[][] = [];
  for (const line of lines) {
    if (/^ {2}\d+\) /.test(line)) failures.push([line]);
    else if (line.trim() !== "") failures.at(-1)?.push(line);
  }
  return failures.map((failure) => failure.slice(0, FAILURE_LINES).join("\n"));
}
