// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Statement} from "../types/Result.sol";

/// @title What the market and the court know about a proving kind of evidence
/// @dev Implementations are stateless towards the caller. Evidence is bound to the statement's result digest, and so to
/// chain, market, request, model, input, output, units and payee.
interface IEvidenceVerifier {
    /// @notice Whether `evidence` proves `statement`.
    /// @dev Warning: bad evidence returns false or reverts; callers treat both as a refusal.
    function verify(Statement calldata statement, bytes calldata evidence) external view returns (bool);

    /// @notice Whether `evidence` proves all of `statements`, which are of one model: a ZKML proof for each, in the same
    /// order, or one TEE signature of their `resultsDigest` (Result.sol) by a key of their one node.
    /// @dev Warning: bad evidence returns false or reverts, as in `verify`, and does not tell which statement is unproved.
    /// No statements, or another number of pieces, are a refusal.
    function verifyBatch(Statement[] calldata statements, bytes[] calldata evidence) external view returns (bool);

    /// @notice Whether evidence of this kind can exist at all for the model now.
    function isAvailable(bytes32 modelId) external view returns (bool);
}
