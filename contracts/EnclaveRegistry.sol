// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {TeeEvidence} from "./evidence/TeeEvidence.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {ITeeEvidence} from "./interfaces/ITeeEvidence.sol";
import {Guarded} from "./libraries/Guarded.sol";
import {Admission, EnclaveKey} from "./types/EnclaveKey.sol";
import {Node, Role} from "./types/Node.sol";
import {Statement} from "./types/Result.sol";

/// @title EnclaveRegistry
contract EnclaveRegistry is IEnclaveRegistry, TeeEvidence, Guarded {
    using Checkpoints for Checkpoints.Trace160;

    /// @dev When a measurement counts, and when it was last revoked; both unix seconds or zero.
    struct Measurement {
        uint40 effectiveAt;
        uint40 revokedAt;
        uint8 place; // among those of its model, while it is allowed
    }

    /// @dev What an admission fixed, apart from its dates.
    struct Identity {
        address node;
        bytes32 modelId;
        bytes32 measurement;
    }

    /// @dev What every signature is checked against, in one slot. Dates of 32 bits last until 2106.
    struct Validity {
        uint32 admittedAt; // unix seconds
        uint32 expiresAt; // unix seconds
        uint32 revokedAt; // unix seconds; zero unless revoked
        uint8 place; // of its measurement
    }

    uint40 private constant LONGEST_KEY_LIFE = 24 hours;
    /// @dev Keeps `isAvailable` well below the gas that a verifier is given (Availability.sol).
    uint256 private constant MOST_MEASUREMENTS = 8;
    /// @dev Of every enclave in debug mode, whose PCRs are zero and whose memory its host can read.
    bytes32 private constant DEBUG_MEASUREMENT = keccak256(new bytes(3 * 48));

    INodeRegistry private immutable NODES;
    IModelRegistry private immutable MODELS;
    uint16 private immutable QUORUM;
    uint40 private immutable MAX_KEY_LIFE;
    uint40 private immutable MEASUREMENT_DELAY;

    mapping(bytes32 modelId => mapping(bytes32 measurement => Measurement)) private _measurements;
    /// @dev Those that were allowed and not revoked, pending or not, each at its place; zero where there is none.
    mapping(bytes32 modelId => bytes32[MOST_MEASUREMENTS]) private _allowed;
    /// @dev When the measurement at each place was last revoked, unix seconds: one slot. Keys from before count no more.
    mapping(bytes32 modelId => uint32[MOST_MEASUREMENTS]) private _revokedAt;
    /// @dev When the measurement at each place was revoked, each time: what `countedAt` asks, as of an earlier time.
    mapping(bytes32 modelId => mapping(uint8 place => Checkpoints.Trace160)) private _revocations;
    mapping(address node => uint256 count) private _proposals;
    mapping(bytes32 admissionId => Admission) private _admissions;
    mapping(address key => Identity) private _identities;
    mapping(address key => mapping(address node => mapping(bytes32 modelId => Validity))) private _validities;
    mapping(address key => uint256 votes) private _revocationVotes;
    /// @dev A ballot is an admission id, or a key whose revocation is voted on.
    mapping(bytes32 ballot => mapping(address operator => bool)) private _voted;

    constructor(
        INodeRegistry nodeRegistry,
        IModelRegistry modelRegistry,
        uint16 quorum_,
        uint40 maxKeyLife_,
        uint40 measurementDelay_
    ) {
        if (quorum_ == 0) revert QuorumZero();
        if (maxKeyLife_ == 0 || maxKeyLife_ > LONGEST_KEY_LIFE) revert KeyLifeInvalid(maxKeyLife_, LONGEST_KEY_LIFE);
        NODES = nodeRegistry;
        MODELS = modelRegistry;
        QUORUM = quorum_;
        MAX_KEY_LIFE = maxKeyLife_;
        MEASUREMENT_DELAY = measurementDelay_;
    }

    /* MEASUREMENTS */

    /// @inheritdoc IEnclaveRegistry
    function allowMeasurement(bytes32 modelId, bytes32 measurement) external whenNotPaused {
        _checkPublisher(modelId);
        if (measurement == 0) revert MeasurementZero();
        if (measurement == DEBUG_MEASUREMENT) revert MeasurementDebug();
        Measurement storage entry = _measurements[modelId][measurement];
        if (entry.effectiveAt != 0) revert MeasurementAlreadyAllowed(modelId, measurement);

        entry.effectiveAt = _time() + MEASUREMENT_DELAY;
        entry.place = _takePlace(modelId, measurement);
        emit MeasurementAllowed(modelId, measurement, entry.effectiveAt);
    }

    /// @inheritdoc IEnclaveRegistry
    function revokeMeasurement(bytes32 modelId, bytes32 measurement) external {
        _checkPublisher(modelId);
        Measurement storage entry = _measurements[modelId][measurement];
        if (entry.effectiveAt == 0) revert MeasurementNotAllowed(modelId, measurement);

        entry.effectiveAt = 0;
        entry.revokedAt = _time();
        _allowed[modelId][entry.place] = 0;
        // The cast is exact until 2106, when no key is live any more.
        _revokedAt[modelId][entry.place] = uint32(_time());
        _revocations[modelId][entry.place].push(_time(), _time());
        emit MeasurementRevoked(modelId, measurement);
    }

    function _takePlace(bytes32 modelId, bytes32 measurement) private returns (uint8) {
        bytes32[MOST_MEASUREMENTS] storage allowed = _allowed[modelId];
        for (uint8 place = 0; place < MOST_MEASUREMENTS; ++place) {
            if (allowed[place] != 0) continue;
            allowed[place] = measurement;
            return place;
        }
        revert MeasurementsTooMany(modelId, MOST_MEASUREMENTS);
    }

    function _checkPublisher(bytes32 modelId) private view {
        address publisher = MODELS.publisherOf(modelId);
        if (msg.sender != publisher) revert IModelRegistry.ModelPublisherMismatch(publisher, msg.sender);
    }

    /* ADMISSION */

    /// @inheritdoc IEnclaveRegistry
    function proposeDocument(
        bytes32 modelId,
        address key,
        bytes32 measurement,
        uint40 expiresAt,
        bytes calldata document,
        bytes calldata possession
    ) external whenNotPaused returns (bytes32 admissionId) {
        if (!NODES.isActive(msg.sender, Role.INFERENCE)) revert INodeRegistry.NodeInactive(msg.sender);
        if (key == address(0)) revert EnclaveKeyZero();
        if (_identities[key].node != address(0)) revert EnclaveKeyUsed(key);
        if (!isMeasurementAllowed(modelId, measurement)) revert MeasurementNotAllowed(modelId, measurement);
        uint40 latest = _time() + MAX_KEY_LIFE;
        if (expiresAt <= block.timestamp || expiresAt > latest) revert EnclaveExpiryInvalid(expiresAt, latest);
        if (document.length == 0) revert DocumentEmpty();
        (address signer, , ) = ECDSA.tryRecoverCalldata(possessionDigest(msg.sender, modelId, key), possession);
        if (signer != key) revert PossessionUnproved(key, signer);

        bytes32 challenge = challengeOf(msg.sender);
        bytes32 documentHash = keccak256(document);
        // The id commits to all that is judged, so that after a reorganisation no vote counts for another document.
        admissionId = keccak256(abi.encode(challenge, modelId, key, measurement, expiresAt, documentHash));

        ++_proposals[msg.sender];
        Admission storage admission = _admissions[admissionId];
        admission.node = msg.sender;
        admission.key = key;
        admission.modelId = modelId;
        admission.measurement = measurement;
        admission.documentHash = documentHash;
        admission.expiresAt = expiresAt;
        admission.proposedAt = _time();
        emit DocumentProposed(admissionId, msg.sender, modelId, key, measurement, expiresAt, challenge, documentHash);
    }

    /// @inheritdoc IEnclaveRegistry
    function judgeDocument(bytes32 admissionId, bool approve) external whenNotPaused {
        Admission storage admission = _admissions[admissionId];
        if (admission.node == address(0)) revert AdmissionUnknown(admissionId);
        if (admission.closed) revert AdmissionClosed(admissionId);
        _castVote(admissionId, admission.node);

        uint16 votes = approve ? ++admission.approvals : ++admission.refusals;
        emit DocumentJudged(admissionId, msg.sender, approve);
        if (votes < QUORUM) return;

        admission.closed = true;
        if (approve && _isAdmissible(admission)) _admit(admission);
        else emit DocumentRefused(admissionId);
    }

    /// @dev Whether what held when the document was proposed still holds.
    function _isAdmissible(Admission storage admission) private view returns (bool) {
        return
            _identities[admission.key].node == address(0) &&
            block.timestamp < admission.expiresAt &&
            _isTrusted(admission.modelId, admission.measurement, admission.proposedAt);
    }

    function _admit(Admission storage admission) private {
        _identities[admission.key] = Identity(admission.node, admission.modelId, admission.measurement);
        // The casts are exact until 2106; from then on the cut expiry is past, and no key is live.
        _validities[admission.key][admission.node][admission.modelId] = Validity({
            admittedAt: uint32(_time()),
            expiresAt: uint32(admission.expiresAt),
            revokedAt: 0,
            place: _measurements[admission.modelId][admission.measurement].place
        });
        emit EnclaveKeyAdmitted(admission.key, admission.node, admission.modelId, admission.expiresAt);
    }

    /// @dev Counts the caller's vote. Only active verification nodes with their whole stake have a seat in the draw table.
    function _castVote(bytes32 ballot, address judged) private {
        Node memory registrar = NODES.nodeOf(msg.sender);
        address operator = registrar.operator;
        if (registrar.seat == 0 || operator == NODES.operatorOf(judged)) revert RegistrarIneligible(msg.sender);
        if (_voted[ballot][operator]) revert RegistrarVoted(operator);

        _voted[ballot][operator] = true;
    }

    /* REVOCATION */

    /// @inheritdoc IEnclaveRegistry
    function revokeKey(address key) external {
        (address node, Validity storage validity) = _revocable(key);
        bool allowed = msg.sender == node || msg.sender == NODES.operatorOf(node);
        if (!allowed) revert RevocationForbidden(key, msg.sender);

        _revoke(key, validity);
    }

    /// @inheritdoc IEnclaveRegistry
    function judgeRevocation(address key) external {
        (address node, Validity storage validity) = _revocable(key);
        _castVote(bytes32(uint256(uint160(key))), node);

        uint256 votes = ++_revocationVotes[key];
        emit RevocationJudged(key, msg.sender);
        if (votes >= QUORUM) _revoke(key, validity);
    }

    function _revocable(address key) private view returns (address node, Validity storage validity) {
        Identity storage identity = _identities[key];
        node = identity.node;
        if (node == address(0)) revert EnclaveKeyUnknown(key);
        validity = _validities[key][node][identity.modelId];
        if (validity.revokedAt != 0) revert EnclaveKeyAlreadyRevoked(key);
    }

    function _revoke(address key, Validity storage validity) private {
        // The cast is exact until 2106, when no key is live any more.
        validity.revokedAt = uint32(_time());
        emit EnclaveKeyRevoked(key);
    }

    /* VIEWS */

    /// @inheritdoc IEnclaveRegistry
    function challengeOf(address node) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), node, _proposals[node]));
    }

    /// @inheritdoc IEnclaveRegistry
    function possessionDigest(address node, bytes32 modelId, address key) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), node, modelId, key));
    }

    /// @inheritdoc IEnclaveRegistry
    function isLive(address key, address node, bytes32 modelId) external view returns (bool) {
        return counts(key, node, modelId) && NODES.isActive(node, Role.INFERENCE);
    }

    /// @inheritdoc ITeeEvidence
    /// @dev Does not ask whether the node is active: it was when the key was admitted, and a claim has its bond.
    function counts(address key, address node, bytes32 modelId) public view override(TeeEvidence) returns (bool) {
        Validity memory validity = _validities[key][node][modelId];
        return
            block.timestamp < validity.expiresAt &&
            validity.revokedAt == 0 &&
            validity.admittedAt > _revokedAt[modelId][validity.place];
    }

    /// @inheritdoc IEnclaveRegistry
    function countedAt(
        address key,
        address node,
        bytes32 modelId,
        uint40 time,
        uint40 known
    ) public view override(IEnclaveRegistry, TeeEvidence) returns (bool) {
        Validity memory validity = _validities[key][node][modelId];
        return
            validity.admittedAt != 0 &&
            validity.admittedAt <= time &&
            time < validity.expiresAt &&
            (validity.revokedAt == 0 || known <= validity.revokedAt) &&
            (known == 0 || validity.admittedAt > _revocations[modelId][validity.place].upperLookupRecent(known - 1));
    }

    /// @inheritdoc IEnclaveRegistry
    function verifyAt(
        Statement calldata statement,
        bytes calldata evidence,
        uint40 time,
        uint40 known
    ) public view override(IEnclaveRegistry, TeeEvidence) returns (bool) {
        return super.verifyAt(statement, evidence, time, known);
    }

    /// @inheritdoc IEnclaveRegistry
    function keyOf(address key) external view returns (EnclaveKey memory) {
        Identity memory identity = _identities[key];
        Validity memory validity = _validities[key][identity.node][identity.modelId];
        return
            EnclaveKey({
                node: identity.node,
                admittedAt: validity.admittedAt,
                expiresAt: validity.expiresAt,
                revokedAt: validity.revokedAt,
                modelId: identity.modelId,
                measurement: identity.measurement
            });
    }

    /// @inheritdoc IEnclaveRegistry
    function admissionOf(bytes32 admissionId) external view returns (Admission memory) {
        return _admissions[admissionId];
    }

    /// @inheritdoc IEnclaveRegistry
    function isMeasurementAllowed(bytes32 modelId, bytes32 measurement) public view returns (bool) {
        return _isTrusted(modelId, measurement, _time());
    }

    /// @inheritdoc IEvidenceVerifier
    /// @dev While any measurement of the model counts: only then can keys be admitted or live. Warning: nobody but its
    /// publisher knows whether a measurement is of an enclave that exists.
    function isAvailable(bytes32 modelId) external view returns (bool) {
        bytes32[MOST_MEASUREMENTS] storage allowed = _allowed[modelId];
        for (uint256 place = 0; place < MOST_MEASUREMENTS; ++place) {
            bytes32 measurement = allowed[place];
            if (measurement != 0 && isMeasurementAllowed(modelId, measurement)) return true;
        }
        return false;
    }

    /// @dev Whether the measurement counts now and was not revoked since then: allowing it again revives nothing.
    function _isTrusted(bytes32 modelId, bytes32 measurement, uint40 since) private view returns (bool) {
        Measurement memory entry = _measurements[modelId][measurement];
        return entry.effectiveAt != 0 && block.timestamp >= entry.effectiveAt && since > entry.revokedAt;
    }

    /// @inheritdoc IEnclaveRegistry
    function quorum() external view returns (uint16) {
        return QUORUM;
    }

    /// @inheritdoc IEnclaveRegistry
    function maxKeyLife() external view returns (uint40) {
        return MAX_KEY_LIFE;
    }

    /// @inheritdoc IEnclaveRegistry
    function measurementDelay() external view returns (uint40) {
        return MEASUREMENT_DELAY;
    }

    function _time() private view returns (uint40) {
        // The cast is exact until the year 36,812.
        return uint40(block.timestamp);
    }
}
