// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {InferenceMarket} from "../contracts/InferenceMarket.sol";
import {IInferenceMarket, MarketParameters} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeRegistry} from "../contracts/interfaces/INodeRegistry.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Request} from "../contracts/types/Request.sol";
import {RequestId} from "../contracts/types/RequestId.sol";
import {Verdict} from "../contracts/types/State.sol";
import {LifecycleFixture, Purses} from "./support/LifecycleFixture.sol";
import {vm} from "./support/Vm.sol";
import {newDisputeCourt} from "./support/Deployer.sol";

/// @notice Deployment, and who may do what that is not about one request.
contract InferenceMarketTest is LifecycleFixture {
    /* DEPLOY */

    function test_constructor() public view {
        vm.assertEq(
            keccak256(abi.encode(market.parameters())),
            keccak256(abi.encode(marketParameters())),
            "parameters"
        );
        vm.assertEq(market.token(), address(token), "token");
        vm.assertEq(market.nodeRegistry(), address(registry), "nodes");
        vm.assertEq(market.modelRegistry(), address(models), "models");
        vm.assertEq(market.verifierOf(Evidence.ZKML), address(proofs), "proofs");
        vm.assertEq(market.verifierOf(Evidence.TEE), address(enclaves), "signatures");
        vm.assertEq(market.court(), address(court), "court");
        vm.assertEq(market.owner(), address(this), "guardian");
    }

    function test_RevertWhen_verifierOf_claims() public {
        expect(abi.encodeWithSelector(IInferenceMarket.EvidenceKindInvalid.selector, Evidence.VANILLA));
        market.verifierOf(Evidence.VANILLA);
    }

    function test_constructor_sharesUpToTheWholeFee() public {
        uint16[2][6] memory good = [
            [uint16(0), 0],
            [uint16(1), 1],
            [uint16(9_999), 1],
            [uint16(0), 10_000],
            [uint16(10_000), 0],
            [uint16(5_000), 5_000]
        ];
        for (uint256 i = 0; i < good.length; ++i) {
            vm.assertEq(redeploy(good[i][0], good[i][1]).parameters().dataBps, good[i][1], "accepted");
        }
    }

    function test_RevertWhen_constructor_sharesExceedTheFee() public {
        uint16[2][4] memory bad = [[uint16(10_000), 1], [uint16(1), 10_000], [uint16(10_001), 0], [65_535, 65_535]];
        for (uint256 i = 0; i < bad.length; ++i) {
            uint256 sum = uint256(bad[i][0]) + bad[i][1];
            expect(abi.encodeWithSelector(IInferenceMarket.FeeSharesInvalid.selector, sum));
            redeploy(bad[i][0], bad[i][1]);
        }
    }

    function test_RevertWhen_constructor_aWindowIsZero() public {
        MarketParameters memory parameters = marketParameters();
        parameters.challengeWindow = 0;
        expect(abi.encodeWithSelector(IInferenceMarket.MarketWindowZero.selector));
        redeploy(parameters);
        parameters = marketParameters();
        parameters.disputeWindow = 0;
        expect(abi.encodeWithSelector(IInferenceMarket.MarketWindowZero.selector));
        redeploy(parameters);
    }

    /// @dev I11: a node cannot leave with stake that a claim may still cost.
    function test_RevertWhen_constructor_unbondingIsTooShort() public {
        MarketParameters memory parameters = marketParameters();
        parameters.longestOrder = UNBONDING_PERIOD - CHALLENGE_WINDOW - DISPUTE_WINDOW;
        expect(
            abi.encodeWithSelector(INodeRegistry.UnbondingPeriodTooShort.selector, UNBONDING_PERIOD, UNBONDING_PERIOD)
        );
        redeploy(parameters);
        parameters.longestOrder -= 1;
        vm.assertEq(redeploy(parameters).parameters().longestOrder, parameters.longestOrder, "a second shorter");
    }

    function redeploy(uint16 verificationBps, uint16 dataBps) private returns (InferenceMarket) {
        MarketParameters memory parameters = marketParameters();
        (parameters.verificationBps, parameters.dataBps) = (verificationBps, dataBps);
        return redeploy(parameters);
    }

    function redeploy(MarketParameters memory parameters) private returns (InferenceMarket) {
        return deployMarket(address(token), address(proofs), address(enclaves), parameters);
    }

    /* SHARES AT THEIR LIMITS */

    function test_shares_verificationTakesAll() public {
        path = Evidence.ZKML;
        settleWith(10_000, 0, FEE, 0);
    }

    function test_shares_dataTakesAll() public {
        path = Evidence.ZKML;
        settleWith(0, 10_000, 0, FEE);
    }

    function test_shares_nobodyButTheNode() public {
        path = Evidence.ZKML;
        settleWith(0, 0, 0, 0);
    }

    function test_shares_roundDown() public {
        path = Evidence.ZKML;
        settleWith(1, 9_999, 0, FEE - 1);
    }

    function settleWith(uint16 verificationBps, uint16 dataBps, uint128 verification, uint128 data) private {
        market = redeploy(verificationBps, dataBps);
        market.appointCourt(address(court));
        fund(CLIENT, PLENTY);
        Request memory request = requestOn(path);
        Purses memory before = pursesOf(request);
        answer(request, path);
        before.client -= FEE;
        before.verification += verification;
        before.data += data;
        before.inference += FEE - verification - data;
        assertPurses(request, before, "shares");
    }

    /* COURT */

    function test_appointCourt() public {
        market = redeploy(marketParameters());
        vm.expectEmit(address(market));
        emit IInferenceMarket.CourtAppointed(address(court));
        market.appointCourt(address(court));

        expect(abi.encodeWithSelector(IInferenceMarket.CourtAlreadyAppointed.selector, address(court)));
        market.appointCourt(STRANGER);
    }

    /// @dev A court that cannot slash silent jurors could end no dispute with one: half a deployment admits nothing.
    function test_RevertWhen_appointCourt_registryAppointedAnother() public {
        market = redeploy(marketParameters());
        address[3] memory others = [address(0), STRANGER, address(newDisputeCourt(address(market), courtParameters()))];
        for (uint256 i = 0; i < others.length; ++i) {
            expect(abi.encodeWithSelector(INodeRegistry.AppointmentMissing.selector, others[i]));
            market.appointCourt(others[i]);
        }
        vm.assertEq(market.court(), address(0), "without a court nothing is admitted");
    }

    function test_RevertWhen_appointCourt_byStranger() public {
        market = redeploy(marketParameters());
        expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        market.appointCourt(STRANGER);
    }

    /* SETTLERS */

    function test_appointSettlers() public {
        market = redeploy(marketParameters());
        vm.expectEmit(address(market));
        emit IInferenceMarket.SettlersAppointed(address(court), address(0));
        market.appointSettlers(address(court), address(0)); // any that the registry knows

        vm.assertEq(market.orderSettler(), address(court), "of orders");
        vm.assertEq(market.batchSettler(), address(0), "of batches: none");
    }

    function test_RevertWhen_appointSettlers() public {
        expect(abi.encodeWithSelector(IInferenceMarket.CourtAlreadyAppointed.selector, address(court)));
        market.appointSettlers(address(court), address(0));

        market = redeploy(marketParameters());
        expect(abi.encodeWithSelector(INodeRegistry.AppointmentMissing.selector, STRANGER));
        market.appointSettlers(STRANGER, address(0));
        expect(abi.encodeWithSelector(INodeRegistry.AppointmentMissing.selector, STRANGER));
        market.appointSettlers(address(0), STRANGER);
        expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        market.appointSettlers(address(court), address(0));
    }

    function test_RevertWhen_nothingIsAdmittedBeforeTheCourt() public {
        market = redeploy(marketParameters());
        fund(CLIENT, PLENTY);
        Request memory request = requestOn(Evidence.ZKML);
        expect(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        open(request);
        expect(abi.encodeWithSelector(IInferenceMarket.CourtMissing.selector));
        market.unpause();
    }

    function test_RevertWhen_courtFunctions_byAnybodyElse() public {
        Request memory request = requestOn(Evidence.VANILLA);
        answer(request, Evidence.VANILLA);
        address[5] memory others = [address(this), CLIENT, NODE, STRANGER, address(registry)];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(IInferenceMarket.CourtOnly.selector, others[i]);
            vm.startPrank(others[i]);
            vm.expectRevert(refusal);
            market.openDispute(request, resultOf(RIGHT));
            vm.expectRevert(refusal);
            market.resolveDispute(request, resultOf(RIGHT), Verdict.REJECTED, 0);
            vm.expectRevert(refusal);
            market.takeBond(CLIENT, 1);
            vm.expectRevert(refusal);
            market.releaseBond(STRANGER, 0);
            vm.expectRevert(refusal);
            market.burnBond(0);
            vm.stopPrank();
        }
    }

    /* GUARDIAN */

    function test_pause_stopsAdmissions() public {
        Request memory request = requestOn(Evidence.VANILLA);
        market.pause();
        expect(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        open(request);
        market.deposit(CLIENT, depositable(1));

        market.unpause();
        open(request);
    }

    function test_RevertWhen_pause_byStranger() public {
        expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        market.pause();
        market.pause();
        expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, STRANGER));
        vm.prank(STRANGER);
        market.unpause();
    }

    /// @dev Case 80: without a guardian everything goes on, and nobody can pause.
    function test_renounceOwnership() public {
        market.pause();
        expect(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        market.renounceOwnership();
        market.unpause();
        market.renounceOwnership();
        expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        market.pause();
        open(requestOn(Evidence.VANILLA));
    }

    function depositable(uint128 amount) private returns (uint128) {
        token.mint(address(this), amount);
        token.approve(address(market), amount);
        return amount;
    }

    /* ETHER: has no meaning here, and its arrival by force changes nothing */

    function test_ether_isRefused_andHarmlessByForce() public {
        vm.deal(address(this), 1 ether);
        (bool taken, ) = address(market).call{value: 1}("");
        vm.assertFalse(taken, "no receive function");
        (taken, ) = address(market).call{value: 1}(abi.encodeCall(IInferenceMarket.releaseBond, (CLIENT, 0)));
        vm.assertFalse(taken, "not payable");

        vm.deal(address(market), 1 ether);
        Request memory request = requestOn(Evidence.ZKML);
        Purses memory before = pursesOf(request);
        path = Evidence.ZKML;
        answer(request, path);
        assertPaid(request, before, "as ever");
    }

    /// @dev Tokens sent without `deposit` belong to nobody.
    function test_token_sentDirectly() public {
        token.mint(address(market), 7);
        vm.assertEq(market.balanceOf(address(this)), 0, "no credit");
        expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, STRANGER, 0, 7));
        vm.prank(STRANGER);
        market.withdraw(STRANGER, 7);
    }

    /* IDS: as docs/protocol.md has them, so that other languages compute the same */

    function test_ids_areEip712() public {
        Request memory request = requestOn(Evidence.TEE);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay"),
                keccak256("1"),
                block.chainid,
                address(market)
            )
        );
        bytes32 requestType = keccak256(
            "Request(address client,address node,bytes32 modelId,bytes32 inputCommitment,bytes32 dataCommitment,address dataNode,uint8 requiredEvidence,uint128 maxFee,uint128 unitPrice,uint128 declaredValue,uint40 deliverBy,uint40 proveBy,uint40 refundAfter,address consumer,uint32 callbackGas,uint64 nonce)"
        );
        bytes32 id = keccak256(
            abi.encodePacked("\x19\x01", domain, keccak256(abi.encodePacked(requestType, abi.encode(request))))
        );
        vm.assertEq(RequestId.unwrap(market.requestId(request)), id, "request id");
        bytes32 resultType = keccak256("Result(bytes32 requestId,bytes32 outputCommitment,uint40 units,address node)");
        bytes32 digest = keccak256(
            abi.encodePacked("\x19\x01", domain, keccak256(abi.encode(resultType, id, RIGHT, UNITS, NODE)))
        );
        vm.assertEq(market.resultDigest(RequestId.wrap(id), resultOf(RIGHT)), digest, "result digest");
    }
}
