// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Evidence, NO_EVIDENCE} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Role} from "../contracts/types/Node.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Result} from "../contracts/types/Result.sol";
import {State} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Who may accept and deliver, and what backs it. See InferenceMarketServe.tree.
contract InferenceMarketServeTest is LifecycleFixture {
    address private immutable SMALL = makeAccount("small node");

    /* ACCEPT */

    function test_RevertWhen_accept_byAnotherNode() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        expectMismatch(RIVAL, NODE);
        accept(request, RIVAL);
    }

    function test_RevertWhen_accept_unknownOrTaken() public onEachPath {
        Request memory request = requestOn(path);
        expectState(request, State.NONE);
        accept(request, NODE);
        open(request);
        accept(request, NODE);
        expectState(request, State.ASSIGNED);
        accept(request, NODE);
    }

    function test_RevertWhen_accept_late() public onEachPath {
        Request memory request = requestOn(path);
        open(request);
        for (uint40 late = 0; late < 2; ++late) {
            vm.warp(request.deliverBy + late);
            expectPassed(request.deliverBy);
            accept(request, NODE);
        }
        vm.warp(request.deliverBy - 1);
        accept(request, NODE);
    }

    function test_RevertWhen_accept_byWhoIsNoInferenceNode() public {
        Request memory request = unnamedOn(Evidence.VANILLA);
        open(request);
        address[2] memory others = [STRANGER, DATA_NODE];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(
                INodeRegistry.ModelStakeInsufficient.selector,
                others[i],
                request.modelId,
                0,
                MODEL_BOND + request.declaredValue
            );
            expect(reason);
            accept(request, others[i]);
        }
    }

    /// @dev I11: the stake behind open requests is never promised twice.
    function test_accept_asLongAsTheStakeLasts() public {
        bytes32 modelId = modelFor[0];
        registerNode(SMALL, Role.INFERENCE, PLENTY);
        serve(SMALL, modelId, 2 * BOND + 1);
        for (uint256 i = 0; i < 2; ++i) {
            Request memory request = unnamedOn(Evidence.VANILLA);
            open(request);
            accept(request, SMALL);
        }
        Request memory third = unnamedOn(Evidence.VANILLA);
        open(third);
        expect(abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, SMALL, modelId, 1, BOND));
        accept(third, SMALL);
        third = unnamedOn(Evidence.VANILLA);
        third.declaredValue = type(uint88).max;
        open(third);
        expect(
            abi.encodeWithSelector(
                INodeRegistry.ModelStakeInsufficient.selector,
                SMALL,
                modelId,
                1,
                third.declaredValue + MODEL_BOND
            )
        );
        accept(third, SMALL);
    }

    /* DELIVER */

    function test_RevertWhen_fulfil_unknown() public onEachPath {
        Request memory request = requestOn(path);
        expectState(request, State.NONE);
        deliverRight(request, NODE);
    }

    function test_RevertWhen_fulfil_twice() public onEachPath {
        Request memory request = requestOn(path);
        answer(request, Evidence.VANILLA);
        expectState(request, State.DELIVERED);
        deliverRight(request, NODE);
        expectState(request, State.DELIVERED);
        deliver(request, resultOf(WRONG));
    }

    /// @dev Without a node that is liable, an unproved answer could be copied from the mempool.
    function test_RevertWhen_fulfil_claimForAnUnassignedRequest() public onEachPath {
        Request memory request = unnamedOn(path);
        RequestId id = open(request);
        expect(abi.encodeWithSelector(IInferenceMarket.AssignmentRequired.selector, id));
        deliverRight(request, NODE);
        accept(request, NODE);
        deliverRight(request, NODE);
        assertState(request, State.DELIVERED, on(path, "delivered"));
    }

    /// @dev Assignment is exclusive until deliverBy, even against proof.
    function test_RevertWhen_fulfil_assignedToAnother() public onEachProvingPath {
        Request memory request = unnamedOn(path);
        open(request);
        accept(request, NODE);
        Result memory result = Result(RIGHT, UNITS, RIVAL);
        bytes memory proof = realEvidence(path, request, result);
        expectMismatch(RIVAL, NODE);
        vm.prank(RIVAL);
        market.fulfil(request, result, path, proof);
    }

    function test_RevertWhen_fulfil_byWhoDoesNotServe() public onEachProvingPath {
        registerNode(SMALL, Role.INFERENCE, PLENTY);
        if (path == Evidence.TEE) admitEnclave(SMALL, modelFor[2]);
        Request memory request = unnamedOn(path);
        open(request);
        Result memory result = Result(RIGHT, UNITS, SMALL);
        bytes memory proof = realEvidence(path, request, result);
        // An enclave's key was admitted for this node and this model: nothing more is asked of what it proves.
        bool isServed = path == Evidence.TEE;
        if (!isServed) expect(abi.encodeWithSelector(INodeRegistry.NodeInactive.selector, SMALL));
        vm.prank(SMALL);
        market.fulfil(request, result, path, proof);
        assertState(request, isServed ? State.FINAL : State.OPEN, "settled");

        request.node = SMALL;
        ++request.nonce;
        open(request);
        expect(
            abi.encodeWithSelector(INodeRegistry.ModelStakeInsufficient.selector, SMALL, modelFor[uint8(path)], 0, BOND)
        );
        deliver(request, result);
    }

    /// @dev The bond is taken at delivery if nobody accepted; a claim nobody backs is none.
    function test_RevertWhen_fulfil_stakeIsTooSmall() public onEachPath {
        registerNode(SMALL, Role.INFERENCE, PLENTY);
        serve(SMALL, modelFor[uint8(path)], BOND - 1);
        Request memory request = requestOn(path);
        request.node = SMALL;
        open(request);
        expect(
            abi.encodeWithSelector(
                INodeRegistry.ModelStakeInsufficient.selector,
                SMALL,
                modelFor[uint8(path)],
                BOND - 1,
                BOND
            )
        );
        deliverRight(request, SMALL);
        vm.prank(SMALL);
        registry.optIn(modelFor[uint8(path)], 1);
        deliverRight(request, SMALL);
    }

    /// @dev Evidence that is final at once locks nothing: the smallest stake serves the largest value.
    function test_fulfil_provedLocksNothing() public onEachProvingPath {
        Request memory request = requestOn(path);
        request.declaredValue = type(uint88).max;
        answer(request, path);
        assertState(request, State.FINAL, on(path, "final"));
        assertStake(request.modelId, PLENTY / 100, 0, on(path, "nothing locked"));
    }

    /* UNITS */

    function test_units_fixedByTheModel() public onEachProvingPath {
        Model memory model = realModel(claimWith(path));
        model.unitsPerInference = UNITS;
        model.uri = "fixed units";
        Request memory request = requestOn(path);
        request.modelId = addModel(model);
        open(request);
        uint40[3] memory others = [uint40(0), UNITS - 1, UNITS + 1];
        for (uint256 i = 0; i < others.length; ++i) {
            expect(abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, others[i], UNITS));
            deliver(request, Result(RIGHT, others[i], NODE));
        }
        bring(request, resultOf(RIGHT), path);
        assertState(request, State.FINAL, on(path, "the model's own"));
    }

    /// @dev An enclave meters; a proof does not (ModelRegistry.t.sol).
    function test_units_metered() public {
        path = Evidence.TEE;
        uint40[4] memory units = [uint40(0), 1, 90, type(uint40).max];
        uint128[4] memory fees = [uint128(0), 11, 990, MAX_FEE];
        for (uint256 i = 0; i < units.length; ++i) {
            Request memory request = requestOn(path);
            (request.dataNode, request.dataCommitment) = (address(0), 0);
            Purses memory before = pursesOf(request);
            open(request);
            bring(request, Result(RIGHT, units[i], NODE), path);
            uint128 verification = (fees[i] * VERIFICATION_BPS) / 10_000;
            before.client -= fees[i];
            before.verification += verification;
            before.inference += fees[i] - verification;
            assertPurses(request, before, "units times price, at most the escrow");
        }
    }

    /* EVIDENCE OF THE WRONG KIND */

    function test_RevertWhen_fulfil_evidenceIsGarbage() public onEachProvingPath {
        Request memory request = requestOn(path);
        open(request);
        bytes[5] memory garbage = [bytes(""), bytes("x"), new bytes(64), new bytes(65), new bytes(416)];
        for (uint256 i = 0; i < garbage.length; ++i) {
            vm.expectRevert();
            vm.prank(NODE);
            market.fulfil(request, resultOf(RIGHT), path, garbage[i]);
        }
        assertState(request, State.OPEN, on(path, "unmoved"));
    }

    /// @dev Evidence of one kind is not taken for the other.
    function test_RevertWhen_fulfil_evidenceIsOfTheOtherKind() public {
        Request memory request = requestOn(Evidence.VANILLA);
        request.modelId = addModelWithBoth();
        open(request);
        bytes memory signature = realEvidence(Evidence.TEE, request, resultOf(RIGHT));
        bytes memory proof = realEvidence(Evidence.ZKML, request, resultOf(RIGHT));
        vm.expectRevert();
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), Evidence.ZKML, signature);
        expectInvalid(request, Evidence.TEE);
        vm.prank(NODE);
        market.fulfil(request, resultOf(RIGHT), Evidence.TEE, proof);
    }

    /// @dev Cases 26 and 29: of each signature one form counts; its twins move nothing.
    function test_RevertWhen_fulfil_signatureHasAnotherForm() public {
        Request memory request = requestOn(Evidence.TEE);
        bytes32 digest = market.resultDigest(open(request), resultOf(RIGHT));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(enclaveKeyOf(NODE, request.modelId), digest);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes[4] memory twins = [
            abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255))),
            abi.encodePacked(r, s, v - 27),
            abi.encodePacked(r, s, v, uint8(0))
        ];
        for (uint256 i = 0; i < twins.length; ++i) {
            expectInvalid(request, Evidence.TEE);
            vm.prank(NODE);
            market.fulfil(request, resultOf(RIGHT), Evidence.TEE, twins[i]);
        }
    }

    /// @dev Case 36: a proof is no identity; whoever changes its bytes gains nothing, the request is settled.
    function test_RevertWhen_prove_again_withOtherBytes() public {
        Request memory request = requestOn(Evidence.ZKML);
        request.requiredEvidence = NO_EVIDENCE;
        answer(request, Evidence.ZKML);
        expectState(request, State.FINAL);
        market.prove(request, resultOf(RIGHT), Evidence.ZKML, "any other");
    }
}
