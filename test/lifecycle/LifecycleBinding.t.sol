// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DisputeCourt} from "../../contracts/DisputeCourt.sol";
import {InferenceMarket} from "../../contracts/InferenceMarket.sol";
import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Model} from "../../contracts/types/Model.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {State} from "../../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "../support/LifecycleFixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice I9: evidence and orders stand for exactly one result of one request, on one market of one chain.
contract LifecycleBindingTest is LifecycleFixture {
    uint256 private constant FIELDS = 16;

    mapping(bytes32 modelId => bytes32) private _twins;

    /* REQUEST: every field of it */

    function test_evidence_isForOneRequest() public onEachProvingPath {
        Request memory request = requestOn(path);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        for (uint256 field = 0; field < FIELDS; ++field) {
            Request memory other = changed(request, field);
            openFor(other);
            expectInvalid(other, path);
            vm.prank(NODE);
            market.fulfil(other, resultOf(RIGHT), path, proof);
        }
        open(request);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), path, proof);
        assertState(request, State.FINAL, on(path, "unchanged, it is accepted"));
    }

    function test_proveLater_isForOneRequest() public onEachProvingPath {
        Request memory request = requestOn(path);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        for (uint256 field = 0; field < FIELDS; ++field) {
            Request memory other = changed(request, field);
            openFor(other);
            if (field == 1) accept(other, NODE);
            deliverRight(other, NODE);
            expectInvalid(other, path);
            market.prove(other, resultOf(RIGHT), path, proof);
        }
    }

    /// @dev Whoever changes a field of a delivered request speaks of another request, which nobody opened.
    function test_calls_areAboutOneRequest() public onEachPath {
        Request memory request = relaxedOn(path);
        answer(request, Evidence.VANILLA, false);
        for (uint256 field = 0; field < FIELDS; ++field) {
            Request memory other = changed(request, field);
            expectState(other, State.NONE);
            market.refund(other, resultOf(RIGHT));
            expectState(other, State.NONE);
            market.finalize(other, resultOf(RIGHT));
            expectState(other, State.NONE);
            accept(other, NODE);
            expectState(other, State.NONE);
            deliverRight(other, NODE);
        }
    }

    /// @dev Nor does the signature of an order speak for any other.
    function test_signature_isForOneOrder() public onEachPath {
        Request memory request = requestOn(path);
        bytes memory signature = signatureOf(request);
        for (uint256 field = 0; field < FIELDS; ++field) {
            Request memory other = changed(request, field);
            bytes memory proof = realEvidence(path, other, resultOf(RIGHT));
            vm.expectPartialRevert(
                field < 2
                    ? IInferenceMarket.ReservationTooShort.selector
                    : IInferenceMarket.OrderSignatureInvalid.selector
            );
            vm.prank(NODE);
            market.fulfilOrder(other, signature, resultOf(RIGHT), path, proof);
        }
        bring(request, resultOf(RIGHT), path, true);
        assertState(request, path == Evidence.VANILLA ? State.DELIVERED : State.FINAL, on(path, "unchanged"));
    }

    function test_requestId_coversEveryField() public {
        Request memory request = requestOn(Evidence.TEE);
        RequestId id = market.requestId(request);
        for (uint256 field = 0; field < FIELDS; ++field) {
            vm.assertTrue(market.requestId(changed(request, field)) != id, "the field is part of the id");
        }
    }

    /* RESULT: output, units and node */

    function test_evidence_isForOneResult() public onEachProvingPathAndWay {
        Request memory request = unnamedIfDirect();
        if (!ordered) open(request);
        bytes memory signature = ordered ? signatureOf(request) : bytes("");
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        Result[3] memory others = [
            Result(WRONG, UNITS, NODE),
            Result(RIGHT, UNITS + 1, NODE),
            Result(RIGHT, UNITS, RIVAL)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            if (ordered && i == 2) continue; // an order names its node
            // A model with a circuit has fixed units.
            bool unitsAreFixed = path == Evidence.ZKML && i == 1;
            if (unitsAreFixed) expectUnits(UNITS + 1);
            else expectInvalid(request, path);
            vm.prank(others[i].node);
            if (ordered) market.fulfilOrder(request, signature, others[i], path, proof);
            else market.fulfil(request, others[i], path, proof);
        }
        bring(request, resultOf(RIGHT), path, ordered);
        assertState(request, State.FINAL, on(path, "unchanged, it is accepted"));
    }

    /// @dev Proofs of another output, and of the same bytes for another digest.
    function test_proof_isForOneOutput() public {
        Request memory request = requestOn(Evidence.ZKML);
        Result memory result = resultOf(RIGHT);
        bytes32 digest = market.resultDigest(open(request), result);
        bytes[3] memory bad = [
            proofOf(INPUT, "wrong", digest),
            proofOf(keccak256("other input") >> 8, "right", digest),
            proofOf(INPUT, "right", keccak256("other digest"))
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            expectInvalid(request, Evidence.ZKML);
            vm.prank(NODE);
            market.fulfil(request, result, Evidence.ZKML, bad[i]);
        }
    }

    function test_signature_ofAnotherEnclave() public {
        Request memory request = requestOn(Evidence.TEE);
        Result memory result = resultOf(RIGHT);
        bytes32 digest = market.resultDigest(open(request), result);
        uint256[3] memory keys = [
            enclaveKeyOf(RIVAL, request.modelId),
            enclaveKeyOf(NODE, addModelWithBoth()),
            uint256(keccak256("anybody"))
        ];
        for (uint256 i = 0; i < keys.length; ++i) {
            bytes memory signature = signatureBy(keys[i], digest);
            expectInvalid(request, Evidence.TEE);
            vm.prank(NODE);
            market.fulfil(request, result, Evidence.TEE, signature);
        }
    }

    /* CLAIMS: are the node's own transactions */

    function test_claim_isTheNodesOwn() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        expectMismatch(NODE, STRANGER);
        vm.prank(STRANGER);
        market.fulfil(request, resultOf(RIGHT), Evidence.VANILLA, "");
        expectMismatch(RIVAL, NODE);
        deliverRight(request, RIVAL);
        accept(request, NODE);
        expectMismatch(RIVAL, NODE);
        deliverRight(request, RIVAL);
    }

    function test_claim_hasNoEvidence() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        expectInvalid(request, Evidence.VANILLA);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), Evidence.VANILLA, "something");
    }

    /* MEMPOOL: a copy pays its author, or nobody */

    function test_copy_ofAResult() public onEachProvingPathAndWay {
        Request memory request = unnamedIfDirect();
        Purses memory before = pursesOf(request);
        if (!ordered) open(request);
        bytes memory signature = ordered ? signatureOf(request) : bytes("");
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));

        expectMismatch(NODE, RIVAL);
        vm.prank(RIVAL);
        if (ordered) market.fulfilOrder(request, signature, resultOf(RIGHT), path, proof);
        else market.fulfil(request, resultOf(RIGHT), path, proof);
        if (ordered) {
            expectMismatch(RIVAL, NODE);
            vm.prank(RIVAL);
            market.fulfilOrder(request, signature, Result(RIGHT, UNITS, RIVAL), path, proof);
        }

        bring(request, resultOf(RIGHT), path, ordered);
        assertPaid(request, before, "the author is paid");
    }

    /// @dev Anybody may bring evidence for what a node delivered; it pays the node.
    function test_copy_ofLaterEvidence() public onEachProvingPathAndWay {
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        answer(request, Evidence.VANILLA, ordered);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.prank(RIVAL);
        market.prove(request, resultOf(RIGHT), path, proof);
        assertPaid(request, before, "the author is paid");
    }

    /* CHAIN AND MARKET */

    function test_everything_isForOneChain() public onEachPathAndWay {
        Request memory request = requestOn(path);
        RequestId id = market.requestId(request);
        bytes memory signature = signatureOf(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        vm.chainId(84_532);
        vm.assertTrue(market.requestId(request) != id, on(path, "another id"));
        if (ordered) {
            vm.expectPartialRevert(IInferenceMarket.OrderSignatureInvalid.selector);
            vm.prank(NODE);
            market.fulfilOrder(request, signature, resultOf(RIGHT), path, proof);
        } else if (path != Evidence.VANILLA) {
            open(request);
            expectInvalid(request, path);
            vm.prank(NODE);
            market.fulfil(request, resultOf(RIGHT), path, proof);
        }
        vm.chainId(31_337);
    }

    function test_everything_isForOneMarket() public onEachPathAndWay {
        Request memory request = requestOn(path);
        bytes memory signature = signatureOf(request);
        bytes memory proof = realEvidence(path, request, resultOf(RIGHT));
        RequestId id = market.requestId(request);
        market = secondMarket();
        vm.assertTrue(market.requestId(request) != id, on(path, "another id"));

        if (ordered) {
            vm.expectPartialRevert(IInferenceMarket.OrderSignatureInvalid.selector);
            vm.prank(NODE);
            market.fulfilOrder(request, signature, resultOf(RIGHT), path, proof);
        } else if (path != Evidence.VANILLA) {
            open(request);
            expectInvalid(request, path);
            vm.prank(NODE);
            market.fulfil(request, resultOf(RIGHT), path, proof);
        }
    }

    function secondMarket() private returns (InferenceMarket second) {
        second = deployMarket(address(token), address(proofs), address(enclaves), marketParameters());
        second.appointCourt(address(court));
        token.mint(address(this), PLENTY);
        token.approve(address(second), PLENTY);
        second.deposit(CLIENT, PLENTY);
        vm.prank(CLIENT);
        second.reserve(NODE, PLENTY / 2, time() + 1 days, SIGNER);
    }

    /* HELPERS */

    function expectUnits(uint40 units) private {
        expect(abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, units, UNITS));
    }

    function unnamedIfDirect() private returns (Request memory) {
        return ordered ? requestOn(path) : unnamedOn(path);
    }

    /// @dev The same request but for one field, by its place in the type. It can still be opened.
    function changed(Request memory request, uint256 field) private returns (Request memory other) {
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

    function openFor(Request memory request) private {
        if (market.balanceOf(request.client) < request.maxFee) fund(request.client, PLENTY);
        open(request);
    }
}
