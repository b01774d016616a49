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

    /// @notice Whether evidence of this kind can exist at all for the model now.
    function isAvailable(bytes32 modelId) external view returns (bool);
}
