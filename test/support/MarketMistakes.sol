// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Evidence, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Request} from "../../contracts/types/Request.sol";
import {Result} from "../../contracts/types/Result.sol";
import {Reliance, State, Verdict} from "../../contracts/types/State.sol";
import {MarketLedger} from "./MarketLedger.sol";
import {vm} from "./Vm.sol";

/// @notice Calls that carry another result than the delivered one. That they change nothing is for the ledger to say.
abstract contract MarketMistakes is MarketLedger {
    /// @notice Whether one was taken, or refused for any other reason than its result.
    bool public mistakeTaken;

    function misstate(uint256 seed) external acting("misstate", address(0)) {
        seed = uint256(keccak256(abi.encode(seed, tracked.length)));
        uint256 index = newestAnswered(seed);
        bytes[] memory calls = callsWith(tracked[index], lastState[index], anotherThan(answers[index], seed >> 8));
        bytes memory refusal = abi.encodeWithSelector(IInferenceMarket.ResultMismatch.selector, ids[index]);
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(address(court));
            (bool taken, bytes memory answer) = address(market).call(calls[i]);
            if (taken || keccak256(answer) != keccak256(refusal)) mistakeTaken = true;
        }
        string[3] memory names = ["misstate delivered", "misstate disputed", "misstate final"];
        ++acted[names[uint8(lastState[index]) - uint8(State.DELIVERED)]];
    }

    /// @dev The newest request that is DELIVERED, DISPUTED or FINAL, whichever the seed says.
    function newestAnswered(uint256 seed) private view returns (uint256) {
        State state = State(uint8(State.DELIVERED) + uint8(seed % 3));
        for (uint256 left = tracked.length; left > 0; --left) if (lastState[left - 1] == state) return left - 1;
        revert Skipped();
    }

    function anotherThan(Result memory result, uint256 seed) private view returns (Result memory) {
        if (seed % 3 == 0) return Result(~result.outputCommitment, result.units, result.node);
        if (seed % 3 == 1) return Result(result.outputCommitment, result.units ^ 1, result.node);
        return Result(result.outputCommitment, result.units, result.node == NODE ? RIVAL : NODE);
    }

    /// @dev What the market would do in this state; as the court, which may call all of it.
    function callsWith(
        Request memory request,
        State state,
        Result memory result
    ) private pure returns (bytes[] memory calls) {
        calls = new bytes[](state == State.DELIVERED ? 3 : 1);
        if (state == State.DELIVERED) {
            calls[0] = abi.encodeCall(IInferenceMarket.prove, (request, result, Evidence.ZKML, ""));
            calls[1] = abi.encodeCall(IInferenceMarket.finalize, (request, result));
            calls[2] = abi.encodeCall(IInferenceMarket.openDispute, (request, result));
        } else if (state == State.DISPUTED) {
            calls[0] = abi.encodeCall(IInferenceMarket.resolveDispute, (request, result, Verdict.REJECTED, 0));
        } else {
            Reliance memory reliance = Reliance(request.modelId, request.inputCommitment, NO_EVIDENCE, 0);
            calls[0] = abi.encodeCall(IInferenceMarket.requireFinal, (request, result, reliance));
        }
    }
}
