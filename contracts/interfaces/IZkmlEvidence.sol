// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Statement} from "../types/Result.sol";
import {IEvidenceVerifier} from "./IEvidenceVerifier.sol";

/// @title What verifies proofs of models
interface IZkmlEvidence is IEvidenceVerifier {
    event VerifyingKeyBound(bytes32 indexed modelId, bytes32 indexed keyId);

    error KeyBound(bytes32 modelId);

    /// @notice Remembers where the model's verifying key is, which makes every proof of it some 10,000 gas cheaper. Anyone may,
    /// once for a model; model and key never change.
    function bindKey(bytes32 modelId) external;

    /// @notice Whether each piece of evidence proves its statement; all are of one model.
    /// @dev Cheaper than one by one. Warning: bad evidence returns false or reverts, as in `verify`, and does not tell which
    /// statement is unproved. No statements, or another number of pieces, are a refusal.
    function verifyBatch(Statement[] calldata statements, bytes[] calldata evidence) external view returns (bool);
}
