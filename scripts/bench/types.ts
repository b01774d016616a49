// SPDX-License-Identifier: MIT

/** Figures by name, nested by subject. */
export interface Figures {
  [name: string]: number | string | Figures;
}

/** Measures one part; `log` is for progress. */
export type Measure = (log: (line: string) => void) => Promise<Figures>;
