// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEvidenceVerifier} from "./IEvidenceVerifier.sol";

/// @title What verifies signatures of enclaves
interface ITeeEvidence is IEvidenceVerifier {
    /// @notice Whether what this key signs now counts as the node's evidence for the model.
    /// @dev So that who has many signatures of one key asks once.
    function counts(address key, address node, bytes32 modelId) external view returns (bool);
}
