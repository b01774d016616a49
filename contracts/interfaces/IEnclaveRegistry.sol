// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Admission, EnclaveKey} from "../types/EnclaveKey.sol";
import {Statement} from "../types/Result.sol";

/// @title Attested enclave keys
/// @notice A node proposes its enclave's attestation document in calldata; registrars (active verification nodes with a seat
/// in the draw table, one vote per operator, none of the node's own) verify it off chain and vote. With a quorum the key is
/// live until it expires, it or its measurement is revoked, or the node retires. A pause stops proposals and admissions,
/// never revocations.
/// @dev Warning: until documents are verified on chain, a live key is as good as the registrars' quorum.
/// The document's `user_data` must be keccak256(abi.encode(chainid, registry, node, operator, payout, key, modelId,
/// challenge)), its `public_key` the uncompressed key.
interface IEnclaveRegistry {
    event MeasurementAllowed(bytes32 indexed modelId, bytes32 indexed measurement, uint40 effectiveAt);
    event MeasurementRevoked(bytes32 indexed modelId, bytes32 indexed measurement);
    event DocumentProposed(
        bytes32 indexed admissionId,
        address indexed node,
        bytes32 indexed modelId,
        address key,
        bytes32 measurement,
        uint40 expiresAt,
        bytes32 challenge,
        bytes32 documentHash
    );
    event DocumentJudged(bytes32 indexed admissionId, address indexed registrar, bool approved);
    event EnclaveKeyAdmitted(address indexed key, address indexed node, bytes32 indexed modelId, uint40 expiresAt);
    event DocumentRefused(bytes32 indexed admissionId);
    event RevocationJudged(address indexed key, address indexed registrar);
    event EnclaveKeyRevoked(address indexed key);

    error MeasurementNotAllowed(bytes32 modelId, bytes32 measurement);
    error MeasurementAlreadyAllowed(bytes32 modelId, bytes32 measurement);
    error MeasurementsTooMany(bytes32 modelId, uint256 most);
    error MeasurementZero();
    error MeasurementDebug();
    error EnclaveKeyZero();
    error EnclaveKeyUsed(address key);
    error EnclaveKeyUnknown(address key);
    error EnclaveKeyAlreadyRevoked(address key);
    error EnclaveExpiryInvalid(uint40 expiresAt, uint40 latest);
    error DocumentEmpty();
    error PossessionUnproved(address key, address signer);
    error AdmissionUnknown(bytes32 admissionId);
    error AdmissionClosed(bytes32 admissionId);
    error RegistrarIneligible(address registrar);
    error RegistrarVoted(address operator);
    error RevocationForbidden(address key, address caller);
    error QuorumZero();
    error KeyLifeInvalid(uint40 maxKeyLife, uint40 longest);

    /* MEASUREMENTS */

    /// @notice The model's publisher allows an enclave measurement; it counts after `measurementDelay`. At most 8 at a time.
    /// @dev Allowing a revoked measurement again revives no key and no proposal from before. The measurement of debug
    /// enclaves (all PCRs zero) is refused.
    function allowMeasurement(bytes32 modelId, bytes32 measurement) external;

    /// @notice The model's publisher revokes a measurement at once, with all keys that have it.
    function revokeMeasurement(bytes32 modelId, bytes32 measurement) external;

    /* ADMISSION */

    /// @notice Proposes an attestation document for the caller, an active inference node.
    /// @param modelId The model version the enclave runs.
    /// @param key Address of the enclave's secp256k1 key; never admitted before.
    /// @param measurement keccak256(pcr0 || pcr1 || pcr2) of the document, allowed now.
    /// @param expiresAt Unix seconds, at most `maxKeyLife` from now.
    /// @param document The attestation document; judged off chain.
    /// @param possession Signature of `possessionDigest` by the key.
    function proposeDocument(
        bytes32 modelId,
        address key,
        bytes32 measurement,
        uint40 expiresAt,
        bytes calldata document,
        bytes calldata possession
    ) external returns (bytes32 admissionId);

    /// @notice A registrar's verdict on a proposed document.
    /// @dev A quorum of approvals that comes too late (document expired, measurement revoked meanwhile, key admitted by
    /// another proposal) closes the proposal as refused.
    function judgeDocument(bytes32 admissionId, bool approve) external;

    /* REVOCATION */

    /// @notice The key's node or its operator revokes it at once.
    function revokeKey(address key) external;

    /// @notice A registrar votes to revoke a key; a quorum does.
    function judgeRevocation(address key) external;

    /* VIEWS */

    /// @notice The unused challenge that the node's next document must contain.
    function challengeOf(address node) external view returns (bytes32);

    /// @notice What the key signs (raw, 32 bytes) to prove that the proposer holds it.
    function possessionDigest(address node, bytes32 modelId, address key) external view returns (bytes32);

    /// @notice Whether the key is admitted for node and model, unexpired, unrevoked, its measurement allowed ever since, and
    /// the node active.
    function isLive(address key, address node, bytes32 modelId) external view returns (bool);

    /// @notice Whether a signature of the key counted for node and model at `time`, unix seconds, to somebody who knew what was
    /// revoked before `known`, at most `time`: what was revoked afterwards, or in that second, changes nothing.
    function countedAt(
        address key,
        address node,
        bytes32 modelId,
        uint40 time,
        uint40 known
    ) external view returns (bool);

    /// @notice As `IEvidenceVerifier.verify`, as of `time`, to somebody who knew what was revoked before `known`.
    function verifyAt(
        Statement calldata statement,
        bytes calldata evidence,
        uint40 time,
        uint40 known
    ) external view returns (bool);

    function keyOf(address key) external view returns (EnclaveKey memory);

    function admissionOf(bytes32 admissionId) external view returns (Admission memory);

    /// @notice Whether the measurement counts now.
    function isMeasurementAllowed(bytes32 modelId, bytes32 measurement) external view returns (bool);

    function quorum() external view returns (uint16);

    /// @notice Seconds, at most 24 h.
    function maxKeyLife() external view returns (uint40);

    /// @notice Seconds between allowing a measurement and its effect.
    function measurementDelay() external view returns (uint40);
}
