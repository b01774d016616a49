// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE, PROVING_EVIDENCE} from "../types/Evidence.sol";
import {Terms} from "../types/Model.sol";
import {Role} from "../types/Node.sol";
import {Request} from "../types/Request.sol";

/// @title What a request must be to be taken, whichever way it settles
/// @notice Faults are encoded errors: one order of many is skipped with its fault, a single request reverts with it.
library Admission {
    /// @param windows Seconds that a challenge and a dispute take.
    /// @return fault Empty if the request can be taken now.
    function faultOf(
        Request calldata request,
        Terms memory terms,
        uint256 windows,
        uint32 maxCallbackGas,
        address nodeRegistry
    ) internal view returns (bytes memory fault) {
        // With a way out. The window of a signature may open when that of the claim is about to close.
        uint256 earliestRefund = request.proveBy + windows + terms.teeWindow;
        if (block.timestamp >= request.deliverBy) {
            return abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, request.deliverBy, block.timestamp);
        }
        // By 2106 it must be over: a record's clock has 32 bits.
        bool tooLate = request.refundAfter > type(uint32).max;
        if (request.deliverBy >= request.proveBy || request.refundAfter < earliestRefund || tooLate) {
            return
                abi.encodeWithSelector(
                    IInferenceMarket.DeadlinesInvalid.selector,
                    request.deliverBy,
                    request.proveBy,
                    request.refundAfter,
                    earliestRefund
                );
        }

        // The model offers every kind of evidence that is required, or the claim alone if none is.
        EvidenceSet required = request.requiredEvidence;
        if (!PROVING_EVIDENCE.includes(required)) {
            return abi.encodeWithSelector(IInferenceMarket.RequiredEvidenceInvalid.selector, required);
        }
        EvidenceSet missing = (required.isEmpty() ? NO_EVIDENCE.plus(Evidence.VANILLA) : required).minus(terms.paths);
        if (!missing.isEmpty()) {
            return abi.encodeWithSelector(IModelRegistry.PathUnavailable.selector, request.modelId, missing.first());
        }
        if (request.declaredValue > terms.valueCap) {
            return
                abi.encodeWithSelector(
                    IInferenceMarket.DeclaredValueAboveCap.selector,
                    request.declaredValue,
                    terms.valueCap
                );
        }

        // A larger one would not fit the node's earnings.
        if (request.maxFee > type(uint96).max) {
            return abi.encodeWithSelector(IInferenceMarket.MaxFeeTooHigh.selector, request.maxFee, type(uint96).max);
        }

        // The data's payee and the callback's gas.
        address dataNode = request.dataNode;
        if (
            (dataNode == address(0)) != (request.dataCommitment == 0) ||
            (dataNode != address(0) && !INodeRegistry(nodeRegistry).isActive(dataNode, Role.DATA))
        ) {
            return abi.encodeWithSelector(IInferenceMarket.DataNodeInvalid.selector, dataNode, request.dataCommitment);
        }
        if (request.callbackGas > maxCallbackGas) {
            return
                abi.encodeWithSelector(
                    IInferenceMarket.CallbackGasAboveCap.selector,
                    request.callbackGas,
                    maxCallbackGas
                );
        }
    }

    /// @dev Reverts with the fault, if there is one.
    function raise(bytes memory fault) internal pure {
        if (fault.length == 0) return;
        assembly ("memory-safe") {
            revert(add(fault, 32), mload(fault))
        }
    }
}
