// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../contracts/interfaces/IModelRegistry.sol";
import {ALL_EVIDENCE, Evidence, EvidenceSet} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {State} from "../contracts/types/State.sol";
import {LifecycleFixture} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What is admitted, by request and by order. See InferenceMarketRequest.tree.
contract InferenceMarketRequestTest is LifecycleFixture {
    /* WHO AND WHAT */

    function test_RevertWhen_openRequest_forSomebodyElse() public {
        Request memory request = requestOn(Evidence.VANILLA);
        expect(abi.encodeWithSelector(IInferenceMarket.ClientMismatch.selector, CLIENT, STRANGER));
        vm.prank(STRANGER);
        market.openRequest(request);
    }

    function test_RevertWhen_openRequest_withoutTheMoney() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.client = STRANGER;
        fund(STRANGER, MAX_FEE - 1);
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, STRANGER, MAX_FEE - 1, MAX_FEE));
        open(request);
        fund(STRANGER, 1);
        open(request);
        vm.assertEq(market.balanceOf(STRANGER), 0, "all of it is in escrow");
    }

    /// @dev Case 7.
    function test_openRequest_amountsAtTheirLimits() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.maxFee = 0;
        open(request);
        uint128 balance = market.balanceOf(CLIENT);
        request.maxFee = type(uint96).max;
        expect(
            abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, balance, type(uint96).max)
        );
        open(request);
        uint128 rest = type(uint128).max - balance;
        token.mint(address(this), rest);
        token.approve(address(market), rest);
        market.deposit(CLIENT, rest);
        request.maxFee = uint128(type(uint96).max) + 1;
        expect(abi.encodeWithSelector(IInferenceMarket.MaxFeeTooHigh.selector, request.maxFee, type(uint96).max));
        open(request);
        request.maxFee = type(uint96).max;
        open(request);
        vm.prank(CLIENT);
        market.cancel(request);
        vm.assertEq(market.balanceOf(CLIENT), type(uint128).max, "all of it and back");
    }

    /// @dev Case 10, and I10: twice, and after every end.
    function test_RevertWhen_openRequest_again() public {
        Request memory request = requestOn(Evidence.VANILLA);
        RequestId id = open(request);
        expectExists(request, id);
        vm.prank(CLIENT);
        market.cancel(request);
        expectExists(request, id);
    }

    function test_openRequest_equalButForTheNonce() public {
        Request memory request = requestOn(Evidence.VANILLA);
        RequestId id = open(request);
        request.nonce += 1;
        vm.assertTrue(open(request) != id, "another request");
    }

    function expectExists(Request memory request, RequestId id) private {
        expect(abi.encodeWithSelector(IInferenceMarket.RequestExists.selector, id));
        open(request);
    }

    /* DATES */

    function test_openRequest_dates() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.deliverBy = time() + 1;
        request.proveBy = time() + 2;
        request.refundAfter = request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        open(request);

        request.nonce += 1;
        request.refundAfter -= 1;
        refuseDates(request);
        request.refundAfter += 1;
        request.proveBy = request.deliverBy;
        refuseDates(request);
        request.proveBy = request.deliverBy - 1;
        refuseDates(request);
    }

    function test_RevertWhen_openRequest_late() public {
        Request memory request = requestOn(Evidence.VANILLA);
        for (uint40 late = 0; late < 2; ++late) {
            vm.warp(request.deliverBy + late);
            expectPassed(request.deliverBy);
            open(request);
        }
    }

    /// @dev No date overflows, and no request outlives the 32 bits of a record's clock.
    function test_RevertWhen_openRequest_datesAtTheEndOfTime() public {
        Request memory request = requestOn(Evidence.VANILLA);
        (request.proveBy, request.refundAfter) = (type(uint40).max, type(uint40).max);
        refuseDates(request);
        request.proveBy = type(uint32).max - CHALLENGE_WINDOW - DISPUTE_WINDOW;
        request.deliverBy = request.proveBy - 1;
        request.refundAfter = uint40(type(uint32).max) + 1;
        refuseDates(request);
        request.refundAfter -= 1;
        open(request);
    }

    function refuseDates(Request memory request) private {
        expect(
            abi.encodeWithSelector(
                IInferenceMarket.DeadlinesInvalid.selector,
                request.deliverBy,
                request.proveBy,
                request.refundAfter,
                uint256(request.proveBy) + CHALLENGE_WINDOW + DISPUTE_WINDOW
            )
        );
        open(request);
    }

    /* MODEL AND EVIDENCE */

    function test_RevertWhen_openRequest_modelIsUnknown() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.modelId = keccak256("unknown");
        expect(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, request.modelId));
        open(request);
    }

    /// @dev Every set of required evidence against every set of paths.
    function test_openRequest_evidenceAgainstPaths() public {
        for (uint8 paths = 1; paths < 8; ++paths) {
            Model memory model = realModel(EvidenceSet.wrap(paths));
            model.uri = "every path";
            bytes32 modelId = registerModel(model);
            for (uint8 required = 0; required < 16; ++required) {
                Request memory request = requestOn(Evidence.VANILLA);
                request.modelId = modelId;
                request.requiredEvidence = EvidenceSet.wrap(required);
                bytes memory refusal = refusalOf(modelId, paths, required);
                if (refusal.length != 0) vm.expectRevert(refusal);
                open(request);
                assertState(request, refusal.length == 0 ? State.OPEN : State.NONE, "admitted or not");
            }
        }
    }

    /// @dev Written out, not computed as the market does: 1 is a claim, 2 a proof, 4 a signature.
    function refusalOf(bytes32 modelId, uint8 paths, uint8 required) private pure returns (bytes memory) {
        if (required != 0 && required != 2 && required != 4 && required != 6) {
            return abi.encodeWithSelector(IInferenceMarket.RequiredEvidenceInvalid.selector, required);
        }
        bytes4 unavailable = IModelRegistry.PathUnavailable.selector;
        if (required == 0 && paths & 1 == 0) return abi.encodeWithSelector(unavailable, modelId, Evidence.VANILLA);
        if (required & 2 != 0 && paths & 2 == 0) return abi.encodeWithSelector(unavailable, modelId, Evidence.ZKML);
        if (required & 4 != 0 && paths & 4 == 0) return abi.encodeWithSelector(unavailable, modelId, Evidence.TEE);
        return "";
    }

    function test_openRequest_declaredValueUpToTheCap() public {
        Model memory model = realModel(ALL_EVIDENCE);
        model.valueCap = 99;
        Request memory request = requestOn(Evidence.VANILLA);
        request.modelId = registerModel(model);
        request.declaredValue = 100;
        expect(abi.encodeWithSelector(IInferenceMarket.DeclaredValueAboveCap.selector, 100, 99));
        open(request);
        request.declaredValue = 99;
        open(request);
    }

    /* DATA AND CALLBACK */

    function test_RevertWhen_openRequest_dataNodeWithoutData_orInverse() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.dataCommitment = 0;
        refuseData(request);
        request = requestOn(Evidence.VANILLA);
        request.dataNode = address(0);
        refuseData(request);
    }

    function test_RevertWhen_openRequest_dataNodeIsNone() public {
        address[3] memory others = [STRANGER, NODE, REGISTRAR];
        for (uint256 i = 0; i < others.length; ++i) {
            Request memory request = requestOn(Evidence.VANILLA);
            request.dataNode = others[i];
            refuseData(request);
        }
        vm.prank(DATA_NODE);
        registry.retire();
        refuseData(requestOn(Evidence.VANILLA));
    }

    function refuseData(Request memory request) private {
        expect(
            abi.encodeWithSelector(IInferenceMarket.DataNodeInvalid.selector, request.dataNode, request.dataCommitment)
        );
        open(request);
    }

    function test_openRequest_callbackGasUpToTheCap() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.callbackGas = 500_001;
        expect(abi.encodeWithSelector(IInferenceMarket.CallbackGasAboveCap.selector, 500_001, 500_000));
        open(request);
        request.callbackGas = 500_000;
        open(request);
    }

    /* ENCODING */

    /// @dev The id hashes the words as they came: one bit above its field, and it is not decoded.
    function test_RevertWhen_aWordHasDirtyUpperBits() public {
        Request memory request = requestOn(Evidence.VANILLA);
        uint8[16] memory sizes = [20, 20, 32, 32, 32, 20, 1, 16, 16, 16, 5, 5, 5, 20, 4, 8];
        for (uint256 word = 0; word < sizes.length; ++word) {
            if (sizes[word] == 32) continue;
            uint256 dirty = 4 + 32 * word + 31 - sizes[word];
            (bool taken, bytes memory returned) = callWith(dirty, abi.encodeCall(market.requestId, (request)));
            vm.assertTrue(taken && bytes32(returned) != RequestId.unwrap(market.requestId(request)), "another id");

            vm.prank(CLIENT);
            (taken, returned) = callWith(dirty, abi.encodeCall(market.openRequest, (request)));
            vm.assertTrue(!taken && returned.length == 0, "not decoded");
        }
        open(request);
    }

    function callWith(uint256 dirty, bytes memory data) private returns (bool taken, bytes memory returned) {
        data[dirty] = 0x01;
        return address(market).call(data);
    }

    /// @dev I14: what happens to one request changes no other record.
    function test_requests_areIsolated() public {
        Request memory quiet = requestOn(Evidence.TEE);
        answer(quiet, Evidence.VANILLA);
        bytes32 before = keccak256(abi.encode(recordOf(quiet)));
        answer(requestOn(Evidence.TEE), Evidence.TEE);
        answer(requestOn(Evidence.ZKML), Evidence.VANILLA);
        Request memory late = requestOn(Evidence.TEE);
        open(late);
        accept(late, NODE);
        vm.warp(late.deliverBy);
        market.refund(late, resultOf(RIGHT));
        vm.assertEq(keccak256(abi.encode(recordOf(quiet))), before, "untouched");
    }
}
