// SPDX-License-Identifier: MIT
import { createHash, createPublicKey, X509Certificate } from "node:crypto";

import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Certificate,
  Extension,
  SubjectPublicKeyInfo,
  Version,
} from "@peculiar/asn1-x509";
import { expect } from "chai";
import { concat } from "viem";

import { parseCertificate } from "../../src/tee/certificate.ts";
import {
  CertificateAlgorithmError,
  CertificateCurveError,
  CertificateEncodingError,
  CertificateExtensionError,
} from "../../src/tee/errors.ts";
import {
  alterCertificate,
  chain,
  expectRefusal,
  INSTANCE,
  keyPair,
  LEAF,
  REGIONAL,
} from "./fixtures.ts";

const ders = () => [...chain().authorities, chain().leaf].map(({ der }) => der);

/** The instance's certificate, altered and signed again by its issuer. */
function altered(alter: (certificate: Certificate) => void): Uint8Array {
  return alterCertificate(INSTANCE, alter)(ders())[INSTANCE]!;
}

function spki(key: Parameters<typeof createPublicKey>[0]): SubjectPublicKeyInfo {
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return AsnConvert.parse(der, SubjectPublicKeyInfo);
}

function extension(extnID: string, critical: boolean, value: string): Extension {
  const extnValue = new OctetString(Buffer.from(value, "hex"));
  return new Extension({ extnID, critical, extnValue });
}

describe("parseCertificate", () => {
  it("default: agrees with OpenSSL about every certificate of a chain", () => {
    ders().forEach((der, index) => {
      const parsed = parseCertificate(der, index);
      const openssl = new X509Certificate(der);
      const fingerprint = `0x${openssl.fingerprint256.replaceAll(":", "").toLowerCase()}`;
      expect(parsed.subject, `subject ${index}`).to.equal(openssl.subject.replaceAll("\n", ", "));
      expect(parsed.serial, `serial ${index}`).to.equal(`0x${openssl.serialNumber.toLowerCase()}`);
      expect(parsed.sha256, `hash ${index}`).to.equal(fingerprint);
      expect(parsed.notBefore * 1000, `from ${index}`).to.equal(Date.parse(openssl.validFrom));
      expect(parsed.notAfter * 1000, `until ${index}`).to.equal(Date.parse(openssl.validTo));
      expect(parsed.isCa, `CA ${index}`).to.equal(openssl.ca);
      expect(parsed.publicKey.equals(openssl.publicKey), `key ${index}`).to.equal(true);
      const issuer = parseCertificate(ders()[Math.max(0, index - 1)]!, index);
      expect(openssl.verify(issuer.publicKey), `signature ${index}`).to.equal(true);
    });
  });

  it("behavior: extensions have the shapes of genuine certificates", () => {
    const parsed = ders().map(parseCertificate);
    const lengths = parsed.map(({ pathLength }) => pathLength);
    expect(lengths, "path lengths").to.deep.equal([undefined, 2, 1, 0, undefined]);
    expect(parsed[REGIONAL]!.keyUsage, "regional").to.have.members([
      "digitalSignature",
      "keyCertSign",
      "crlSign",
    ]);
    expect(parsed[INSTANCE]!.keyUsage, "instance").to.deep.equal(["keyCertSign"]);
    expect(parsed[LEAF]!.keyUsage, "leaf").to.deep.equal(["digitalSignature", "nonRepudiation"]);
  });

  it("behavior: without extensions nothing is allowed", () => {
    const { isCa, pathLength, keyUsage } = parseCertificate(
      altered(({ tbsCertificate }) => {
        delete tbsCertificate.extensions;
      }),
      INSTANCE,
    );
    expect({ isCa, pathLength, keyUsage }, "rights").to.deep.equal({
      isCa: false,
      pathLength: undefined,
      keyUsage: [],
    });
  });

  it("behavior: an unknown extension that is not critical is ignored", () => {
    const der = altered(({ tbsCertificate }) => {
      tbsCertificate.extensions!.push(extension("1.2.3.4", false, "0500"));
    });
    expect(parseCertificate(der, INSTANCE).isCa, "still a CA").to.equal(true);
  });

  it("error: encoding", () => {
    const [der] = ders() as [Uint8Array];
    const body = der.subarray(4);
    const pem = Buffer.from(new X509Certificate(der).toString());
    const cases: readonly (readonly [label: string, der: Uint8Array])[] = [
      ["nothing", new Uint8Array()],
      ["a trailing byte", concat([der, Uint8Array.of(0)])],
      ["twice", concat([der, der])],
      ["a byte less", der.subarray(0, -1)],
      ["a length of three bytes", concat([Uint8Array.of(0x30, 0x83, 0, der[2]!, der[3]!), body])],
      ["an indefinite length", concat([Uint8Array.of(0x30, 0x80), body, Uint8Array.of(0, 0)])],
      ["PEM", pem],
      ["hexadecimal text", Buffer.from(Buffer.from(der).toString("hex"))],
      ["another structure", Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x01)],
      ["nested sequences", new Uint8Array(1000).fill(0x30)],
    ];
    for (const [label, bytes] of cases) {
      const error = expectRefusal(label, CertificateEncodingError, () =>
        parseCertificate(bytes, 3),
      );
      expect(error.index, label).to.equal(3);
    }
  });

  it("error: a signature with unused bits", () => {
    const [der] = ders() as [Uint8Array];
    const signature = AsnConvert.parse(der, Certificate).signatureValue;
    const bits = der.length - signature.byteLength - 1;
    expect(der[bits], "number of unused bits").to.equal(0);
    const unused = Uint8Array.from(der);
    unused[bits] = 1;
    expectRefusal("one unused bit", CertificateEncodingError, () => parseCertificate(unused, 0));
  });

  it("error: an extension that is not canonical, or twice", () => {
    const constraints = "2.5.29.19";
    const cases: readonly (readonly [label: string, extensions: Extension[]])[] = [
      ["trailing byte", [extension(constraints, true, "30060101ff02010000")]],
      ["long length", [extension(constraints, true, "3081060101ff020100")]],
      ["explicit default", [extension(constraints, true, "3003010100")]],
      ["true as 1", [extension(constraints, true, "3003010101")]],
      ["no sequence", [extension(constraints, true, "0500")]],
      ["key usage with a trailing byte", [extension("2.5.29.15", true, "0302020400")]],
      ["twice", [extension(constraints, true, "30030101ff"), extension(constraints, true, "3000")]],
      [
        "unknown, twice",
        [extension("1.2.3.4", false, "0500"), extension("1.2.3.4", false, "0500")],
      ],
    ];
    for (const [label, extensions] of cases) {
      const der = altered(({ tbsCertificate }) => {
        tbsCertificate.extensions!.splice(0, 99, ...extensions);
      });
      expectRefusal(label, CertificateEncodingError, () => parseCertificate(der, INSTANCE));
    }
  });

  it("error: not of version 3", () => {
    for (const version of [Version.v1, Version.v2]) {
      const der = altered(({ tbsCertificate }) => {
        tbsCertificate.version = version;
      });
      expectRefusal(`version ${version}`, CertificateEncodingError, () => parseCertificate(der, 3));
    }
  });

  it("error: another signature algorithm, inside or outside", () => {
    const others: readonly (readonly [label: string, algorithm: AlgorithmIdentifier])[] = [
      ["ecdsa-with-SHA256", new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" })],
      ["sha384WithRSA", new AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.12" })],
      [
        "with parameters",
        new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.3", parameters: null }),
      ],
    ];
    for (const [label, algorithm] of others) {
      const inside = altered(({ tbsCertificate }) => {
        tbsCertificate.signature = algorithm;
      });
      const outside = altered((certificate) => {
        certificate.signatureAlgorithm = algorithm;
      });
      for (const der of [inside, outside]) {
        expectRefusal(label, CertificateAlgorithmError, () => parseCertificate(der, INSTANCE));
      }
    }
  });

  it("error: another curve, form of point or a point off the curve", () => {
    const own = spki(chain().leaf.key);
    const point = new Uint8Array(own.subjectPublicKey);
    const withPoint = (bytes: Uint8Array) =>
      new SubjectPublicKeyInfo({
        algorithm: own.algorithm,
        subjectPublicKey: Uint8Array.from(bytes).buffer,
      });
    const offCurve = Uint8Array.from(point);
    offCurve[96]! ^= 1;
    const compressed = concat([Uint8Array.of(2 + (point[96]! & 1)), point.subarray(1, 49)]);
    const cases: readonly (readonly [label: string, info: SubjectPublicKeyInfo])[] = [
      ["P-256", spki(keyPair("P-256"))],
      ["P-521", spki(keyPair("P-521"))],
      ["off the curve", withPoint(offCurve)],
      ["zero", withPoint(concat([Uint8Array.of(4), new Uint8Array(96)]))],
      ["compressed", withPoint(compressed)],
      ["infinity", withPoint(Uint8Array.of(0))],
    ];
    for (const [label, info] of cases) {
      const der = altered(({ tbsCertificate }) => {
        tbsCertificate.subjectPublicKeyInfo = info;
      });
      expectRefusal(label, CertificateCurveError, () => parseCertificate(der, INSTANCE));
    }
  });

  it("error: an unknown critical extension", () => {
    for (const [label, oid] of [
      ["name constraints", "2.5.29.30"],
      ["policy constraints", "2.5.29.36"],
      ["private", "1.2.3.4"],
    ] as const) {
      const der = altered(({ tbsCertificate }) => {
        tbsCertificate.extensions!.push(extension(oid, true, "3000"));
      });
      const error = expectRefusal(label, CertificateExtensionError, () => parseCertificate(der, 3));
      expect(error.message, label).to.include(oid);
    }
  });

  it("behavior: the root's hash is that of its bytes", () => {
    const [der] = ders() as [Uint8Array];
    const hash = createHash("sha256").update(der).digest("hex");
    expect(parseCertificate(der, 0).sha256, "hash").to.equal(`0x${hash}`);
  });
});
