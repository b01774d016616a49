// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket, Payout} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Model} from "../../contracts/types/Model.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result, subjectOf} from "../../contracts/types/Result.sol";
import {Record, State} from "../../contracts/types/State.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {vm} from "./Vm.sol";

/// @notice What everybody who has to do with one request holds.
struct Purses {
    uint128 client; // balance
    uint128 inference;
    uint128 rival;
    uint128 verification;
    uint128 data;
    uint128 bonds;
    uint256 burned; // stake, in the registry
    uint256 tokens; // of the market
}

/// @notice Loops over the paths and the two ways to order, with expectations about money to the wei.
abstract contract LifecycleFixture is MarketFixture {
    // 40 units at 11, split at 11.11 % and 7.77 %
    uint128 internal constant FEE = 440;
    uint128 internal constant VERIFICATION_SHARE = 48; // 48.884 rounded down
    uint128 internal constant DATA_SHARE = 34; // 34.188 rounded down
    uint128 internal constant INFERENCE_SHARE = 358;
    uint128 internal constant REFUND = 560;

    uint256 internal constant FIELDS = 16; // of a request

    mapping(bytes32 modelId => bytes32) private _twins;

    /// @dev What the test is running on.
    Evidence internal path;

    modifier onEachPath() {
        for (uint8 p = 0; p < 3; ++p) {
            uint256 snapshot = vm.snapshotState();
            path = Evidence(p);
            _;
            vm.revertToState(snapshot);
        }
    }

    modifier onEachProvingPath() {
        for (uint8 p = 1; p < 3; ++p) {
            uint256 snapshot = vm.snapshotState();
            path = Evidence(p);
            _;
            vm.revertToState(snapshot);
        }
    }

    /* MONEY */

    function pursesOf(Request memory request) internal view returns (Purses memory) {
        return
            Purses({
                client: market.balanceOf(request.client),
                inference: market.earningsOf(NODE).own,
                rival: market.earningsOf(RIVAL).own + market.balanceOf(payoutFor(RIVAL)),
                verification: market.earningsOf(NODE).pool + market.earningsOf(RIVAL).pool,
                data: market.balanceOf(payoutFor(DATA_NODE)),
                bonds: market.bonds(),
                burned: registry.burned(),
                tokens: token.balanceOf(address(market))
            });
    }

    function assertPurses(Request memory request, Purses memory expected, string memory label) internal view {
        Purses memory actual = pursesOf(request);
        vm.assertEq(actual.client, expected.client, on(path, string.concat(label, ": client")));
        vm.assertEq(actual.inference, expected.inference, on(path, string.concat(label, ": inference share")));
        vm.assertEq(actual.rival, expected.rival, on(path, string.concat(label, ": rival")));
        vm.assertEq(actual.verification, expected.verification, on(path, string.concat(label, ": verification share")));
        vm.assertEq(actual.data, expected.data, on(path, string.concat(label, ": data share")));
        vm.assertEq(actual.bonds, expected.bonds, on(path, string.concat(label, ": bonds")));
        vm.assertEq(actual.burned, expected.burned, on(path, string.concat(label, ": burned stake")));
        vm.assertEq(actual.tokens, expected.tokens, on(path, string.concat(label, ": tokens of the market")));
    }

    /// @dev Everybody got their share of the fee, since the purses were counted before the request was opened.
    function assertPaid(Request memory request, Purses memory before, string memory label) internal view {
        before.client -= FEE;
        before.inference += INFERENCE_SHARE;
        before.verification += VERIFICATION_SHARE;
        before.data += DATA_SHARE;
        assertPurses(request, before, label);
        assertStake(request.modelId, PLENTY / 100, 0, on(path, label));
    }

    /// @dev The client has all of its money back, and the node lost this much of its stake.
    function assertRefunded(
        Request memory request,
        Purses memory before,
        uint128 slashed,
        string memory label
    ) internal view {
        before.burned += slashed;
        assertPurses(request, before, label);
        assertStake(request.modelId, PLENTY / 100 - slashed, 0, on(path, label));
        assertState(request, State.REFUNDED, on(path, label));
    }

    function payout() internal pure returns (Payout memory) {
        return Payout(INFERENCE_SHARE, VERIFICATION_SHARE, DATA_SHARE, REFUND);
    }

    /* RECORDS AND EVENTS */

    function recordOf(Request memory request) internal view returns (Record memory) {
        return market.recordOf(market.requestId(request));
    }

    function assertRecord(
        Request memory request,
        State state,
        EvidenceSet evidence,
        uint40 clock,
        string memory label
    ) internal view {
        Record memory record = recordOf(request);
        vm.assertEq(uint256(record.state), uint256(state), on(path, string.concat(label, ": state")));
        assertDelivered(request, resultOf(RIGHT), string.concat(label, ": result"));
        vm.assertEq(bits(record.evidence), bits(evidence), on(path, string.concat(label, ": evidence")));
        vm.assertEq(record.clock, clock, on(path, string.concat(label, ": clock")));
    }

    /// @dev Whom the record names before delivery; zero for nobody.
    function assertAssigned(Request memory request, address node, string memory label) internal view {
        vm.assertEq(recordOf(request).subject, bytes20(node), on(path, label));
    }

    function assertDelivered(Request memory request, Result memory result, string memory label) internal view {
        vm.assertEq(recordOf(request).subject, subjectOf(result), on(path, label));
    }

    function bits(EvidenceSet set) internal pure returns (uint256) {
        return EvidenceSet.unwrap(set);
    }

    /// @dev What a delivered result carries: the claim, and the evidence of `kind`.
    function claimWith(Evidence kind) internal pure returns (EvidenceSet) {
        return setOf(Evidence.VANILLA).plus(kind);
    }

    function expectDelivered(Request memory request, Evidence kind) internal {
        RequestId id = market.requestId(request);
        vm.expectEmit(address(market));
        emit IInferenceMarket.ResultDelivered(id, NODE, RIGHT, UNITS, claimWith(kind));
    }

    function expectFinal(Request memory request, EvidenceSet evidence) internal {
        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestFinal(market.requestId(request), NODE, evidence, payout());
    }

    function expectRefunded(Request memory request, uint128 slashed) internal {
        RequestId id = market.requestId(request);
        vm.expectEmit(address(market));
        emit IInferenceMarket.RequestRefunded(id, request.client, MAX_FEE, slashed);
    }

    /* REFUSALS: each names the error that the next call must revert with */

    function expectState(Request memory request, State state) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.StateMismatch.selector, market.requestId(request), state));
    }

    function expectPassed(uint40 deadline) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.DeadlinePassed.selector, deadline, vm.getBlockTimestamp()));
    }

    function expectPending(uint40 deadline) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.DeadlinePending.selector, deadline, vm.getBlockTimestamp()));
    }

    function expectWindowOpen(Request memory request, uint40 end) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.WindowOpen.selector, market.requestId(request), end));
    }

    function expectWindowClosed(Request memory request, uint40 end) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.WindowClosed.selector, market.requestId(request), end));
    }

    function expectWindowNotStarted(Request memory request) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.WindowNotStarted.selector, market.requestId(request)));
    }

    function expectInvalid(Request memory request, Evidence kind) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.EvidenceInvalid.selector, market.requestId(request), kind));
    }

    function expectMismatch(address node, address expected) internal {
        expect(abi.encodeWithSelector(IInferenceMarket.NodeMismatch.selector, node, expected));
    }

    function deliverRight(Request memory request, address node) internal {
        deliver(request, Result(RIGHT, UNITS, node));
    }

    /* CHANGES */

    /// @dev The same request but for one field, by its place in the type. It can still be opened.
    function changed(Request memory request, uint256 field) internal returns (Request memory other) {
        other = abi.decode(abi.encode(request), (Request));
        if (field == 0) other.client = CHALLENGER;
        if (field == 1) other.node = address(0);
        if (field == 2) other.modelId = twinOf(request.modelId);
        if (field == 3) other.inputCommitment = keccak256("other input") >> 8;
        if (field == 4) other.dataCommitment = keccak256("other data");
        if (field == 5) (other.dataNode, other.dataCommitment) = (address(0), 0);
        if (field == 6) other.requiredEvidence = toggled(request.requiredEvidence);
        if (field == 7) other.maxFee += 1;
        if (field == 8) other.unitPrice += 1;
        if (field == 9) other.declaredValue += 1;
        if (field == 10) other.deliverBy += 1;
        if (field == 11) other.proveBy -= 1;
        if (field == 12) other.refundAfter += 1;
        if (field == 13) other.consumer = address(0xc0de);
        if (field == 14) other.callbackGas += 1;
        if (field == 15) other.nonce += 1_000;
    }

    function toggled(EvidenceSet required) private view returns (EvidenceSet) {
        return required.isEmpty() ? setOf(path == Evidence.VANILLA ? Evidence.TEE : path) : NO_EVIDENCE;
    }

    /// @dev Another version with the same paths, which both nodes serve; made once.
    function twinOf(bytes32 modelId) private returns (bytes32) {
        if (_twins[modelId] == 0) {
            Model memory model = models.modelOf(modelId);
            model.bond += 1;
            _twins[modelId] = addModel(model);
        }
        return _twins[modelId];
    }
}
