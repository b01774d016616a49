// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";

/// @title Whether a kind of evidence can still exist
library Availability {
    /// @dev Enough for a few cold reads.
    uint256 internal constant GAS = 100_000;

    /// @notice What the verifier says; one that fails counts as impossible.
    /// @dev The gas check keeps a caller from making it fail, and so sparing a late node, by sending too little.
    function isAvailable(address verifier, bytes32 modelId) internal view returns (bool) {
        if (gasleft() < 2 * GAS) revert IInferenceMarket.GasTooLow(gasleft(), 2 * GAS);

        (bool ok, bytes memory answer) = verifier.staticcall{gas: GAS}(
            abi.encodeCall(IEvidenceVerifier.isAvailable, (modelId))
        );
        return ok && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }
}
