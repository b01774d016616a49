// SPDX-License-Identifier: MIT
import { type Client, encodeAbiParameters, keccak256 } from "viem";
import { getAbiItem } from "viem/utils";

import { groth16VerifierAbi } from "../abi/groth16Verifier.ts";
import { read } from "../client/call.ts";
import type { DeploymentWith } from "../client/deployment.ts";
import type { VerifyingKeyId } from "../protocol/ids.ts";
import type { G1, G2 } from "../protocol/verifying-key.ts";
import { parseVerifyingKey, type VerifyingKey } from "../zkml/verifying-key.ts";
import { demand } from "./report.ts";

const KEY_PARAMETERS = getAbiItem({ abi: groth16VerifierAbi, name: "keyOf" }).outputs;

/** A verifying key as the chain has it, in the form that the off-chain verifier takes. Its id is checked. */
export async function readVerifyingKey(
  client: Client,
  parameters: { deployment: DeploymentWith<"groth16Verifier">; keyId: VerifyingKeyId },
): Promise<VerifyingKey> {
  const { deployment, keyId } = parameters;
  const key = await read(client, {
    address: deployment.groth16Verifier,
    abi: groth16VerifierAbi,
    functionName: "keyOf",
    args: [keyId],
  });
  const hash = keccak256(encodeAbiParameters(KEY_PARAMETERS, [key]));
  demand(hash === keyId, `The verifier's key ${keyId} hashes to ${hash}.`);

  return parseVerifyingKey({
    protocol: "groth16",
    curve: "bn128",
    nPublic: key.ic.length - 1,
    vk_alpha_1: decodeG1(key.alpha),
    vk_beta_2: decodeG2(key.beta),
    vk_gamma_2: decodeG2(key.gamma),
    vk_delta_2: decodeG2(key.delta),
    IC: key.ic.map(decodeG1),
  });
}

/** A point as snarkjs writes it: projective, in decimal. */
function decodeG1([x, y]: G1): string[] {
  return [String(x), String(y), "1"];
}

/** snarkjs has the real part of a coordinate first, the precompiles have it last. */
function decodeG2([x1, x0, y1, y0]: G2): string[][] {
  return [
    [String(x0), String(x1)],
    [String(y0), String(y1)],
    ["1", "0"],
  ];
}
