// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Evidence} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Request} from "../contracts/types/Request.sol";
import {State} from "../contracts/types/State.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Edges that mutants of the market lived on (scripts/mutate.ts).
contract InferenceMarketEdgesTest is MarketFixture {
    function test_refund_burnsTheSmallestBond() public {
        Model memory model = realModel(setOf(Evidence.VANILLA));
        model.bond = 1;
        Request memory request = requestFor(addModel(model));
        open(request);
        accept(request, NODE);
        assertStake(request.modelId, PLENTY / 100, 1, "accepted");

        vm.warp(request.deliverBy);
        market.refund(request, resultOf(RIGHT));
        assertState(request, State.REFUNDED, "late");
        assertStake(request.modelId, PLENTY / 100 - 1, 0, "burned");
        vm.assertEq(registry.burned(), 1, "burned in the registry");
    }

    /// @dev Nobody is at fault, so the registry has nothing to say.
    function test_refund_leavesTheRegistryAloneIfNobodyAccepted() public {
        Request memory request = requestOn(Evidence.VANILLA);
        open(request);
        vm.warp(request.deliverBy);
        vm.recordLogs();
        market.refund(request, resultOf(RIGHT));
        vm.assertEq(vm.getRecordedLogs().length, 1, "events");
    }

    /// @dev Asking one verifier needs twice what it is given, and no more.
    function test_refund_withLittleMoreGasThanAsked() public {
        Request memory request = requestOn(Evidence.ZKML);
        open(request);
        vm.warp(request.deliverBy);
        market.refund{gas: 285_000}(request, resultOf(RIGHT));
        assertState(request, State.REFUNDED, "late");
    }
}
