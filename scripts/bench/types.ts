// SPDX-License-Identifier: MIT

/** Figures by name, nested by subject. */
export interface Figures {
  [name: string]: number | string | Figures;
}

/** For progress. */
export type Log = (line: string) => void;

/** Measures one part. */
export type Measure = (log: Log) => Promise<Figures>;

/** What can be measured. */
export interface Part {
  measure: Measure;
  /** The figures as a table, for people who read no JSON. */
  toLines?: (figures: Figures) => string[];
  /** Measures, and tells where each figure comes from. */
  trace?: (log: Log) => Promise<string[]>;
  /** Only where figures are the same on every machine: the committed files that show them, by path, and what they should hold. */
  toFiles?: (figures: Figures) => Promise<Record<string, string>>;
}
