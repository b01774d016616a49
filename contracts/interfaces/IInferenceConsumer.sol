// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EvidenceSet} from "../types/Evidence.sol";
import {Request} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";

/// @title A contract that acts on final inferences
interface IInferenceConsumer {
    /// @notice Called by the market when a request that names this contract is final.
    /// @dev Warning: anybody can order a request that names any consumer, from a node of his own, at declared value 0. Check
    /// `msg.sender`, the model, the input and the declared value, or call `requireFinal` with what you rely on.
    /// @param output The output bytes from `fulfilAndCall`; empty in the gas-capped call, where only the commitment is known.
    function onInference(
        RequestId id,
        Request calldata request,
        EvidenceSet evidence,
        bytes32 outputCommitment,
        bytes calldata output
    ) external;
}
