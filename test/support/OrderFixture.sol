// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {OrderSettler} from "../../contracts/OrderSettler.sol";
import {IOrderSettler} from "../../contracts/interfaces/IOrderSettler.sol";
import {FeeSplit} from "../../contracts/libraries/FeeSplit.sol";
import {Evidence} from "../../contracts/types/Evidence.sol";
import {Claims, Order, Reservation} from "../../contracts/types/Order.sol";
import {Request, REQUEST_TYPEHASH} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result, resultsDigest} from "../../contracts/types/Result.sol";
import {State} from "../../contracts/types/State.sol";
import {newOrderSettler} from "./Deployer.sol";
import {LifecycleFixture} from "./LifecycleFixture.sol";
import {vm} from "./Vm.sol";

/// @notice Who holds what of the orders' money, with the settler and the market together.
struct Money {
    uint128 client; // balance
    uint128 reserved; // with the settler, for NODE under SIGNER
    uint128 inference;
    uint128 verification;
    uint128 data;
    uint128 settler; // the settler's balance
    uint256 burned; // stake, in the registry
    uint256 tokens; // of the market
}

/// @notice The market with a settler of orders, which CLIENT has reserved money with for NODE.
abstract contract OrderFixture is LifecycleFixture {
    uint96 internal constant RESERVED = uint96(PLENTY / 10);
    uint128 internal constant OPTED = PLENTY / 100;

    OrderSettler internal settler;

    function deploySettlers() internal virtual override returns (address orderSettler, address batchSettler) {
        settler = newOrderSettler(address(market));
        return (address(settler), address(0));
    }

    function populate() internal virtual override {
        super.populate();
        reserveOrders(NODE, RESERVED);
    }

    /// @dev CLIENT sets money aside with the settler, under SIGNER.
    function reserveOrders(address node, uint96 amount) internal {
        vm.prank(CLIENT);
        settler.reserve(node, amount, time() + 1 days, SIGNER);
    }

    function reservation() internal view returns (Reservation memory) {
        return settler.reservationOf(CLIENT, NODE, SIGNER);
    }

    /* ORDERS */

    /// @dev A new order of the path, which leaves no record, with NODE's right answer.
    function orderOn(Evidence kind) internal returns (Order memory) {
        return orderOf(requestOn(kind), kind);
    }

    function ordersOn(Evidence kind, uint256 count) internal returns (Order[] memory orders) {
        orders = new Order[](count);
        for (uint256 i = 0; i < count; ++i) orders[i] = orderOn(kind);
    }

    /// @dev The request as SIGNER signs it, with the right answer.
    function orderOf(Request memory request, Evidence kind) internal view returns (Order memory order) {
        (order.request, order.kind) = (request, kind);
        (order.outputCommitment, order.units) = (RIGHT, UNITS);
        sign(order, SIGNER_KEY);
    }

    /// @dev To be called again after each change of the request.
    function sign(Order memory order, uint256 key) internal view {
        (order.r, order.vs) = signed(keccak256(abi.encode(REQUEST_TYPEHASH, order.request)), key);
    }

    /// @dev What a client signs for an order at the settler, as of EIP-2098.
    function signed(bytes32 structHash, uint256 key) internal view returns (bytes32 r, bytes32 vs) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay orders"),
                keccak256("1"),
                block.chainid,
                address(settler)
            )
        );
        bytes32 s;
        uint8 v;
        (v, r, s) = vm.sign(key, MessageHashUtils.toTypedDataHash(domain, structHash));
        vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
    }

    function idOf(Order memory order) internal view returns (RequestId) {
        return market.requestId(order.request);
    }

    function answerOf(Order memory order) internal pure returns (Result memory) {
        return Result(order.outputCommitment, order.units, order.request.node);
    }

    function digestOf(Order memory order) internal view returns (bytes32) {
        return market.resultDigest(idOf(order), answerOf(order));
    }

    /// @dev What the order's node brings with it.
    function evidenceOf(Order memory order) internal view returns (bytes memory) {
        return realEvidence(order.kind, order.request, answerOf(order));
    }

    /// @dev The order's node brings it.
    function settle(Order memory order) internal {
        settle(order, evidenceOf(order));
    }

    function settle(Order memory order, bytes memory evidence) internal {
        vm.prank(order.request.node, order.request.node);
        settler.fulfilOrder(order, evidence);
    }

    /// @dev NODE brings them all.
    function settleAll(Order[] memory orders, bytes[] memory evidence, bytes memory signature) internal {
        vm.prank(NODE, NODE);
        settler.fulfilOrders(orders, evidence, signature);
    }

    /// @dev With evidence of their own.
    function settleAll(Order[] memory orders) internal {
        settleAll(orders, evidenceOf(orders), "");
    }

    function evidenceOf(Order[] memory orders) internal view returns (bytes[] memory evidence) {
        evidence = new bytes[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) evidence[i] = evidenceOf(orders[i]);
    }

    /// @dev Of NODE's enclave, over all their results.
    function sharedSignature(Order[] memory orders) internal view returns (bytes memory) {
        return signatureBy(enclaveKeyOf(NODE, orders[0].request.modelId), resultsDigest(digestsOf(orders)));
    }

    /* CLAIMS */

    function digestsOf(Order[] memory orders) internal view returns (bytes32[] memory digests) {
        digests = new bytes32[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) digests[i] = digestOf(orders[i]);
    }

    /// @dev Leaves first, then each pair's parent; the root is last.
    function treeOf(bytes32[] memory leaves) internal pure returns (bytes32[] memory tree) {
        tree = new bytes32[](2 * leaves.length - 1);
        for (uint256 i = 0; i < leaves.length; ++i) tree[i] = leaves[i];
        for (uint256 i = leaves.length; i < tree.length; ++i) {
            uint256 left = 2 * (i - leaves.length);
            tree[i] = Hashes.commutativeKeccak256(tree[left], tree[left + 1]);
        }
    }

    function rootOf(Order[] memory orders) internal view returns (bytes32) {
        bytes32[] memory tree = treeOf(digestsOf(orders));
        return tree[tree.length - 1];
    }

    /// @dev The siblings from leaf `index` to the root.
    function proofOf(Order[] memory orders, uint256 index) internal view returns (bytes32[] memory proof) {
        bytes32[] memory tree = treeOf(digestsOf(orders));
        bytes32[] memory siblings = new bytes32[](orders.length);
        uint256 count;
        while (index < tree.length - 1) {
            siblings[count++] = tree[index ^ 1];
            index = orders.length + index / 2;
        }
        proof = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) proof[i] = siblings[i];
    }

    /// @dev Three claims that wait under one root.
    function claimed() internal returns (Order[] memory orders) {
        orders = ordersOn(Evidence.VANILLA, 3);
        settleAll(orders);
    }

    function extract(Order[] memory orders, uint256 index) internal {
        bytes32 root = rootOf(orders);
        bytes32[] memory proof = proofOf(orders, index);
        vm.prank(STRANGER);
        settler.extractClaim(orders[index].request, answerOf(orders[index]), root, proof);
    }

    function finalizeClaims(Order[] memory orders) internal {
        settler.finalizeClaims(NODE, orders[0].request.modelId, orders[0].request.dataNode, rootOf(orders));
    }

    function claimsOf(Order[] memory orders) internal view returns (Claims memory) {
        return settler.claimsOf(NODE, orders[0].request.modelId, orders[0].request.dataNode, rootOf(orders));
    }

    function assertClaims(Order[] memory orders, Claims memory expected, string memory label) internal view {
        bytes memory actual = abi.encode(claimsOf(orders));
        vm.assertEq(actual, abi.encode(expected), label);
    }

    /* MONEY */

    function moneyNow() internal view returns (Money memory) {
        return
            Money({
                client: market.balanceOf(CLIENT),
                reserved: reservation().amount,
                inference: market.earningsOf(NODE).own + settler.earningsOf(NODE).own,
                verification: market.earningsOf(NODE).pool + settler.earningsOf(NODE).pool,
                data: market.balanceOf(payoutFor(DATA_NODE)) + settler.earningsOf(DATA_NODE).own,
                settler: market.balanceOf(address(settler)),
                burned: registry.burned(),
                tokens: token.balanceOf(address(market))
            });
    }

    function assertMoney(Money memory expected, string memory label) internal view {
        Money memory actual = moneyNow();
        vm.assertEq(actual.client, expected.client, on(path, string.concat(label, ": client")));
        vm.assertEq(actual.reserved, expected.reserved, on(path, string.concat(label, ": reserved")));
        vm.assertEq(actual.inference, expected.inference, on(path, string.concat(label, ": inference share")));
        vm.assertEq(actual.verification, expected.verification, on(path, string.concat(label, ": verification share")));
        vm.assertEq(actual.data, expected.data, on(path, string.concat(label, ": data share")));
        vm.assertEq(actual.settler, expected.settler, on(path, string.concat(label, ": held by the settler")));
        vm.assertEq(actual.burned, expected.burned, on(path, string.concat(label, ": burned stake")));
        vm.assertEq(actual.tokens, expected.tokens, on(path, string.concat(label, ": tokens of the market")));
    }

    /// @dev One order was paid from the reservation, and the settler holds the shares.
    function assertPaidHere(Money memory before, string memory label) internal view {
        before.reserved -= FEE;
        before.inference += INFERENCE_SHARE;
        before.verification += VERIFICATION_SHARE;
        before.data += DATA_SHARE;
        assertMoney(before, label);
    }

    /// @dev `count` orders were paid from the reservation, divided together.
    function assertPaidTogether(Money memory before, uint128 count, string memory label) internal view {
        before.reserved -= count * FEE;
        share(before, count * FEE);
        assertMoney(before, label);
    }

    function share(Money memory money, uint128 fee) internal pure {
        uint128 verification = FeeSplit.shareDown(fee, VERIFICATION_BPS);
        uint128 data = FeeSplit.shareDown(fee, DATA_BPS);
        money.verification += verification;
        money.data += data;
        money.inference += fee - verification - data;
    }

    /// @dev One order was opened in the market, settled there, and its rest returned to the client's balance.
    function assertPaidByRecord(Money memory before, string memory label) internal view {
        before.reserved -= MAX_FEE;
        before.settler -= MAX_FEE;
        before.client += REFUND;
        before.inference += INFERENCE_SHARE;
        before.verification += VERIFICATION_SHARE;
        before.data += DATA_SHARE;
        assertMoney(before, label);
    }

    function assertLocked(bytes32 modelId, uint128 locked, string memory label) internal view {
        assertStake(modelId, OPTED, locked, on(path, label));
    }

    /// @dev The settler left no trace of the order in the market.
    function assertUnrecorded(Order memory order, string memory label) internal view {
        assertState(order.request, State.NONE, on(path, label));
    }

    /* EXPECTATIONS */

    function expectSettled(Order memory order) internal {
        RequestId id = idOf(order);
        vm.expectEmit(address(settler));
        if (order.kind == Evidence.VANILLA) {
            emit IOrderSettler.OrderClaimed(id, order.request.node, order.outputCommitment, order.units);
        } else {
            emit IOrderSettler.OrderSettled(id, order.request.node, order.outputCommitment, order.units);
        }
    }

    function expectRefused(Order memory order, bytes memory reason) internal {
        RequestId id = idOf(order);
        vm.expectEmit(address(settler));
        emit IOrderSettler.OrderRefused(id, NODE, reason);
    }

    function exceeded(
        address node,
        address signer,
        uint96 amount,
        uint128 needed
    ) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IOrderSettler.ReservationExceeded.selector, CLIENT, node, signer, amount, needed);
    }

    function nonceUsed(Order memory order) internal pure returns (bytes memory) {
        Request memory request = order.request;
        return abi.encodeWithSelector(IOrderSettler.NonceUsed.selector, request.client, request.node, request.nonce);
    }
}
