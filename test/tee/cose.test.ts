// SPDX-License-Identifier: MIT
import { createPublicKey } from "node:crypto";

import { encode } from "cborg";
import { expect } from "chai";
import { concat } from "viem";

import { parseCoseSign1, PROTECTED_HEADER, verifyCoseSignature } from "../../src/tee/cose.ts";
import { signNitroPayload } from "../../src/tee/development-document.ts";
import { CborError, CoseError, DocumentSignatureError } from "../../src/tee/errors.ts";
import { verifyNitroDocument } from "../../src/tee/verify-nitro-document.ts";
import { buildDocument, chain, DEVELOPMENT, expectRefusal, keyPair } from "./fixtures.ts";

const P384_ORDER =
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;

const toScalar = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const fromScalar = (scalar: bigint) => Buffer.from(scalar.toString(16).padStart(96, "0"), "hex");
const withSignature = (document: Uint8Array, r: Uint8Array, s: Uint8Array) =>
  concat([document.subarray(0, -96), r, s]);

describe("parseCoseSign1", () => {
  const payload = Uint8Array.of(1, 2, 3);
  const signature = new Uint8Array(96);
  const parts = [PROTECTED_HEADER, new Map(), payload, signature];

  it("default", () => {
    const { protectedHeader, ...rest } = parseCoseSign1(encode(parts));
    expect(protectedHeader, "header").to.deep.equal(PROTECTED_HEADER);
    expect(rest, "payload and signature").to.deep.equal({ payload, signature });
  });

  it("behavior: tag 18 is allowed", () => {
    const tagged = concat([Uint8Array.of(0xd2), encode(parts)]);
    expect(parseCoseSign1(tagged), "tagged").to.deep.equal(parseCoseSign1(encode(parts)));
  });

  it("error: another tag, or the tag twice", () => {
    for (const tags of [[0xd1], [0xd2, 0xd2], [0xd8, 0x12]]) {
      const tagged = concat([Uint8Array.from(tags), encode(parts)]);
      expectRefusal(`tags ${tags.join()}`, CborError, () => parseCoseSign1(tagged));
    }
  });

  it("error: more than 16,384 bytes", () => {
    const fits = encode([PROTECTED_HEADER, new Map(), new Uint8Array(16_276), signature]);
    expect(fits.length, "size that fits").to.equal(16_384);
    expect(parseCoseSign1(fits).payload.length, "payload that fits").to.equal(16_276);
    const large = encode([PROTECTED_HEADER, new Map(), new Uint8Array(16_277), signature]);
    expectRefusal("one byte more", CborError, () => parseCoseSign1(large));
  });

  const refused: readonly (readonly [label: string, value: unknown])[] = [
    ["a map instead of an array", new Map()],
    ["three parts", parts.slice(0, 3)],
    ["five parts", [...parts, null]],
    ["ES256", [encode(new Map([[1, -7]])), ...parts.slice(1)]],
    [
      "two headers",
      [
        encode(
          new Map([
            [1, -35],
            [4, 0],
          ]),
        ),
        ...parts.slice(1),
      ],
    ],
    ["an empty protected header", [new Uint8Array(), ...parts.slice(1)]],
    [
      "an indefinite protected header",
      [Uint8Array.of(0xbf, 1, 0x38, 0x22, 0xff), ...parts.slice(1)],
    ],
    ["a protected header that is no byte string", [null, ...parts.slice(1)]],
    [
      "an unprotected header with a field",
      [PROTECTED_HEADER, new Map([[4, 1]]), payload, signature],
    ],
    ["an unprotected header that is no map", [PROTECTED_HEADER, null, payload, signature]],
    ["a detached payload", [PROTECTED_HEADER, new Map(), null, signature]],
    ["a payload of text", [PROTECTED_HEADER, new Map(), "payload", signature]],
    ["a signature of 95 bytes", [...parts.slice(0, 3), new Uint8Array(95)]],
    ["a signature of 97 bytes", [...parts.slice(0, 3), new Uint8Array(97)]],
    ["a signature of text", [...parts.slice(0, 3), "s".repeat(96)]],
  ];
  for (const [label, value] of refused) {
    it(`error: ${label}`, () => {
      expectRefusal(label, CoseError, () => parseCoseSign1(encode(value)));
    });
  }

  it("error: a trailing byte", () => {
    const trailing = concat([encode(parts), Uint8Array.of(0)]);
    expectRefusal("trailing", CborError, () => parseCoseSign1(trailing));
  });
});

describe("verifyCoseSignature", () => {
  it("default: r || s over Sig_structure", () => {
    const sign1 = parseCoseSign1(signNitroPayload(Uint8Array.of(1), chain().leaf.key));
    const key = createPublicKey(chain().leaf.key);
    expect(() => verifyCoseSignature(sign1, key), "own signature").not.to.throw();
    const other = { ...sign1, payload: Uint8Array.of(2) };
    expectRefusal("other payload", DocumentSignatureError, () => verifyCoseSignature(other, key));
  });

  it("behavior: low and high s are the same signature", () => {
    const document = buildDocument();
    const [r, s] = [document.subarray(-96, -48), document.subarray(-48)];
    const twin = withSignature(document, r, fromScalar(P384_ORDER - toScalar(s)));
    expect(twin, "twin differs").not.to.deep.equal(document);
    for (const each of [document, twin]) {
      const { timestamp } = verifyNitroDocument(each, DEVELOPMENT);
      expect(timestamp, "verified").to.equal(DEVELOPMENT.now * 1000);
    }
  });

  it("error: r or s out of range", () => {
    const document = buildDocument();
    const [r, s] = [document.subarray(-96, -48), document.subarray(-48)];
    for (const bad of [0n, P384_ORDER, P384_ORDER + 1n, 2n ** 384n - 1n]) {
      for (const [label, forged] of [
        ["r", withSignature(document, fromScalar(bad), s)],
        ["s", withSignature(document, r, fromScalar(bad))],
        ["both", withSignature(document, fromScalar(bad), fromScalar(bad))],
      ] as const) {
        expectRefusal(`${label} = ${bad}`, DocumentSignatureError, () =>
          verifyNitroDocument(forged, DEVELOPMENT),
        );
      }
    }
  });

  it("error: another key", () => {
    const forged = buildDocument({ key: keyPair() });
    expectRefusal("another key", DocumentSignatureError, () =>
      verifyNitroDocument(forged, DEVELOPMENT),
    );
  });
});
