// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Evidence} from "../types/Evidence.sol";
import {Statement, resultsDigest} from "../types/Result.sol";

/// @notice How a verifier behaves.
enum Mood {
    WORKS,
    REFUSES, // every piece of evidence
    IMPOSSIBLE, // says that no evidence can exist
    REVERTS,
    BURNS_GAS
}

/// @title Evidence that anybody can write, for tests only
/// @dev Evidence is abi.encode(kind, result digest), of a TEE batch with the digest of all results: bound to all that real
/// evidence is bound to, and proving nothing. It is also the Groth16 verifier that a model registry asks for keys.
contract TestEvidence is IEvidenceVerifier {
    Evidence private immutable KIND;
    Mood public mood;

    error EvidenceBroken();

    constructor(Evidence kind) {
        KIND = kind;
    }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function verify(Statement calldata statement, bytes calldata evidence) external view returns (bool) {
        _act();
        return _isOver(statement.resultDigest, evidence);
    }

    function verifyBatch(Statement[] calldata statements, bytes[] calldata evidence) external view returns (bool) {
        _act();
        bool isOnce = KIND == Evidence.TEE;
        if (statements.length == 0 || evidence.length != (isOnce ? 1 : statements.length)) return false;
        bytes32[] memory digests = new bytes32[](statements.length);
        for (uint256 i = 0; i < digests.length; ++i) {
            if (statements[i].modelId != statements[0].modelId) return false;
            if (isOnce && statements[i].result.node != statements[0].result.node) return false;
            digests[i] = statements[i].resultDigest;
            if (!isOnce && !_isOver(digests[i], evidence[i])) return false;
        }
        return !isOnce || _isOver(resultsDigest(digests), evidence[0]);
    }

    function _isOver(bytes32 digest, bytes calldata evidence) private view returns (bool) {
        return mood != Mood.REFUSES && keccak256(evidence) == keccak256(abi.encode(KIND, digest));
    }

    function isAvailable(bytes32) external view returns (bool) {
        _act();
        return mood != Mood.IMPOSSIBLE;
    }

    /// @notice Every key is registered.
    function isRegistered(bytes32) external pure returns (bool) {
        return true;
    }

    function _act() private view {
        if (mood == Mood.REVERTS) revert EvidenceBroken();
        if (mood == Mood.BURNS_GAS) {
            assembly ("memory-safe") {
                invalid()
            }
        }
    }
}
