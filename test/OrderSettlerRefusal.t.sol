// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../contracts/interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {IOrderSettler} from "../contracts/interfaces/IOrderSettler.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Order} from "../contracts/types/Order.sol";
import {Request} from "../contracts/types/Request.sol";
import {Money, OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What orders are refused for, alone and among others: with the same error, and nothing changes. See
/// OrderSettler.tree.
contract OrderSettlerRefusalTest is OrderFixture {
    function test_RevertWhen_order_isNotAdmissible() public onEachPath {
        for (uint256 i = 0; i < 9; ++i) {
            (Order memory order, bytes memory reason) = inadmissible(i);
            sign(order, SIGNER_KEY);
            assertRefused(order, evidenceOf(order), reason);
        }
    }

    function inadmissible(uint256 choice) private returns (Order memory order, bytes memory) {
        order = orderOn(path);
        Request memory request = order.request;
        if (choice == 0) {
            request.deliverBy = time();
            return (order, abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, time(), time()));
        }
        if (choice < 4) {
            if (choice == 1) request.proveBy = request.deliverBy;
            if (choice == 2) request.refundAfter -= 1;
            if (choice == 3) request.refundAfter = uint40(type(uint32).max) + 1;
            return (order, deadlinesInvalid(request));
        }
        if (choice == 4) {
            request.declaredValue = uint128(type(uint88).max) + 1;
            return (
                order,
                abi.encodeWithSelector(
                    IInferenceMarket.DeclaredValueAboveCap.selector,
                    request.declaredValue,
                    type(uint88).max
                )
            );
        }
        if (choice == 5) {
            request.maxFee = uint128(type(uint96).max) + 1;
            return (
                order,
                abi.encodeWithSelector(IInferenceMarket.MaxFeeTooHigh.selector, request.maxFee, type(uint96).max)
            );
        }
        if (choice < 8) {
            if (choice == 6) request.dataCommitment = 0;
            else request.dataNode = STRANGER;
            return (
                order,
                abi.encodeWithSelector(
                    IInferenceMarket.DataNodeInvalid.selector,
                    request.dataNode,
                    request.dataCommitment
                )
            );
        }
        request.callbackGas = 1;
        return (order, abi.encodeWithSelector(IInferenceMarket.CallbackGasAboveCap.selector, 1, 0));
    }

    function deadlinesInvalid(Request memory request) private pure returns (bytes memory) {
        uint256 earliest = request.proveBy + CHALLENGE_WINDOW + DISPUTE_WINDOW;
        return
            abi.encodeWithSelector(
                IInferenceMarket.DeadlinesInvalid.selector,
                request.deliverBy,
                request.proveBy,
                request.refundAfter,
                earliest
            );
    }

    function test_RevertWhen_order_requiresTheClaim() public onEachProvingPath {
        Order memory order = orderOn(path);
        order.request.requiredEvidence = claimWith(path);
        sign(order, SIGNER_KEY);
        bytes memory reason = abi.encodeWithSelector(
            IInferenceMarket.RequiredEvidenceInvalid.selector,
            order.request.requiredEvidence
        );
        assertRefused(order, evidenceOf(order), reason);
    }

    /// @dev The node's publisher may allow enclaves of a model that is not proved by them.
    function test_RevertWhen_order_modelHasNoSuchPath() public onEachProvingPath {
        Request memory request = relaxedOn(Evidence.VANILLA);
        Order memory order = orderOf(request, path);
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.PathUnavailable.selector, modelFor[0], path);
        assertRefused(order, evidenceOf(order), reason);
    }

    function test_RevertWhen_order_modelIsUnknown() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.modelId = keccak256("unknown");
        Order[] memory orders = new Order[](1);
        orders[0] = orderOf(request, Evidence.VANILLA);
        bytes memory reason = abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, request.modelId);
        expect(reason);
        settle(orders[0], "");
        expect(reason);
        settleAll(orders, new bytes[](0), "");
    }

    function test_RevertWhen_order_unitsAreNotTheModels() public {
        path = Evidence.ZKML;
        uint40[3] memory units = [0, UNITS - 1, UNITS + 1];
        for (uint256 i = 0; i < units.length; ++i) {
            Order memory order = orderOn(path);
            order.units = units[i];
            bytes memory reason = abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, units[i], UNITS);
            assertRefused(order, evidenceOf(order), reason);
        }
    }

    /// @dev Nor that of another request, output, units or node; a claim has none.
    function test_RevertWhen_order_evidenceIsNotForIt() public onEachPath {
        Order memory order = orderOn(path);
        bytes memory reason = abi.encodeWithSelector(IInferenceMarket.EvidenceInvalid.selector, idOf(order), path);
        bytes[] memory bad = evidenceNotFor(order);
        for (uint256 i = 0; i < bad.length; ++i) {
            // Many TEE results may do without evidence of their own.
            if (bad[i].length != 0) assertRefused(order, bad[i], reason);
            expect(reason);
            settle(order, bad[i]);
        }
    }

    function evidenceNotFor(Order memory order) private returns (bytes[] memory bad) {
        bad = new bytes[](path == Evidence.VANILLA ? 1 : 6);
        bad[0] = "junk";
        if (path == Evidence.VANILLA) return bad;
        bad[1] = "";
        bad[2] = evidenceOf(orderOn(path));
        Order memory other = abi.decode(abi.encode(order), (Order));
        other.outputCommitment = WRONG;
        bad[3] = evidenceOf(other);
        other.outputCommitment = RIGHT;
        other.units = UNITS + 1;
        bad[4] = evidenceOf(other);
        other.units = UNITS;
        other.request.node = RIVAL;
        bad[5] = evidenceOf(other);
    }

    function test_RevertWhen_order_isOfAnotherNode() public onEachPath {
        Request memory request = requestOn(path);
        address[2] memory others = [RIVAL, address(0)];
        for (uint256 i = 0; i < others.length; ++i) {
            request.node = others[i];
            Order memory order = orderOf(request, path);
            bytes memory reason = abi.encodeWithSelector(IInferenceMarket.NodeMismatch.selector, others[i], NODE);
            assertRefused(order, evidenceOf(order), reason);
        }
    }

    /* RESERVATION */

    function test_RevertWhen_order_exceedsTheReservation() public onEachPath {
        for (uint96 missing = 0; missing < 2; ++missing) {
            uint256 snapshot = vm.snapshotState();
            leave(uint96(FEE) - missing);
            Order memory order = orderOn(path);
            bytes memory evidence = evidenceOf(order);
            if (missing != 0) expect(exceeded(NODE, SIGNER, uint96(FEE) - 1, FEE));
            settle(order, evidence);
            vm.revertToState(snapshot);
        }
    }

    /// @dev With a record, all that it may cost must be there.
    function test_RevertWhen_recordedOrder_exceedsTheReservation() public onEachProvingPath {
        for (uint96 missing = 0; missing < 2; ++missing) {
            uint256 snapshot = vm.snapshotState();
            leave(uint96(MAX_FEE) - missing);
            Order memory order = orderOf(requestOn(path), Evidence.VANILLA);
            if (missing != 0) expect(exceeded(NODE, SIGNER, uint96(MAX_FEE) - 1, MAX_FEE));
            settle(order, "");
            vm.revertToState(snapshot);
        }
    }

    /// @dev Spends NODE's reservation, but for `amount`.
    function leave(uint96 amount) private {
        Request memory request = requestOn(Evidence.TEE);
        request.unitPrice = RESERVED - amount;
        request.maxFee = request.unitPrice;
        Order memory order = orderOf(request, Evidence.TEE);
        order.units = 1;
        settle(order);
        vm.assertEq(reservation().amount, amount, "left");
    }

    function test_RevertWhen_order_outlastsTheReservation() public onEachPath {
        uint40 latest = reservation().until + LONGEST_ORDER;
        for (uint40 later = 0; later < 2; ++later) {
            Order memory order = orderOn(path);
            order.request.deliverBy = latest + later;
            order.request.proveBy = latest + 2;
            order.request.refundAfter = latest + 2 + CHALLENGE_WINDOW + DISPUTE_WINDOW;
            sign(order, SIGNER_KEY);
            bytes memory reason = abi.encodeWithSelector(
                IOrderSettler.ReservationTooShort.selector,
                latest + 1,
                latest
            );
            if (later == 0) settle(order);
            else assertRefused(order, evidenceOf(order), reason);
        }
    }

    function test_RevertWhen_order_nonceIsTooLarge() public onEachPath {
        uint64[3] memory nonces = [uint64(type(uint40).max) + 1, type(uint64).max, type(uint40).max];
        for (uint256 i = 0; i < 3; ++i) {
            Order memory order = orderOn(path);
            order.request.nonce = nonces[i];
            sign(order, SIGNER_KEY);
            bytes memory reason = abi.encodeWithSelector(IOrderSettler.NonceTooLarge.selector, nonces[i]);
            if (i == 2) settle(order);
            else assertRefused(order, evidenceOf(order), reason);
        }
    }

    function test_RevertWhen_claim_isNotCovered() public {
        for (uint128 missing = 0; missing < 2; ++missing) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(NODE);
            registry.optOut(modelFor[0], OPTED - BOND + missing);
            Order memory order = orderOn(Evidence.VANILLA);
            if (missing != 0) {
                expect(
                    abi.encodeWithSelector(
                        INodeRegistry.ModelStakeInsufficient.selector,
                        NODE,
                        modelFor[0],
                        BOND - 1,
                        BOND
                    )
                );
            }
            settle(order, "");
            vm.revertToState(snapshot);
        }
    }

    /* HELPERS */

    /// @dev NODE brings it alone, and after a good one of its model and data node.
    function assertRefused(Order memory order, bytes memory evidence, bytes memory reason) private {
        expect(reason);
        vm.prank(NODE, NODE);
        settler.fulfilOrder(order, evidence);

        Request memory good = requestOn(Evidence.VANILLA);
        good.modelId = order.request.modelId;
        // No good order has these data.
        if (order.request.dataNode != good.dataNode || order.request.dataCommitment != good.dataCommitment) return;
        uint256 snapshot = vm.snapshotState();
        Order[] memory orders = new Order[](2);
        (orders[0], orders[1]) = (orderOf(good, Evidence.VANILLA), order);
        bytes[] memory pieces = new bytes[](2);
        pieces[1] = evidence;
        Money memory before = moneyNow();
        expectRefused(order, reason);
        settleAll(orders, pieces, "");
        before.reserved -= FEE;
        assertMoney(before, "only the good one is drawn");
        vm.revertToState(snapshot);
    }
}
