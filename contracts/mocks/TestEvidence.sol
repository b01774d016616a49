// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Evidence} from "../types/Evidence.sol";
import {Statement} from "../types/Result.sol";

/// @notice How a verifier behaves.
enum Mood {
    WORKS,
    REFUSES, // every piece of evidence
    IMPOSSIBLE, // says that no evidence can exist
    REVERTS,
    BURNS_GAS
}

/// @title Evidence that anybody can write, for tests only
/// @dev Evidence is abi.encode(kind, result digest): bound to all that real evidence is bound to, and proving nothing. It is
/// also the Groth16 verifier that a model registry asks for keys.
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
        return mood != Mood.REFUSES && keccak256(evidence) == keccak256(abi.encode(KIND, statement.resultDigest));
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
