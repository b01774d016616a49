// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IInferenceMarket, MarketParameters, Payout} from "../../contracts/interfaces/IInferenceMarket.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {Evidence} from "../../contracts/types/Evidence.sol";
import {Role} from "../../contracts/types/Node.sol";
import {Request} from "../../contracts/types/Request.sol";
import {Result} from "../../contracts/types/Result.sol";
import {newDisputeCourt, newInferenceMarket, newModelRegistry, newNodeRegistry} from "../support/Deployer.sol";
import {Fixture} from "../support/Fixture.sol";
import {vm} from "../support/Vm.sol";

/// @notice The market pays what payouts.json says, to the wei, in a system of its own for each vector.
contract PayoutsTest is Fixture {
    address private constant DATA_NODE = 0x90F79bf6EB2c4f870365E785982E1f101E93b906;

    string private _json;

    function setUp() public override {
        vm.warp(START);
        _json = vm.readFile("test/vectors/payouts.json");
    }

    function test_payouts() public {
        uint256 count;
        for (; vm.keyExistsJson(_json, at(count, "")); ++count) {
            deployFor(count);
            Request memory request = requestOf(count);
            token.mint(CLIENT, request.maxFee);
            vm.startPrank(CLIENT);
            token.approve(address(market), request.maxFee);
            market.deposit(CLIENT, request.maxFee);
            market.openRequest(request);
            vm.stopPrank();
            Result memory result = Result(RIGHT, uint40(number(count, ".units")), NODE);
            deliver(request, result);
            pass(CHALLENGE_WINDOW);

            Payout memory payout = payoutAt(count);
            vm.expectEmit(address(market));
            emit IInferenceMarket.RequestFinal(market.requestId(request), NODE, setOf(Evidence.VANILLA), payout);
            market.finalize(request, result);

            string memory label = string.concat("vector ", Strings.toString(count));
            vm.assertEq(market.earningsOf(NODE).own, payout.inference, string.concat(label, ": inference"));
            vm.assertEq(market.earningsOf(NODE).pool, payout.verification, string.concat(label, ": pool"));
            vm.assertEq(market.balanceOf(payoutFor(DATA_NODE)), payout.data, string.concat(label, ": data"));
            vm.assertEq(market.balanceOf(CLIENT), payout.refund, string.concat(label, ": refund"));
        }
        vm.assertGt(count, 40, "vectors");
    }

    function deployFor(uint256 index) private {
        token = new TestToken();
        registry = newNodeRegistry(address(token), MIN_STAKE, UNBONDING_PERIOD);
        models = newModelRegistry(address(zkml));
        MarketParameters memory parameters = marketParameters();
        parameters.verificationBps = uint16(number(index, ".verificationBps"));
        parameters.dataBps = uint16(number(index, ".dataBps"));
        market = newInferenceMarket(
            address(token),
            address(registry),
            address(models),
            address(zkml),
            address(tee),
            parameters
        );
        court = newDisputeCourt(address(market), courtParameters());
        address[] memory appointed = new address[](2);
        (appointed[0], appointed[1]) = (address(market), address(court));
        registry.appoint(appointed);
        market.appointCourt(address(court));

        registerNode(NODE, Role.INFERENCE, PLENTY);
        registerNode(DATA_NODE, Role.DATA, MIN_STAKE);
        modelFor[0] = registerModel(modelOf(setOf(Evidence.VANILLA)));
        serve(NODE, modelFor[0], PLENTY);
    }

    function requestOf(uint256 index) private returns (Request memory request) {
        request = requestFor(modelFor[0]);
        request.maxFee = uint128(number(index, ".maxFee"));
        request.unitPrice = uint128(number(index, ".unitPrice"));
        if (!vm.parseJsonBool(_json, at(index, ".hasData"))) return request;
        request.dataNode = DATA_NODE;
        request.dataCommitment = keccak256("data");
    }

    function payoutAt(uint256 index) private view returns (Payout memory) {
        return
            Payout({
                inference: uint128(number(index, ".payout.inference")),
                verification: uint128(number(index, ".payout.verification")),
                data: uint128(number(index, ".payout.data")),
                refund: uint128(number(index, ".payout.refund"))
            });
    }

    function number(uint256 index, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, at(index, field));
    }

    function at(uint256 index, string memory field) private pure returns (string memory) {
        return string.concat("$[", Strings.toString(index), "]", field);
    }
}
