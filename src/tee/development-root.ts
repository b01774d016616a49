// SPDX-License-Identifier: MIT
import { createECDH, createHash, createPrivateKey, type KeyObject } from "node:crypto";

/**
 * DEVELOPMENT ONLY. The private key of the development root is the SHA-384 of this sentence, so that nobody can take it
 * for a secret: ANYBODY CAN SIGN WITH IT. It counts on local chains alone (see `isLocalChain` of `protocol`).
 */
const PUBLISHED_SECRET =
  "assay development root: this private key is public, anybody can sign with it";

/** DER of the DEVELOPMENT root certificate. Constant, since it is pinned by its hash `DEVELOPMENT_ROOT_HASH`. */
export const DEVELOPMENT_ROOT_CERTIFICATE: Uint8Array = Buffer.from(
  "MIICOTCCAb+gAwIBAgIQVeT2SatVoDjEFYWqmq0bpDAKBggqhkjOPQQDAzBeMQswCQYDVQQGEwJVUzEOMAwGA1UE" +
    "CgwFQXNzYXkxFDASBgNVBAsMC0RldmVsb3BtZW50MSkwJwYDVQQDDCBhc3NheS5kZXZlbG9wbWVudC5uaXRyby1l" +
    "bmNsYXZlczAeFw0xOTEwMjgxMzI4MDVaFw00OTEwMjgxNDI4MDVaMF4xCzAJBgNVBAYTAlVTMQ4wDAYDVQQKDAVB" +
    "c3NheTEUMBIGA1UECwwLRGV2ZWxvcG1lbnQxKTAnBgNVBAMMIGFzc2F5LmRldmVsb3BtZW50Lm5pdHJvLWVuY2xh" +
    "dmVzMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAED/EIM1qoHv3aSFMC6Ps1ThSDC4fWVPJnfu2cz69kHHuiOi49VFSD" +
    "7EV6jar10JgCp8ybdsxN140AiSmWuzg9OgFqd3mED0SIDfbkDh16kh8wA/LjjmXpgyOg+HKDZQtDo0IwQDAPBgNV" +
    "HRMBAf8EBTADAQH/MB0GA1UdDgQWBBQn/5pf1KTMcOwpWhj66uUHu1DXoTAOBgNVHQ8BAf8EBAMCAYYwCgYIKoZI" +
    "zj0EAwMDaAAwZQIwEltXPItovr5XbhXeA7trFPdrNVoHXWiQ8wQYjxPJ1feKD60d5mOOvtkdZ8VuJHKrAjEAlvMs" +
    "3P31McDGCl+wmH6u4aHcy5zW8+jJ6yLk/t+AruSPc9Is1Vec0kPgxAG2TgfK",
  "base64",
);

/** The private key, known to everybody, of {@link DEVELOPMENT_ROOT_CERTIFICATE}. */
export function developmentRootKey(): KeyObject {
  const secret = createHash("sha384").update(PUBLISHED_SECRET).digest();
  const pair = createECDH("secp384r1");
  pair.setPrivateKey(secret);
  const point = pair.getPublicKey();
  return createPrivateKey({
    format: "jwk",
    key: {
      kty: "EC",
      crv: "P-384",
      d: secret.toString("base64url"),
      x: point.subarray(1, 49).toString("base64url"),
      y: point.subarray(49).toString("base64url"),
    },
  });
}
