// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";

import { hexToBytes, size, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import { createDevelopmentChain, formatModuleId, type ModuleId } from "./development-chain.ts";
import { encodeNitroPayload, signNitroPayload } from "./development-document.ts";
import { computeMeasurement, imageRegisters, sha384, type EnclaveImage } from "./enclave-image.ts";
import { EnclaveInputError } from "./errors.ts";
import type { AttestParameters, Enclave } from "./types.ts";

export interface SoftwareEnclaveParameters {
  readonly image: EnclaveImage;
  /** Zeroes PCR0..2, as a Nitro enclave in debug mode does. Every verifier must refuse its documents. */
  readonly debug?: boolean;
}

const REGISTER_COUNT = 16;
const REGISTER_SIZE = 48;
const INSTANCE_REGISTER = 4;
const MAX_USER_DATA = 512;
const DIGEST_SIZE = 32;

/**
 * Boots an enclave in software, for local chains: it has a fresh secp256k1 key that never leaves it, and makes
 * documents that are structurally genuine Nitro documents under the DEVELOPMENT root. It protects nothing: whoever runs
 * the process can read its memory, and anybody can sign with the development root.
 *
 * @throws {EnclaveInputError} if the image's weights commitment is not 32 bytes.
 *
 * @example
 * const enclave = createSoftwareEnclave({ image: { runtime: "assay-runtime/0.1.0", weights } });
 * const document = await enclave.attest({ userData: admissionUserData(binding) });
 */
export function createSoftwareEnclave({
  image,
  debug = false,
}: SoftwareEnclaveParameters): Enclave {
  const account = privateKeyToAccount(generatePrivateKey());
  const module = createModuleId(Date.now());
  const chainAt = createDevelopmentChain(module);
  const registers = createRegisters(image, module, debug);
  const sign = async (digest: Hex): Promise<Hex> => {
    if (size(digest) !== DIGEST_SIZE)
      throw new EnclaveInputError("digest", `must be ${DIGEST_SIZE} bytes`);
    return account.sign({ hash: digest });
  };

  return {
    publicKey: account.publicKey,
    address: account.address,
    measurement: computeMeasurement(image),
    signResult: sign,
    proveKeyPossession: sign,
    attest: async ({ userData, nonce, now = Date.now() / 1000 }: AttestParameters) => {
      const { authorities, leaf } = chainAt(Math.floor(now));
      const payload = new Map<string, unknown>([
        ["module_id", formatModuleId(module)],
        ["digest", "SHA384"],
        ["timestamp", Math.floor(now * 1000)],
        ["pcrs", registers],
        ["certificate", leaf.der],
        ["cabundle", authorities.map(({ der }) => der)],
        ["public_key", hexToBytes(account.publicKey)],
        ["user_data", boundedBytes("userData", userData)],
        ["nonce", nonce === undefined ? null : boundedBytes("nonce", nonce)],
      ]);
      return signNitroPayload(encodeNitroPayload(payload), leaf.key);
    },
  };
}

/** As Nitro does, the enclave's part begins with its time of birth in milliseconds. */
function createModuleId(bornAt: number): ModuleId {
  const born = bornAt.toString(16).padStart(12, "0");
  return {
    instance: `i-${randomBytes(9).toString("hex").slice(0, 17)}`,
    enclave: born + randomBytes(2).toString("hex"),
  };
}

function createRegisters(
  image: EnclaveImage,
  module: ModuleId,
  debug: boolean,
): ReadonlyMap<number, Uint8Array> {
  const measured = debug ? new Map<number, Hex>() : imageRegisters(image);
  const registers = new Map<number, Uint8Array>();
  for (let index = 0; index < REGISTER_COUNT; index += 1) {
    const register = measured.get(index);
    registers.set(
      index,
      register === undefined ? new Uint8Array(REGISTER_SIZE) : hexToBytes(register),
    );
  }
  return registers.set(INSTANCE_REGISTER, sha384(Buffer.from(module.instance)));
}

function boundedBytes(field: string, value: Hex): Uint8Array {
  if (size(value) > MAX_USER_DATA)
    throw new EnclaveInputError(field, `must be at most ${MAX_USER_DATA} bytes`);
  return hexToBytes(value);
}
