// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {IOrderSettler} from "../contracts/interfaces/IOrderSettler.sol";
import {HostileConsumer} from "../contracts/mocks/HostileConsumer.sol";
import {ALL_EVIDENCE, Evidence} from "../contracts/types/Evidence.sol";
import {Claims, Order} from "../contracts/types/Order.sol";
import {Request} from "../contracts/types/Request.sol";
import {resultsDigest} from "../contracts/types/Result.sol";
import {Money, OrderFixture} from "./support/OrderFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Many orders in one transaction. What a single order is refused for is in OrderSettlerRefusal.t.sol. See
/// OrderSettler.tree.
contract OrderSettlerBatchTest is OrderFixture {
    /* MONEY */

    /// @dev The fees are divided together: rounding is to the node's favour, once.
    function test_fulfilOrders() public onEachPath {
        for (uint128 count = 1; count < 6; ++count) {
            uint256 snapshot = vm.snapshotState();
            Order[] memory orders = ordersOn(path, count);
            Money memory before = moneyNow();
            for (uint256 i = 0; i < count; ++i) expectSettled(orders[i]);
            settleAll(orders);
            if (path == Evidence.VANILLA) before.reserved -= count * FEE;
            if (path == Evidence.VANILLA) assertMoney(before, "the fees are held until the window closes");
            else assertPaidTogether(before, count, "paid at once");
            assertLocked(modelFor[uint8(path)], path == Evidence.VANILLA ? count * BOND : 0, "bond");
            assertUnrecorded(orders[count - 1], "no record");
            vm.revertToState(snapshot);
        }
    }

    /// @dev 3 x 440, of which 146.652 and 102.564 rounded down.
    function test_fulfilOrders_dividesTheSum() public onEachProvingPath {
        settleAll(ordersOn(path, 3));
        vm.assertEq(settler.earningsOf(NODE).pool, 146, on(path, "verification"));
        vm.assertEq(settler.earningsOf(DATA_NODE).own, 102, on(path, "data"));
        vm.assertEq(settler.earningsOf(NODE).own, 1_072, on(path, "inference"));
    }

    function test_fulfilOrders_claims() public {
        for (uint32 count = 1; count < 9; ++count) {
            uint256 snapshot = vm.snapshotState();
            Order[] memory orders = ordersOn(Evidence.VANILLA, count);
            Claims memory expected = Claims(uint96(count * FEE), uint88(count * BOND), uint32(time()), count);
            bytes32 root = rootOf(orders);
            vm.expectEmit(address(settler));
            emit IOrderSettler.ClaimsEntered(root, NODE, modelFor[0], DATA_NODE, expected);
            settleAll(orders);
            assertClaims(orders, expected, "under their root");
            vm.revertToState(snapshot);
        }
    }

    /// @dev A model with all paths: a proof, a signature, a claim, and another of each.
    function test_fulfilOrders_ofEachPath() public {
        Order[] memory orders = mixed();
        Order[] memory claims = new Order[](2);
        (claims[0], claims[1]) = (orders[0], orders[3]);
        Money memory before = moneyNow();
        settleAll(orders);
        before.reserved -= 6 * FEE;
        share(before, 4 * FEE);
        assertMoney(before, "four are paid, two are held");
        assertClaims(claims, Claims(uint96(2 * FEE), uint88(2 * BOND), uint32(time()), 2), "two claims");
    }

    function mixed() private returns (Order[] memory orders) {
        bytes32 modelId = addModel(ALL_EVIDENCE, 0);
        orders = new Order[](6);
        for (uint8 i = 0; i < 6; ++i) {
            Request memory request = requestOn(Evidence(i % 3));
            request.modelId = modelId;
            orders[i] = orderOf(request, Evidence(i % 3));
        }
    }

    function test_fulfilOrders_withoutData() public {
        Order[] memory orders = ordersOn(Evidence.TEE, 2);
        for (uint256 i = 0; i < 2; ++i) {
            (orders[i].request.dataNode, orders[i].request.dataCommitment) = (address(0), 0);
            sign(orders[i], SIGNER_KEY);
        }
        settleAll(orders);
        vm.assertEq(settler.earningsOf(NODE).own, 2 * FEE - 97, "all but the verification share");
        vm.assertEq(settler.earningsOf(address(0)).own, 0, "nobody has a data share");
    }

    /* REFUSALS OF ONE */

    /// @dev Whatever is wrong with one, the others are as without it.
    function test_fulfilOrders_oneIsUnlike() public onEachPath {
        for (uint256 choice = 0; choice < 4; ++choice) {
            uint256 snapshot = vm.snapshotState();
            Order[] memory orders = ordersOn(path, 3);
            Money memory before = moneyNow();
            Order memory odd = orders[1];
            if (choice == 0) odd.request.modelId = modelFor[(uint8(path) + 1) % 3];
            if (choice == 1) (odd.request.dataNode, odd.request.dataCommitment) = (address(0), 0);
            if (choice == 2) odd.request.consumer = address(new HostileConsumer());
            if (choice == 3) odd.request.requiredEvidence = ALL_EVIDENCE;
            sign(odd, SIGNER_KEY);
            expectRefused(odd, abi.encodeWithSelector(IOrderSettler.OrderUnlike.selector, idOf(odd)));
            settleAll(orders);
            if (path == Evidence.VANILLA) before.reserved -= 2 * FEE;
            if (path == Evidence.VANILLA) assertMoney(before, "two are held");
            else assertPaidTogether(before, 2, "two are paid");
            vm.revertToState(snapshot);
        }
    }

    /// @dev The first says what the others must be like, even if it is itself refused.
    function test_fulfilOrders_firstIsRefused() public onEachPath {
        Order[] memory orders = ordersOn(path, 2);
        orders[0].request.deliverBy = time();
        sign(orders[0], SIGNER_KEY);
        Money memory before = moneyNow();
        settleAll(orders);
        before.reserved -= FEE;
        if (path != Evidence.VANILLA) share(before, FEE);
        assertMoney(before, "the second is settled");
    }

    function test_fulfilOrders_allAreRefused() public onEachPath {
        Order[] memory orders = ordersOn(path, 2);
        for (uint256 i = 0; i < 2; ++i) sign(orders[i], 1);
        Money memory before = moneyNow();
        for (uint256 i = 0; i < 2; ++i) expectRefused(orders[i], exceeded(NODE, vm.addr(1), 0, FEE));
        settleAll(orders);
        assertMoney(before, "nothing moves");
        assertLocked(modelFor[uint8(path)], 0, "nothing is locked");
    }

    /* REFUSALS OF ALL */

    function test_RevertWhen_fulfilOrders_empty() public {
        vm.expectRevert(IOrderSettler.OrdersEmpty.selector);
        settleAll(new Order[](0), new bytes[](0), "");
    }

    function test_RevertWhen_fulfilOrders_moreEvidenceThanOrders() public onEachPath {
        Order[] memory orders = ordersOn(path, 2);
        bytes[] memory evidence = new bytes[](3);
        expect(abi.encodeWithSelector(IOrderSettler.EvidenceWithoutOrder.selector, 3, 2));
        settleAll(orders, evidence, "");
    }

    function test_RevertWhen_fulfilOrders_claimsAreNotCovered() public {
        Order[] memory orders = ordersOn(Evidence.VANILLA, 3);
        vm.prank(NODE);
        registry.optOut(modelFor[0], OPTED - 3 * BOND + 1);
        Money memory before = moneyNow();
        bytes[] memory none = new bytes[](0);
        expect(
            abi.encodeWithSelector(
                INodeRegistry.ModelStakeInsufficient.selector,
                NODE,
                modelFor[0],
                3 * BOND - 1,
                3 * BOND
            )
        );
        settleAll(orders, none, "");
        assertMoney(before, "nothing moves");
        vm.prank(NODE);
        registry.optIn(modelFor[0], 1);
        settleAll(orders, none, "");
    }

    /* SIGNATURES */

    function test_fulfilOrders_sharedSignature() public {
        path = Evidence.TEE;
        Order[] memory orders = ordersOn(path, 4);
        Money memory before = moneyNow();
        bytes memory signature = sharedSignature(orders);
        settleAll(orders, new bytes[](0), signature);
        assertPaidTogether(before, 4, "one signature proves all");
    }

    /// @dev The enclave signed before it could know which would be refused.
    function test_fulfilOrders_sharedSignature_coversTheSkipped() public {
        path = Evidence.TEE;
        Order[] memory orders = ordersOn(path, 3);
        orders[0].request.deliverBy = time();
        sign(orders[0], SIGNER_KEY);
        orders[2].request.dataNode = address(0);
        sign(orders[2], SIGNER_KEY);
        Money memory before = moneyNow();
        bytes memory signature = sharedSignature(orders);
        settleAll(orders, new bytes[](0), signature);
        before.reserved -= FEE;
        before.inference += FEE - VERIFICATION_SHARE - DATA_SHARE;
        before.verification += VERIFICATION_SHARE;
        before.data += DATA_SHARE;
        assertMoney(before, "the one between them is paid");
    }

    /// @dev Of all skipped ones a signature must be right too.
    function test_RevertWhen_fulfilOrders_sharedSignatureOfTheSkippedIsMissing() public {
        Order[] memory orders = ordersOn(Evidence.TEE, 1);
        orders[0].request.deliverBy = time();
        sign(orders[0], SIGNER_KEY);
        expectUnsigned(orders);
        settleAll(orders, new bytes[](0), "");
    }

    /// @dev Some have signatures of their own, before and behind those that share one.
    function test_fulfilOrders_sharedAndOwnSignatures() public {
        path = Evidence.TEE;
        Order[] memory orders = ordersOn(path, 5);
        Order[] memory sharing = new Order[](3);
        (sharing[0], sharing[1], sharing[2]) = (orders[0], orders[2], orders[4]);
        bytes[] memory evidence = new bytes[](4);
        (evidence[1], evidence[3]) = (evidenceOf(orders[1]), evidenceOf(orders[3]));
        Money memory before = moneyNow();
        bytes memory signature = sharedSignature(sharing);
        uint256 snapshot = vm.snapshotState();
        settleAll(orders, evidence, signature);
        assertPaidTogether(before, 5, "all are proved");
        vm.revertToState(snapshot);

        before = moneyNow();
        evidence[1] = evidence[3];
        expectRefused(orders[1], invalid(orders[1]));
        settleAll(orders, evidence, signature);
        assertPaidTogether(before, 4, "a wrong one of its own harms itself alone");
    }

    function test_RevertWhen_fulfilOrders_sharedSignatureIsWrong() public {
        Order[] memory orders = ordersOn(Evidence.TEE, 2);
        Order[] memory one = new Order[](1);
        one[0] = orders[0];
        Order[] memory swapped = new Order[](2);
        (swapped[0], swapped[1]) = (orders[1], orders[0]);
        bytes[6] memory wrong = [
            bytes(""),
            bytes("junk"),
            sharedSignature(one),
            sharedSignature(swapped),
            evidenceOf(orders[0]),
            signatureBy(enclaveKeyOf(RIVAL, modelFor[2]), resultsDigest(digestsOf(orders)))
        ];
        Money memory before = moneyNow();
        for (uint256 i = 0; i < wrong.length; ++i) {
            expectUnsigned(orders);
            settleAll(orders, new bytes[](0), wrong[i]);
        }
        assertMoney(before, "nothing moves");
    }

    /// @dev That one enclave counts does not make another count.
    function test_RevertWhen_fulfilOrders_onlyOneOfTheKeysCounts() public {
        Order[] memory orders = ordersOn(Evidence.TEE, 2);
        Order[] memory sharing = new Order[](1);
        sharing[0] = orders[1];
        bytes[] memory evidence = new bytes[](1);
        evidence[0] = evidenceOf(orders[0]);
        bytes memory signature = signatureBy(enclaveKeyOf(RIVAL, modelFor[2]), resultsDigest(digestsOf(sharing)));
        expectUnsigned(sharing);
        settleAll(orders, evidence, signature);
    }

    function expectUnsigned(Order[] memory orders) private {
        expect(abi.encodeWithSelector(IOrderSettler.SignatureInvalid.selector, resultsDigest(digestsOf(orders))));
    }

    /* PROOFS: those of two and more are verified together */

    function test_fulfilOrders_forgedProofHarmsItselfAlone() public {
        path = Evidence.ZKML;
        for (uint256 forged = 0; forged < 3; ++forged) {
            uint256 snapshot = vm.snapshotState();
            Order[] memory orders = ordersOn(path, 3);
            bytes[] memory evidence = evidenceOf(orders);
            evidence[forged] = evidenceOf(orderOn(path));
            Money memory before = moneyNow();
            expectRefused(orders[forged], invalid(orders[forged]));
            settleAll(orders, evidence, "");
            assertPaidTogether(before, 2, "the others are paid");
            vm.revertToState(snapshot);
        }
    }

    /// @dev A proof that cannot even be read, and one that is missing, between others or at the end.
    function test_fulfilOrders_proofIsNone() public {
        path = Evidence.ZKML;
        bytes[2] memory none = [bytes(""), bytes("junk")];
        for (uint256 i = 0; i < 6; ++i) {
            uint256 snapshot = vm.snapshotState();
            Order[] memory orders = ordersOn(path, 3);
            bytes[] memory evidence = evidenceOf(orders);
            evidence[i / 2] = none[i % 2];
            Money memory before = moneyNow();
            expectRefused(orders[i / 2], invalid(orders[i / 2]));
            settleAll(orders, evidence, "");
            assertPaidTogether(before, 2, "the others are paid");
            vm.revertToState(snapshot);
        }
    }

    /// @dev That all proofs hold says nothing of orders which have none.
    function test_fulfilOrders_proofIsLeftOut() public {
        path = Evidence.ZKML;
        for (uint256 brought = 0; brought < 3; ++brought) {
            uint256 snapshot = vm.snapshotState();
            Order[] memory orders = ordersOn(path, 3);
            bytes[] memory all = evidenceOf(orders);
            bytes[] memory evidence = new bytes[](brought);
            for (uint256 i = 0; i < brought; ++i) evidence[i] = all[i];
            Money memory before = moneyNow();
            for (uint256 i = brought; i < 3; ++i) expectRefused(orders[i], invalid(orders[i]));
            settleAll(orders, evidence, "");
            assertPaidTogether(before, uint128(brought), "those with a proof are paid");
            vm.revertToState(snapshot);
        }
    }

    /// @dev Proofs of two models are not verified together, and those of the first model hold by themselves.
    function test_fulfilOrders_proofsOfTwoModels() public {
        path = Evidence.ZKML;
        Order[] memory orders = ordersOn(path, 3);
        orders[1].request.modelId = addModelWithBoth();
        sign(orders[1], SIGNER_KEY);
        Money memory before = moneyNow();
        expectRefused(orders[1], abi.encodeWithSelector(IOrderSettler.OrderUnlike.selector, idOf(orders[1])));
        settleAll(orders);
        assertPaidTogether(before, 2, "the others are paid");
    }

    function invalid(Order memory order) private view returns (bytes memory) {
        return abi.encodeWithSelector(IInferenceMarket.EvidenceInvalid.selector, idOf(order), order.kind);
    }

    /// @dev Too little gas is the caller's fault: what it could not verify is not skipped. One proof is verified by itself.
    function test_RevertWhen_fulfilOrders_gasIsTooLittle() public {
        uint96[2] memory shares = [uint96(INFERENCE_SHARE), 715]; // 880 less 97 and 68
        for (uint256 count = 1; count < 3; ++count) {
            Order[] memory orders = ordersOn(Evidence.ZKML, count);
            bytes memory call = abi.encodeCall(settler.fulfilOrders, (orders, evidenceOf(orders), ""));
            bool succeeded;
            for (uint256 available = 100_000; !succeeded; available += 20_000) {
                vm.prank(NODE);
                (succeeded, ) = address(settler).call{gas: available}(call);
            }
            vm.assertEq(settler.earningsOf(NODE).own, shares[count - 1], "none, until there is enough for all");
            settler.collect(NODE);
        }
    }
}
