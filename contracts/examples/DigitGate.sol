// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {Evidence, NO_EVIDENCE} from "../types/Evidence.sol";
import {Request} from "../types/Request.sol";
import {Result} from "../types/Result.sol";
import {Reliance} from "../types/State.sol";

/// @title An example of a contract that relies on an inference
/// @notice Opens for whoever shows a proved inference in which the model read a seven from the gate's own picture.
contract DigitGate {
    IInferenceMarket public immutable market;
    bytes32 public immutable modelId;
    bytes32 public immutable picture; // input commitment
    bool public isOpen;

    error NotASeven(bytes output);

    constructor(IInferenceMarket market_, bytes32 modelId_, bytes32 picture_) {
        market = market_;
        modelId = modelId_;
        picture = picture_;
    }

    /// @param request The request that was settled; its id is recomputed, so nobody can make one up.
    /// @param result What was settled.
    /// @param output The output bytes that were committed to.
    function open(Request calldata request, Result calldata result, bytes calldata output) external {
        Reliance memory reliance = Reliance(modelId, picture, NO_EVIDENCE.plus(Evidence.ZKML), 0);
        market.requireFinal(request, result, reliance);
        if (keccak256(output) != result.outputCommitment || uint8(output[0]) != 7) revert NotASeven(output);

        isOpen = true;
    }
}
