// SPDX-License-Identifier: MIT
import { encode } from "cborg";
import { expect } from "chai";
import { bytesToHex, concat, keccak256 } from "viem";

import { sha256 } from "../../src/tee/certificate.ts";
import { KEEP_ORDER } from "../../src/tee/development-document.ts";
import {
  CborError,
  CertificateEncodingError,
  CertificateExpiredError,
  CertificateNotYetValidError,
  CertificateOrderError,
  DebugDocumentError,
  DocumentFieldError,
  DocumentFutureError,
  DocumentSignatureError,
  DocumentStaleError,
  RootNotPinnedError,
} from "../../src/tee/errors.ts";
import { AWS_NITRO_ROOT_HASH, DEVELOPMENT_ROOT_HASH } from "../../src/tee/roots.ts";
import { verifyNitroDocument } from "../../src/tee/verify-nitro-document.ts";
import {
  alterCertificate,
  buildDocument,
  chain,
  DEVELOPMENT,
  expectRefusal,
  LEAF,
  NOW,
  pcr,
  replaceAt,
} from "./fixtures.ts";

const roots = [DEVELOPMENT_ROOT_HASH];

/** Makes the document at another time than NOW. */
function madeAt(seconds: number): Uint8Array {
  return buildDocument({ fields: (fields) => fields.set("timestamp", seconds * 1000) });
}

/** PCR0..2 zero, as in debug mode. */
function debugDocument(key = chain().leaf.key): Uint8Array {
  const registers = Array.from(
    { length: 16 },
    (_, index) => [index, index < 3 ? new Uint8Array(48) : pcr(index)] as const,
  );
  return buildDocument({ fields: (fields) => fields.set("pcrs", new Map(registers)), key });
}

describe("verifyNitroDocument", () => {
  it("default: returns everything the document says", () => {
    const { authorities, leaf } = chain();
    const document = buildDocument({
      fields: (fields) => {
        fields.set("timestamp", NOW * 1000 + 999);
        fields.set("public_key", Uint8Array.of(1));
        fields.set("user_data", Uint8Array.of(2));
        fields.set("nonce", Uint8Array.of(3));
      },
    });
    const { certificates, pcrs, ...verified } = verifyNitroDocument(document, DEVELOPMENT);
    expect(verified, "fields").to.deep.equal({
      moduleId: "i-0123456789abcdef0-enc019c1234567890ab",
      timestamp: NOW * 1000 + 999,
      digest: "SHA384",
      measurement: keccak256(concat([pcr(0), pcr(1), pcr(2)])),
      publicKey: "0x01",
      userData: "0x02",
      nonce: "0x03",
      instanceExpiry: NOW + 86_400,
      leafExpiry: NOW + 10_800,
      rootHash: DEVELOPMENT_ROOT_HASH,
      isDevelopmentRoot: true,
    });
    expect([...pcrs], "PCRs").to.deep.equal(
      Array.from({ length: 16 }, (_, index) => [index, bytesToHex(pcr(index))]),
    );
    expect(
      certificates.map((each) => each.sha256),
      "certificates",
    ).to.deep.equal([...authorities, leaf].map(({ der }) => sha256(der)));
    expect(Object.keys(certificates[LEAF]!), "a summary has no more than this").to.have.members([
      "subject",
      "notBefore",
      "notAfter",
      "serial",
      "sha256",
    ]);
  });

  it("behavior: definite and indefinite payloads, tagged and untagged", () => {
    const definite = buildDocument({ encode: (fields) => encode(fields, KEEP_ORDER) });
    const indefinite = buildDocument();
    const tag = Uint8Array.of(0xd2);
    for (const [label, document] of Object.entries({
      definite,
      indefinite,
      "tagged definite": concat([tag, definite]),
      "tagged indefinite": concat([tag, indefinite]),
    })) {
      const { timestamp } = verifyNitroDocument(document, DEVELOPMENT);
      expect(timestamp, label).to.equal(NOW * 1000);
    }
  });

  it("behavior: reads a document that is a view into a larger buffer", () => {
    const document = buildDocument();
    const larger = concat([new Uint8Array(7), document, new Uint8Array(9)]);
    const view = larger.subarray(7, 7 + document.length);
    expect(verifyNitroDocument(view, DEVELOPMENT).timestamp, "view").to.equal(NOW * 1000);
  });

  it("error: without roots only the AWS root counts", () => {
    const document = buildDocument();
    const error = expectRefusal("default roots", RootNotPinnedError, () =>
      verifyNitroDocument(document, { now: NOW }),
    );
    expect(error.message, "says what it is").to.include("development root");
    for (const none of [[], [AWS_NITRO_ROOT_HASH]]) {
      expectRefusal(`roots ${none.join()}`, RootNotPinnedError, () =>
        verifyNitroDocument(document, { now: NOW, roots: none }),
      );
    }
  });

  it("error: a reversed bundle", () => {
    const document = buildDocument({
      path: (path) => [...path.slice(0, -1).toReversed(), path.at(-1)!],
    });
    expectRefusal("reversed", CertificateOrderError, () =>
      verifyNitroDocument(document, DEVELOPMENT),
    );
  });

  it("error: a leaf with trailing bytes, also when the document is signed with it", () => {
    const document = buildDocument({
      path: (path) => replaceAt(path, LEAF, concat([path[LEAF]!, Uint8Array.of(0)])),
    });
    expectRefusal("trailing", CertificateEncodingError, () =>
      verifyNitroDocument(document, DEVELOPMENT),
    );
  });

  it("error: trailing bytes after the document", () => {
    const document = concat([buildDocument(), Uint8Array.of(0)]);
    expectRefusal("trailing", CborError, () => verifyNitroDocument(document, DEVELOPMENT));
  });

  it("error: signed by an authority instead of the leaf", () => {
    for (const { key } of chain().authorities) {
      expectRefusal("authority", DocumentSignatureError, () =>
        verifyNitroDocument(buildDocument({ key }), DEVELOPMENT),
      );
    }
  });

  it("error: an image register is missing", () => {
    const document = buildDocument({
      fields: (fields) => fields.set("pcrs", new Map([[3, pcr(3)]])),
    });
    expectRefusal("PCR0", DocumentFieldError, () => verifyNitroDocument(document, DEVELOPMENT));
  });

  describe("debug", () => {
    it("error: refused, fresh or archived", () => {
      for (const time of [{ now: NOW }, { at: NOW }]) {
        expectRefusal(Object.keys(time).join(), DebugDocumentError, () =>
          verifyNitroDocument(debugDocument(), { ...time, roots }),
        );
      }
    });

    it("error: authenticity is judged first", () => {
      const forged = debugDocument(chain().authorities[0]!.key);
      expectRefusal("forged", DocumentSignatureError, () =>
        verifyNitroDocument(forged, DEVELOPMENT),
      );
    });
  });

  describe("freshness", () => {
    it("behavior: 300 s old and 60 s ahead are the defaults, inclusive", () => {
      const document = buildDocument();
      for (const now of [NOW - 60, NOW, NOW + 300]) {
        expect(
          verifyNitroDocument(document, { now, roots }).timestamp,
          `now ${now - NOW}`,
        ).to.equal(NOW * 1000);
      }
    });

    it("error: stale", () => {
      const document = buildDocument();
      expectRefusal("301 s", DocumentStaleError, () =>
        verifyNitroDocument(document, { now: NOW + 301, roots }),
      );
      expectRefusal("11 s of 10", DocumentStaleError, () =>
        verifyNitroDocument(document, { now: NOW + 11, maxAgeSeconds: 10, roots }),
      );
    });

    it("error: from the future", () => {
      const document = buildDocument();
      expectRefusal("61 s", DocumentFutureError, () =>
        verifyNitroDocument(document, { now: NOW - 61, roots }),
      );
      expectRefusal("1 s of 0", DocumentFutureError, () =>
        verifyNitroDocument(document, { now: NOW - 1, maxSkewSeconds: 0, roots }),
      );
    });

    it("error: a time that is no number is refused, not ignored", () => {
      const now = Number.NaN;
      expectRefusal("now", DocumentFutureError, () =>
        verifyNitroDocument(buildDocument(), { now, roots }),
      );
      expectRefusal("maxAgeSeconds", DocumentStaleError, () =>
        verifyNitroDocument(buildDocument(), { now: NOW, maxAgeSeconds: Number.NaN, roots }),
      );
      expectRefusal("at", CertificateNotYetValidError, () =>
        verifyNitroDocument(buildDocument(), { at: now, roots }),
      );
      expectRefusal("neither", DocumentFutureError, () =>
        verifyNitroDocument(buildDocument(), { roots } as never),
      );
    });

    it("error: certificates must be valid at the document's time, not now", () => {
      const { leaf } = chain();
      const last = madeAt(leaf.notAfter);
      const { timestamp } = verifyNitroDocument(last, { now: leaf.notAfter + 300, roots });
      expect(timestamp, "made in the leaf's last second, judged later").to.equal(
        leaf.notAfter * 1000,
      );
      const late = madeAt(leaf.notAfter + 1);
      expectRefusal("made too late", CertificateExpiredError, () =>
        verifyNitroDocument(late, { now: leaf.notAfter + 1, roots }),
      );
      const early = madeAt(leaf.notBefore - 1);
      expectRefusal("made too early", CertificateNotYetValidError, () =>
        verifyNitroDocument(early, { now: leaf.notBefore - 1, roots }),
      );
    });

    it("error: an expired authority below a living leaf", () => {
      for (const index of [1, 2, 3]) {
        const document = buildDocument({
          path: alterCertificate(index, ({ tbsCertificate }) => {
            tbsCertificate.validity.notAfter.utcTime = new Date((NOW - 1) * 1000);
          }),
        });
        const error = expectRefusal(`certificate ${index}`, CertificateExpiredError, () =>
          verifyNitroDocument(document, DEVELOPMENT),
        );
        expect(error.index, "which one").to.equal(index);
      }
    });
  });

  describe("archive", () => {
    it("default: any time within all certificates' lives, without limit of age", () => {
      const at = chain().leaf.notAfter;
      expect(
        verifyNitroDocument(buildDocument(), { at, roots }).leafExpiry,
        "last second",
      ).to.equal(at);
    });

    it("error: judged outside of the leaf's life", () => {
      const { notBefore, notAfter } = chain().leaf;
      expectRefusal("after", CertificateExpiredError, () =>
        verifyNitroDocument(buildDocument(), { at: notAfter + 1, roots }),
      );
      expectRefusal("before", CertificateNotYetValidError, () =>
        verifyNitroDocument(buildDocument(), { at: notBefore - 1, roots }),
      );
    });

    it("error: certificates must be valid at the document's own time, too", () => {
      const { notBefore } = chain().leaf;
      const document = madeAt(notBefore - 1);
      expectRefusal("made before its leaf", CertificateNotYetValidError, () =>
        verifyNitroDocument(document, { at: NOW, roots }),
      );
    });

    it("error: anchored before it was made", () => {
      const document = madeAt(NOW + 61);
      expectRefusal("61 s", DocumentFutureError, () =>
        verifyNitroDocument(document, { at: NOW, roots }),
      );
      const { timestamp } = verifyNitroDocument(document, { at: NOW, maxSkewSeconds: 61, roots });
      expect(timestamp, "with more skew").to.equal((NOW + 61) * 1000);
    });
  });
});
