// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CourtParameters} from "../contracts/interfaces/IDisputeCourt.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Model} from "../contracts/types/Model.sol";
import {Request} from "../contracts/types/Request.sol";
import {State, Verdict} from "../contracts/types/State.sol";
import {CourtFixture} from "./support/CourtFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What each verdict costs whom, to the wei.
contract DisputeCourtMoneyTest is CourtFixture {
    /// @dev Free requests, so that nothing but the dispute moves money.
    uint128 private constant FREE = 0;

    struct Books {
        uint128 client;
        uint128 challenger;
        uint128 node; // its payout address
        uint128 jurors; // the sum at their payout addresses
        uint128 stake; // of the node, on the model
        uint128 marketBurned;
        uint256 registryBurned;
    }

    address[] private jurors;

    function books(bytes32 modelId) private view returns (Books memory b) {
        b.client = market.balanceOf(CLIENT);
        b.challenger = market.balanceOf(CHALLENGER);
        b.node = market.balanceOf(payoutFor(NODE)) + market.earningsOf(NODE).own;
        for (uint256 i = 0; i < jurors.length; ++i) b.jurors += market.balanceOf(payoutFor(jurors[i]));
        b.stake = registry.modelStakeOf(NODE, modelId).opted;
        b.marketBurned = market.burned();
        b.registryBurned = registry.burned();
    }

    function assertBooks(bytes32 modelId, Books memory expected) private view {
        Books memory actual = books(modelId);
        vm.assertEq(actual.client, expected.client, "client");
        vm.assertEq(actual.challenger, expected.challenger, "challenger");
        vm.assertEq(actual.node, expected.node, "node's payout");
        vm.assertEq(actual.jurors, expected.jurors, "jurors' payouts");
        vm.assertEq(actual.stake, expected.stake, "node's stake");
        vm.assertEq(actual.marketBurned, expected.marketBurned, "burned in the market");
        vm.assertEq(actual.registryBurned, expected.registryBurned, "burned in the registry");
        vm.assertEq(market.bonds(), 0, "nothing stays with the court");
        vm.assertEq(registry.modelStakeOf(NODE, modelId).locked, 0, "nothing stays locked");
    }

    /// @dev A free request for a model with this bond, answered and challenged.
    function disputedFor(bytes32 modelId, uint128 declaredValue) private returns (Request memory request) {
        request = requestFor(modelId);
        request.unitPrice = FREE;
        request.declaredValue = declaredValue;
        open(request);
        deliver(request, resultOf(RIGHT));
        challenge(CHALLENGER, request, resultOf(WRONG));
    }

    /* BY EVIDENCE */

    function test_rejected() public {
        Request memory request = disputedFor(modelFor[1], 0);
        Books memory b = books(modelFor[1]);
        concludeAtEnd(request);

        b.client += MAX_FEE;
        b.challenger += 507 + 401; // its bond, and 40 % of the node's 1,003 rounded down
        b.stake -= 1_003;
        b.registryBurned += 602;
        assertBooks(modelFor[1], b);
    }

    function test_upheld() public {
        Request memory request = disputedFor(modelFor[1], 0);
        Books memory b = books(modelFor[1]);
        prove(request);

        b.client += MAX_FEE; // the request was free
        b.node += 202; // 40 % of 507 rounded down
        b.marketBurned += 305;
        assertBooks(modelFor[1], b);
    }

    /// @dev The fee is paid on top, as for any final request.
    function test_upheld_paysTheFee() public {
        Request memory request = disputed(modelFor[1], RIGHT);
        Books memory b = books(modelFor[1]);
        prove(request);

        b.client += MAX_FEE - UNITS * UNIT_PRICE;
        b.node += 202 + 380;
        b.marketBurned += 305;
        assertBooks(modelFor[1], b);
    }

    /* BY JURY */

    /// @dev Any bond, any share burned, any jury and any vote.
    function testFuzz_jury(
        uint96 challengeBond,
        uint80 modelBond,
        uint80 declaredValue,
        uint16 burnBps,
        uint256 split
    ) public {
        CourtParameters memory parameters = courtParameters();
        parameters.challengeBond = challengeBond == 0 ? 1 : challengeBond;
        parameters.burnBps = burnable(burnBps);
        parameters.jurySize = 5;
        bytes32 modelId = deployWith(parameters, Evidence.VANILLA, modelBond, declaredValue);
        registerVerifiers(9);
        Request memory request = disputedFor(modelId, declaredValue);
        jurors = drawJury(request);
        Books memory b = books(modelId);
        uint256 right = split % 6;
        uint256 wrong = (split / 6) % (6 - right);

        castVotes(request, jurors, right, wrong);
        concludeAtEnd(request);

        b.client += MAX_FEE;
        b.registryBurned += (5 - right - wrong) * parameters.jurorPenalty;
        uint256 majority = right > wrong ? right : wrong;
        if (majority < 3) {
            b.challenger += parameters.challengeBond;
        } else if (right > wrong) {
            uint128 kept = share(parameters.challengeBond, 10_000 - parameters.burnBps);
            uint128 each = kept / 2 / uint128(majority);
            b.jurors += each * uint128(majority);
            b.node += kept - each * uint128(majority);
            b.marketBurned += parameters.challengeBond - kept;
        } else {
            uint128 bond = uint128(registeredBond(modelBond)) + declaredValue;
            uint128 recovered = share(bond, 10_000 - parameters.burnBps);
            uint128 each = recovered / 2 / uint128(majority);
            b.jurors += each * uint128(majority);
            b.challenger += parameters.challengeBond + recovered - each * uint128(majority);
            b.stake -= bond;
            b.registryBurned += bond - recovered;
        }
        assertBooks(modelId, b);
        for (uint256 i = 0; i < 5; ++i) assertShare(i, right, wrong);
    }

    /// @dev Each juror of the majority got the same, the others nothing.
    function assertShare(uint256 juror, uint256 right, uint256 wrong) private view {
        bool wins = right >= 3 ? juror < right : wrong >= 3 && juror >= right && juror < right + wrong;
        uint256 winners = right >= 3 ? right : wrong;
        uint128 sum;
        for (uint256 i = 0; i < jurors.length; ++i) sum += market.balanceOf(payoutFor(jurors[i]));
        vm.assertEq(
            market.balanceOf(payoutFor(jurors[juror])),
            wins ? sum / uint128(winners) : 0,
            "equal shares of the majority"
        );
    }

    function testFuzz_evidence(
        uint96 challengeBond,
        uint80 modelBond,
        uint80 declaredValue,
        uint16 burnBps,
        bool upheld
    ) public {
        CourtParameters memory parameters = courtParameters();
        parameters.challengeBond = challengeBond == 0 ? 1 : challengeBond;
        parameters.burnBps = burnable(burnBps);
        bytes32 modelId = deployWith(parameters, Evidence.TEE, modelBond, declaredValue);
        Request memory request = disputedFor(modelId, declaredValue);
        Books memory b = books(modelId);

        if (upheld) prove(request);
        else concludeAtEnd(request);

        b.client += MAX_FEE;
        if (upheld) {
            uint128 kept = share(parameters.challengeBond, 10_000 - parameters.burnBps);
            b.node += kept;
            b.marketBurned += parameters.challengeBond - kept;
        } else {
            uint128 bond = uint128(registeredBond(modelBond)) + declaredValue;
            uint128 recovered = share(bond, 10_000 - parameters.burnBps);
            b.challenger += parameters.challengeBond + recovered;
            b.stake -= bond;
            b.registryBurned += bond - recovered;
        }
        assertBooks(modelId, b);
    }

    /// @dev A new system with money for these bonds; returns a model with this path beside the claim.
    function deployWith(
        CourtParameters memory parameters,
        Evidence path,
        uint80 modelBond,
        uint128 declaredValue
    ) private returns (bytes32 modelId) {
        deploy(parameters);
        fund(CHALLENGER, parameters.challengeBond);
        Model memory model = modelOf(setOf(Evidence.VANILLA).plus(path));
        model.bond = registeredBond(modelBond);
        modelId = registerModel(model);

        uint128 atRisk = uint128(model.bond) + declaredValue;
        token.mint(address(this), atRisk);
        token.approve(address(registry), atRisk);
        registry.addStake(NODE, atRisk);
        serve(NODE, modelId, atRisk);
    }

    /// @dev A model's bond is not zero, and not one that `modelOf` already has.
    function registeredBond(uint80 modelBond) private pure returns (uint80) {
        return modelBond == 0 || modelBond == MODEL_BOND ? 1 : modelBond;
    }

    /// @dev Half, which is the least, to all.
    function burnable(uint16 burnBps) private pure returns (uint16) {
        return 5_000 + (burnBps % 5_001);
    }

    function share(uint128 amount, uint256 bps) private pure returns (uint128) {
        return uint128((uint256(amount) * bps) / 10_000);
    }

    /* COLLUSION */

    /// @dev Node and challenger are one: of the slash it gets back at most what is not burned, with a jury half of that.
    function testFuzz_selfChallenge_isALoss(uint16 burnBps, uint80 modelBond) public {
        CourtParameters memory parameters = courtParameters();
        parameters.burnBps = burnable(burnBps);
        for (uint8 path = 0; path < 2; ++path) {
            bytes32 modelId = deployWith(parameters, Evidence(path), modelBond, 0);
            registerVerifiers(5);
            Request memory request = requestFor(modelId);
            open(request);
            deliver(request, resultOf(WRONG));
            uint256 before = wealth(modelId);

            challenge(CHALLENGER, request, resultOf(RIGHT));
            if (path == 0) castVotes(request, drawJury(request), 3, 0);
            concludeAtEnd(request);
            assertState(request, State.REJECTED, "the colluders agree");

            uint128 bond = registeredBond(modelBond);
            uint128 recovered = share(bond, 10_000 - parameters.burnBps);
            uint128 spent = path == 0 ? 3 * (recovered / 2 / 3) : 0;
            vm.assertEq(before - wealth(modelId), bond - recovered + spent, "what it cost them");
            vm.assertGe(2 * (before - wealth(modelId)), bond, "never less than half of the bond");
        }
    }

    /// @dev What node and challenger own together.
    function wealth(bytes32 modelId) private view returns (uint256) {
        return
            uint256(market.balanceOf(CHALLENGER)) +
            market.balanceOf(payoutFor(NODE)) +
            market.earningsOf(NODE).own +
            registry.modelStakeOf(NODE, modelId).opted;
    }

    /// @dev However the others play together, the client gets its answer confirmed or all of its money.
    function test_client_isWhole() public {
        registerVerifiers(5);
        for (uint8 path = 0; path < 3; ++path) {
            uint128 before = market.balanceOf(CLIENT);
            Request memory request = disputed(modelFor[path], WRONG);
            vm.assertEq(market.balanceOf(CLIENT), before - MAX_FEE, "escrowed");
            concludeAtEnd(request);
            vm.assertEq(market.balanceOf(CLIENT), before, "refunded in full");
        }
    }

    /* MANY DISPUTES */

    /// @dev I12: each request costs its own bond once; a verdict never touches what backs another request.
    function test_manyDisputes_ofOneNode() public {
        Request[] memory requests = new Request[](4);
        for (uint256 i = 0; i < 4; ++i) requests[i] = disputed(modelFor[2], i % 2 == 0 ? RIGHT : WRONG);
        assertStake(modelFor[2], PLENTY / 10, 4 * MODEL_BOND, "all open");
        vm.assertEq(market.bonds(), 4 * CHALLENGE_BOND, "four bonds");

        for (uint128 i = 0; i < 4; ++i) {
            prove(requests[i]);
            vm.assertEq(market.bonds(), (3 - i) * CHALLENGE_BOND, "the others' bonds");
            uint128 slashed = ((i + 1) / 2) * MODEL_BOND;
            assertStake(modelFor[2], PLENTY / 10 - slashed, (3 - i) * MODEL_BOND, "one after the other");
        }
    }

    function test_RevertWhen_slashedTwice() public {
        Request memory request = disputed(modelFor[1], WRONG);
        prove(request);
        bytes memory refusal = abi.encodeWithSelector(
            IInferenceMarket.StateMismatch.selector,
            market.requestId(request),
            State.REJECTED
        );
        expect(refusal);
        vm.prank(address(court));
        market.resolveDispute(request, deliveredTo(request), Verdict.REJECTED, 0);
        vm.warp(request.refundAfter);
        expect(refusal);
        market.refund(request, deliveredTo(request));
        expect(refusal);
        market.finalize(request, deliveredTo(request));
        assertStake(modelFor[1], PLENTY / 10 - MODEL_BOND, 0, "slashed once");
    }
}
