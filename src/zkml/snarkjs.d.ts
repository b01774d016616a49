// SPDX-License-Identifier: MIT

/** The functions of snarkjs 0.7.6 that this folder uses; the package has no types of its own. */
declare module "snarkjs" {
  /** A path, or a file in memory. */
  export type SnarkFile = string | { type: "mem"; data?: Uint8Array };

  export interface SnarkProof {
    pi_a: string[];
    pi_b: string[][];
    pi_c: string[];
    protocol: string;
    curve: string;
  }

  export interface SnarkVerifyingKey {
    protocol: string;
    curve: string;
    nPublic: number;
    vk_alpha_1: string[];
    vk_beta_2: string[][];
    vk_gamma_2: string[][];
    vk_delta_2: string[][];
    IC: string[][];
  }

  /** One of the two groups of a curve; points are opaque bytes. */
  export interface SnarkGroup {
    g: Uint8Array;
    fromObject(point: bigint[] | bigint[][]): Uint8Array;
    toObject(point: Uint8Array): bigint[] | bigint[][];
    toAffine(point: Uint8Array): Uint8Array;
    timesScalar(point: Uint8Array, scalar: bigint): Uint8Array;
    neg(point: Uint8Array): Uint8Array;
    add(a: Uint8Array, b: Uint8Array): Uint8Array;
    isZero(point: Uint8Array): boolean;
    isValid(point: Uint8Array): boolean;
  }

  export interface SnarkCurve {
    G1: SnarkGroup;
    G2: SnarkGroup;
    /** Ends the worker threads; without it the process never exits. */
    terminate(): Promise<void>;
  }

  export const curves: {
    getCurveFromName(name: "bn128", options?: { singleThread: boolean }): Promise<SnarkCurve>;
  };

  export const powersOfTau: {
    newAccumulator(curve: SnarkCurve, power: number, output: SnarkFile): Promise<Uint8Array>;
    /** Resolves to false, without throwing, when a parameter is refused. */
    beacon(
      input: SnarkFile,
      output: SnarkFile,
      name: string,
      beaconHash: string,
      iterationsExponent: number,
    ): Promise<Uint8Array | false>;
    preparePhase2(input: SnarkFile, output: SnarkFile): Promise<void>;
  };

  export const zKey: {
    /** Resolves to -1, without throwing, when the powers of tau do not fit the circuit. */
    newZKey(r1cs: SnarkFile, ptau: SnarkFile, output: SnarkFile): Promise<Uint8Array | -1>;
    beacon(
      input: SnarkFile,
      output: SnarkFile,
      name: string,
      beaconHash: string,
      iterationsExponent: number,
    ): Promise<Uint8Array | false>;
    exportVerificationKey(zkey: SnarkFile): Promise<SnarkVerifyingKey>;
  };

  export const wtns: {
    calculate(
      input: Record<string, bigint | readonly bigint[]>,
      wasm: SnarkFile,
      output: SnarkFile,
      options?: { memorySize: number },
    ): Promise<void>;
    exportJson(witness: SnarkFile): Promise<bigint[]>;
  };

  export const groth16: {
    prove(
      zkey: SnarkFile,
      witness: SnarkFile,
    ): Promise<{ proof: SnarkProof; publicSignals: string[] }>;
    verify(key: SnarkVerifyingKey, signals: string[], proof: SnarkProof): Promise<boolean>;
  };
}
