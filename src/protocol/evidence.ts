// SPDX-License-Identifier: MIT
import { UnknownPathError } from "./errors.ts";

/** What proves a result. The numbers are HACA's own; mirrors `enum Evidence`. */
export const Evidence = {
  /** A bonded claim. */
  VANILLA: 0,
  /** A Groth16 proof. */
  ZKML: 1,
  /** An attested enclave's signature. */
  TEE: 2,
} as const;
export type Evidence = (typeof Evidence)[keyof typeof Evidence];

/** A set of kinds of evidence: bit `k` is set when kind `k` is a member; mirrors `type EvidenceSet is uint8`. */
export type EvidenceSet = number;

/** The empty set: as a requirement, an unchallenged claim suffices. */
export const NO_EVIDENCE: EvidenceSet = 0;
/** The kinds that prove a result by themselves. */
export const PROVING_EVIDENCE: EvidenceSet = (1 << Evidence.ZKML) | (1 << Evidence.TEE);
export const ALL_EVIDENCE: EvidenceSet = PROVING_EVIDENCE | (1 << Evidence.VANILLA);

/** The way a request is proved, as people write it. */
export type Path = "vanilla" | "zkml" | "tee";

/** All paths, in the order of their numbers. */
export const PATHS = ["vanilla", "zkml", "tee"] as const satisfies readonly Path[];

const KINDS: Record<Path, Evidence> = {
  vanilla: Evidence.VANILLA,
  zkml: Evidence.ZKML,
  tee: Evidence.TEE,
};

/** The kind of evidence that a path brings. */
export function evidenceOf(path: Path): Evidence {
  return KINDS[path];
}

/** The path of a kind of evidence. */
export function pathOf(kind: Evidence): Path {
  return PATHS[kind];
}

/** Reads a path that a person typed. */
export function parsePath(text: string): Path {
  const path = PATHS.find((known) => known === text.toLowerCase());
  if (path === undefined) throw new UnknownPathError(text, PATHS);
  return path;
}

/** The set of these kinds. */
export function toEvidenceSet(kinds: Iterable<Evidence>): EvidenceSet {
  let set = NO_EVIDENCE;
  for (const kind of kinds) set |= 1 << kind;
  return set;
}

export function hasEvidence(set: EvidenceSet, kind: Evidence): boolean {
  return (set & (1 << kind)) !== 0;
}

/** Whether every member of `subset` is in `set`. */
export function includesEvidence(set: EvidenceSet, subset: EvidenceSet): boolean {
  return (subset & ~set) === 0;
}

/** The members of a set, in the order of their numbers. */
export function evidenceIn(set: EvidenceSet): Evidence[] {
  return Object.values(Evidence).filter((kind) => hasEvidence(set, kind));
}

/** What a request must require so that it is proved by these paths: a bonded claim needs no requirement. */
export function requiredEvidenceOf(paths: Iterable<Path>): EvidenceSet {
  return toEvidenceSet([...paths].map(evidenceOf)) & PROVING_EVIDENCE;
}

/** The set of paths a model offers, for `Model.paths`. */
export function pathsToSet(paths: Iterable<Path>): EvidenceSet {
  return toEvidenceSet([...paths].map(evidenceOf));
}

/** The paths in a set, for example those that a model offers. */
export function pathsIn(set: EvidenceSet): Path[] {
  return evidenceIn(set).map(pathOf);
}
