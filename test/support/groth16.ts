// SPDX-License-Identifier: MIT
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A verifying key as the contract takes it: coordinates in the precompiles' order. */
export interface VerifyingKey {
  alpha: G1;
  beta: G2;
  gamma: G2;
  delta: G2;
  ic: G1[];
  development: boolean;
}

export interface Proof {
  a: G1;
  b: G2;
  c: G1;
}

export type G1 = readonly [bigint, bigint];
/** x imaginary, x real, y imaginary, y real. */
export type G2 = readonly [bigint, bigint, bigint, bigint];

/** A circuit with its keys, made by {@link buildBoundSquare}. */
export interface Circuit {
  /** Made by a whole (public, seeded) ceremony. */
  key: VerifyingKey;
  /** Made without phase 2: anybody can prove anything. */
  keyWithoutPhase2: VerifyingKey;
  prove(secret: bigint, binding: bigint): Promise<{ proof: Proof; signals: bigint[] }>;
  dispose(): Promise<void>;
}

/** Order of BN254's groups. */
export const SCALAR_FIELD =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Order of the field of BN254's coordinates. */
export const BASE_FIELD =
  21888242871839275222246405745257275088696311157297823662689037894645226208583n;

type Decimal = readonly string[];

interface SnarkjsProof {
  pi_a: Decimal;
  pi_b: readonly Decimal[];
  pi_c: Decimal;
}

interface SnarkjsKey {
  vk_alpha_1: Decimal;
  vk_beta_2: readonly Decimal[];
  vk_gamma_2: readonly Decimal[];
  vk_delta_2: readonly Decimal[];
  IC: readonly Decimal[];
}

/** A group of ffjavascript, as far as we use it; its points are opaque. */
interface Group<Coordinate> {
  fromObject(point: Coordinate[]): Uint8Array;
  toObject(point: Uint8Array): Coordinate[];
  toAffine(point: Uint8Array): Uint8Array;
  timesScalar(point: Uint8Array, scalar: bigint): Uint8Array;
  add(left: Uint8Array, right: Uint8Array): Uint8Array;
  neg(point: Uint8Array): Uint8Array;
}

interface Curve {
  G1: Group<bigint>;
  G2: Group<[bigint, bigint]>;
  terminate(): Promise<void>;
}

/** snarkjs has no types. */
interface Snarkjs {
  curves: { getCurveFromName(name: string): Promise<Curve> };
  groth16: {
    fullProve(
      inputs: Record<string, bigint>,
      wasm: string,
      zkey: string,
    ): Promise<{ proof: SnarkjsProof; publicSignals: string[] }>;
  };
  powersOfTau: {
    newAccumulator(curve: Curve, power: number, file: string): Promise<void>;
    beacon(from: string, to: string, name: string, beacon: string, power: number): Promise<void>;
    preparePhase2(from: string, to: string): Promise<void>;
  };
  zKey: {
    newZKey(r1cs: string, ptau: string, zkey: string): Promise<number | Uint8Array>;
    beacon(from: string, to: string, name: string, beacon: string, power: number): Promise<void>;
    exportVerificationKey(zkey: string): Promise<SnarkjsKey>;
  };
}

const require = createRequire(import.meta.url);
const snarkjs: Snarkjs = require("snarkjs");

/** A power of two above the circuit's number of constraints. */
const POWER = 4;
/** Seeds of the ceremony, so that each run has the same keys. */
const BEACON = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
const BEACON_POWER = 10;

/** Compiles `BoundSquare.circom` and runs its ceremony, in a temporary directory. */
export async function buildBoundSquare(): Promise<Circuit> {
  const directory = await mkdtemp(join(tmpdir(), "assay-groth16-"));
  const path = (name: string) => join(directory, name);

  const source = fileURLToPath(new URL("BoundSquare.circom", import.meta.url));
  await copyFile(source, path("BoundSquare.circom"));
  const compile = [require.resolve("circom2/cli.js"), "BoundSquare.circom", "--r1cs", "--wasm"];
  await promisify(execFile)(process.execPath, compile, { cwd: directory });

  const curve = await snarkjs.curves.getCurveFromName("bn128");
  const { powersOfTau, zKey } = snarkjs;
  await powersOfTau.newAccumulator(curve, POWER, path("0.ptau"));
  await powersOfTau.beacon(path("0.ptau"), path("1.ptau"), "test", BEACON, BEACON_POWER);
  await powersOfTau.preparePhase2(path("1.ptau"), path("2.ptau"));
  await zKey.newZKey(path("BoundSquare.r1cs"), path("2.ptau"), path("phase1.zkey"));
  await zKey.beacon(path("phase1.zkey"), path("phase2.zkey"), "test", BEACON, BEACON_POWER);

  const wasm = path("BoundSquare_js/BoundSquare.wasm");
  return {
    key: toKey(await zKey.exportVerificationKey(path("phase2.zkey"))),
    keyWithoutPhase2: toKey(await zKey.exportVerificationKey(path("phase1.zkey"))),
    async prove(secret, binding) {
      const inputs = { inputCommitment: secret ** 2n, outcome: 2n * secret, binding, secret };
      const made = await snarkjs.groth16.fullProve(inputs, wasm, path("phase2.zkey"));
      return { proof: toProof(made.proof), signals: made.publicSignals.map(BigInt) };
    },
    async dispose() {
      await curve.terminate();
      await rm(directory, { recursive: true });
    },
  };
}

/** Another proof of the same statement, made without the witness: (A, B, C) becomes (A / k, k B, C). */
export async function rerandomise(proof: Proof, factor: bigint): Promise<Proof> {
  const { G1, G2 } = await snarkjs.curves.getCurveFromName("bn128");
  const a = G1.timesScalar(fromG1(G1, proof.a), inverse(factor));
  const b = G2.timesScalar(G2.fromObject(toPairs(proof.b)), factor);
  const [x, y] = G2.toObject(G2.toAffine(b));
  return { a: toG1(G1, a), b: toG2([x!, y!]), c: proof.c };
}

export async function addPoints(left: G1, right: G1): Promise<G1> {
  const { G1 } = await snarkjs.curves.getCurveFromName("bn128");
  return toG1(G1, G1.add(fromG1(G1, left), fromG1(G1, right)));
}

/** A proof of any signals under a key whose gamma is its delta: (alpha, beta, -statement). */
export async function forgeWithoutPhase2(key: VerifyingKey, signals: bigint[]): Promise<Proof> {
  const { G1 } = await snarkjs.curves.getCurveFromName("bn128");
  const [constant, ...factors] = key.ic.map((point) => fromG1(G1, point));
  const statement = signals.reduce(
    (sum, signal, i) => G1.add(sum, G1.timesScalar(factors[i]!, signal)),
    constant!,
  );
  return { a: key.alpha, b: key.beta, c: toG1(G1, G1.neg(statement)) };
}

function toKey(key: SnarkjsKey): VerifyingKey {
  return {
    alpha: toPoint(key.vk_alpha_1),
    beta: toG2(decimalPairs(key.vk_beta_2)),
    gamma: toG2(decimalPairs(key.vk_gamma_2)),
    delta: toG2(decimalPairs(key.vk_delta_2)),
    ic: key.IC.map(toPoint),
    development: false,
  };
}

function toProof({ pi_a, pi_b, pi_c }: SnarkjsProof): Proof {
  return { a: toPoint(pi_a), b: toG2(decimalPairs(pi_b)), c: toPoint(pi_c) };
}

function toPoint([x, y]: Decimal): G1 {
  return [BigInt(x!), BigInt(y!)];
}

function decimalPairs([x, y]: readonly Decimal[]): [[bigint, bigint], [bigint, bigint]] {
  return [
    [BigInt(x![0]!), BigInt(x![1]!)],
    [BigInt(y![0]!), BigInt(y![1]!)],
  ];
}

/** snarkjs has the real part first, the precompiles the imaginary one. */
function toG2([x, y]: [[bigint, bigint], [bigint, bigint]]): G2 {
  return [x[1], x[0], y[1], y[0]];
}

function toPairs([xIm, xRe, yIm, yRe]: G2): [bigint, bigint][] {
  return [
    [xRe, xIm],
    [yRe, yIm],
  ];
}

function fromG1(group: Group<bigint>, point: G1): Uint8Array {
  return group.fromObject([...point]);
}

function toG1(group: Group<bigint>, point: Uint8Array): G1 {
  const [x, y] = group.toObject(group.toAffine(point));
  return [x!, y!];
}

/** By Fermat: k^(r - 2). */
function inverse(value: bigint): bigint {
  let result = 1n;
  let base = value % SCALAR_FIELD;
  for (let exponent = SCALAR_FIELD - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % SCALAR_FIELD;
    base = (base * base) % SCALAR_FIELD;
  }
  return result;
}
