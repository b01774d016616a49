// SPDX-License-Identifier: MIT
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, type Extension } from "@peculiar/asn1-x509";
import { expect } from "chai";

import { sha256 } from "../../src/tee/certificate.ts";
import { verifyCertificatePath } from "../../src/tee/certificate-path.ts";
import { encodeDer } from "../../src/tee/der.ts";
import {
  basicConstraints,
  issueDevelopmentCertificate,
  keyUsage,
} from "../../src/tee/development-certificate.ts";
import { createDevelopmentChain } from "../../src/tee/development-chain.ts";
import {
  CertificateConstraintsError,
  CertificateCurveError,
  CertificateExpiredError,
  CertificateExtraRootError,
  CertificateIssuerError,
  CertificateKeyUsageError,
  CertificateNotYetValidError,
  CertificateOrderError,
  CertificatePathLengthError,
  CertificateSignatureError,
  RootNotPinnedError,
} from "../../src/tee/errors.ts";
import { AWS_NITRO_ROOT_HASH, DEVELOPMENT_ROOT_HASH } from "../../src/tee/roots.ts";
import {
  alterCertificate,
  chain,
  expectRefusal,
  INSTANCE,
  keyPair,
  LEAF,
  NOW,
  REGIONAL,
  replaceAt,
  ROOT,
  ZONAL,
} from "./fixtures.ts";

type Path = readonly Uint8Array[];

const ders = (): Path => [...chain().authorities, chain().leaf].map(({ der }) => der);

function verifyPath(
  path: Path,
  roots = [DEVELOPMENT_ROOT_HASH],
  validAt: readonly number[] = [NOW],
) {
  return verifyCertificatePath({ cabundle: path.slice(0, -1), leaf: path.at(-1)!, roots, validAt });
}

/** Replaces the certificate's extensions of the kinds given, and has its issuer sign it again. */
function withExtensions(index: number, ...extensions: readonly Extension[]): Path {
  const kinds = extensions.map(({ extnID }) => extnID);
  return alterCertificate(index, ({ tbsCertificate }) => {
    const kept = tbsCertificate.extensions!.filter(({ extnID }) => !kinds.includes(extnID));
    tbsCertificate.extensions!.splice(0, 99, ...kept, ...extensions);
  })(ders());
}

function withoutExtension(index: number, oid: string): Path {
  return alterCertificate(index, ({ tbsCertificate }) => {
    const kept = tbsCertificate.extensions!.filter(({ extnID }) => extnID !== oid);
    tbsCertificate.extensions!.splice(0, 99, ...kept);
  })(ders());
}

describe("verifyCertificatePath", () => {
  it("default: root first, leaf last", () => {
    const path = verifyPath(ders());
    expect(
      path.map(({ sha256 }) => sha256),
      "same certificates, same order",
    ).to.deep.equal(ders().map(sha256));
  });

  it("behavior: certificates signed again by their issuers still verify", () => {
    for (const index of [REGIONAL, ZONAL, INSTANCE, LEAF]) {
      const path = alterCertificate(index, () => undefined)(ders());
      expect(path[index], `certificate ${index} differs`).not.to.deep.equal(ders()[index]);
      expect(verifyPath(path), `certificate ${index}`).to.have.lengthOf(5);
    }
  });

  it("behavior: roots are compared without regard to case", () => {
    const root = DEVELOPMENT_ROOT_HASH.toUpperCase().replace(
      "0X",
      "0x",
    ) as typeof DEVELOPMENT_ROOT_HASH;
    expect(verifyPath(ders(), [AWS_NITRO_ROOT_HASH, root]), "upper case").to.have.lengthOf(5);
  });

  it("error: another root, or none", () => {
    for (const roots of [[], [AWS_NITRO_ROOT_HASH], [sha256(ders()[REGIONAL]!)]]) {
      expectRefusal(`roots ${roots.join()}`, RootNotPinnedError, () => verifyPath(ders(), roots));
    }
    expectRefusal("no bundle", RootNotPinnedError, () => verifyPath([ders()[LEAF]!]));
    expectRefusal("bundle without its root", RootNotPinnedError, () => verifyPath(ders().slice(1)));
  });

  it("error: a root with the pinned one's name and key, but other bytes", () => {
    const certificate = AsnConvert.parse(ders()[ROOT]!, Certificate);
    certificate.signatureValue = certificate.signatureValue.slice(0);
    new Uint8Array(certificate.signatureValue)[20]! ^= 1;
    const path = replaceAt(ders(), ROOT, encodeDer(certificate));
    expectRefusal("other signature", RootNotPinnedError, () => verifyPath(path));
  });

  it("error: a reversed bundle", () => {
    const path = [...ders().slice(0, -1).toReversed(), ders()[LEAF]!];
    expectRefusal("reversed", CertificateOrderError, () => verifyPath(path));
  });

  it("error: two authorities exchanged, one missing or one twice", () => {
    const [root, regional, zonal, instance, leaf] = ders() as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    for (const [label, path] of [
      ["missing", [root, regional, instance, leaf]],
      ["instance missing", [root, regional, zonal, leaf]],
      ["only the root", [root, leaf]],
    ] as const) {
      expectRefusal(label, CertificateIssuerError, () => verifyPath(path));
    }
    for (const [label, path] of [
      ["exchanged", [root, zonal, regional, instance, leaf]],
      ["zonal twice", [root, regional, zonal, zonal, instance, leaf]],
    ] as const) {
      const error = expectRefusal(label, CertificatePathLengthError, () => verifyPath(path));
      expect(error.index, `${label}: the first one below the root`).to.equal(REGIONAL);
    }
  });

  it("error: an extra root", () => {
    const [root, ...rest] = ders() as [Uint8Array, ...Uint8Array[]];
    const error = expectRefusal("root twice", CertificateExtraRootError, () =>
      verifyPath([root, root, ...rest]),
    );
    expect(error.index, "the second one").to.equal(1);

    const own = chain().authorities[ROOT]!;
    const leaf = issueDevelopmentCertificate({
      subject: own.name,
      issuer: own.name,
      notBefore: NOW - 1,
      notAfter: NOW + 1,
      serial: Uint8Array.of(1),
      subjectKey: keyPair(),
      issuerKey: own.key,
      extensions: [basicConstraints(false), keyUsage(false, "digitalSignature")],
    });
    expectRefusal("leaf named like its root", CertificateExtraRootError, () =>
      verifyPath([root, leaf]),
    );
  });

  it("error: the leaf or an authority of another chain", () => {
    const other = createDevelopmentChain({ instance: "i-other", enclave: "019c000000000000" })(NOW);
    const others = [...other.authorities, other.leaf].map(({ der }) => der);
    for (const index of [REGIONAL, ZONAL, INSTANCE, LEAF]) {
      const path = replaceAt(ders(), index, others[index]!);
      expectRefusal(`certificate ${index}`, CertificateIssuerError, () => verifyPath(path));
    }
  });

  it("error: signed by another key of the same name", () => {
    for (const index of [REGIONAL, ZONAL, INSTANCE, LEAF]) {
      const { tbsCertificate } = AsnConvert.parse(ders()[index]!, Certificate);
      const forged = issueDevelopmentCertificate({
        subject: tbsCertificate.subject,
        issuer: tbsCertificate.issuer,
        notBefore: NOW - 1,
        notAfter: NOW + 1,
        serial: Uint8Array.of(1),
        subjectKey: (chain().authorities[index] ?? chain().leaf).key,
        issuerKey: keyPair(),
        extensions: [...tbsCertificate.extensions!],
      });
      const path = replaceAt(ders(), index, forged);
      const error = expectRefusal(`certificate ${index}`, CertificateSignatureError, () =>
        verifyPath(path),
      );
      expect(error.index, "which one").to.equal(index);
    }
  });

  it("error: one flipped bit of a certificate's signed part", () => {
    const { tbsCertificate } = AsnConvert.parse(ders()[LEAF]!, Certificate);
    const serial = Buffer.from(ders()[LEAF]!).indexOf(Buffer.from(tbsCertificate.serialNumber));
    const flipped = Uint8Array.from(ders()[LEAF]!);
    flipped[serial + 5]! ^= 1;
    const path = replaceAt(ders(), LEAF, flipped);
    expectRefusal("serial", CertificateSignatureError, () => verifyPath(path));
  });

  it("error: a wrong curve anywhere below the root", () => {
    for (const index of [REGIONAL, ZONAL, INSTANCE, LEAF]) {
      const { tbsCertificate } = AsnConvert.parse(ders()[index]!, Certificate);
      const der = issueDevelopmentCertificate({
        subject: tbsCertificate.subject,
        issuer: tbsCertificate.issuer,
        notBefore: NOW - 1,
        notAfter: NOW + 1,
        serial: Uint8Array.of(1),
        subjectKey: keyPair("P-256"),
        issuerKey: chain().authorities[index - 1]!.key,
        extensions: [...tbsCertificate.extensions!],
      });
      const path = replaceAt(ders(), index, der);
      expectRefusal(`certificate ${index}`, CertificateCurveError, () => verifyPath(path));
    }
  });

  it("error: basicConstraints", () => {
    for (const index of [REGIONAL, ZONAL, INSTANCE]) {
      for (const [label, path] of [
        ["CA false", withExtensions(index, basicConstraints(false))],
        ["missing", withoutExtension(index, "2.5.29.19")],
      ] as const) {
        const error = expectRefusal(`${label} ${index}`, CertificateConstraintsError, () =>
          verifyPath(path),
        );
        expect(error.index, `${label}: which one`).to.equal(index);
      }
    }
    const leafCa = withExtensions(LEAF, basicConstraints(true));
    const error = expectRefusal("leaf is a CA", CertificateConstraintsError, () =>
      verifyPath(leafCa),
    );
    expect(error.index, "the leaf").to.equal(LEAF);
  });

  it("error: pathLen", () => {
    for (const [index, tooShort] of [
      [REGIONAL, 1],
      [REGIONAL, 0],
      [ZONAL, 0],
    ] as const) {
      const path = withExtensions(index, basicConstraints(true, tooShort));
      const error = expectRefusal(`${index}: ${tooShort}`, CertificatePathLengthError, () =>
        verifyPath(path),
      );
      expect(error.index, "which one").to.equal(index);
    }
    const longer = withExtensions(REGIONAL, basicConstraints(true, 3));
    expect(verifyPath(longer), "longer than needed").to.have.lengthOf(5);
  });

  it("error: keyUsage", () => {
    for (const index of [REGIONAL, ZONAL, INSTANCE]) {
      for (const [label, path] of [
        ["no keyCertSign", withExtensions(index, keyUsage(true, "digitalSignature", "cRLSign"))],
        ["missing", withoutExtension(index, "2.5.29.15")],
      ] as const) {
        const error = expectRefusal(`${label} ${index}`, CertificateKeyUsageError, () =>
          verifyPath(path),
        );
        expect(error.index, `${label}: which one`).to.equal(index);
      }
    }
    for (const [label, path] of [
      [
        "no digitalSignature",
        withExtensions(LEAF, keyUsage(false, "nonRepudiation", "keyCertSign")),
      ],
      ["missing", withoutExtension(LEAF, "2.5.29.15")],
    ] as const) {
      const error = expectRefusal(`leaf: ${label}`, CertificateKeyUsageError, () =>
        verifyPath(path),
      );
      expect(error.index, `${label}: the leaf`).to.equal(LEAF);
    }
  });

  it("error: one second outside of any certificate's life, at any of the times", () => {
    const all = [...chain().authorities, chain().leaf];
    for (const [index, { notBefore, notAfter }] of all.entries()) {
      // The others' lives are widened, so that this certificate alone decides.
      const path = all.reduce<Path>((same, _, other) => {
        if (other === ROOT || other === index) return same;
        return alterCertificate(other, ({ tbsCertificate }) => {
          tbsCertificate.validity.notBefore.utcTime = new Date(Date.UTC(2000, 0));
          tbsCertificate.validity.notAfter.utcTime = new Date(Date.UTC(2049, 11));
        })(same);
      }, ders());
      const at = (...times: readonly number[]) => verifyPath(path, [DEVELOPMENT_ROOT_HASH], times);

      expect(at(notBefore, notAfter), `certificate ${index}: ends are inclusive`).to.have.lengthOf(
        5,
      );
      for (const times of [[notBefore - 1], [NOW, notBefore - 1], [Number.NaN]]) {
        const error = expectRefusal(
          `${index} at ${times.join()}`,
          CertificateNotYetValidError,
          () => at(...times),
        );
        expect(error.index, "which one").to.equal(Number.isNaN(times[0]) ? ROOT : index);
      }
      for (const times of [[notAfter + 1], [notAfter + 1, NOW]]) {
        const error = expectRefusal(`${index} at ${times.join()}`, CertificateExpiredError, () =>
          at(...times),
        );
        expect(error.index, "which one").to.equal(index);
      }
    }
  });
});
