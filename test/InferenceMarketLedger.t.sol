// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {InferenceMarket} from "../contracts/InferenceMarket.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {INodeEarnings} from "../contracts/interfaces/INodeEarnings.sol";
import {HostileToken, ITokenHook, Vice} from "../contracts/mocks/HostileToken.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Deposits, permits, withdrawals, and tokens that misbehave.
contract InferenceMarketLedgerTest is MarketFixture, ITokenHook {
    uint256 private constant PAYER_KEY = uint256(keccak256("payer")) >> 1;
    bytes32 private constant NONCE = keccak256("nonce of an authorisation");
    address private immutable PAYER = vm.addr(PAYER_KEY);

    HostileToken private _hostile;
    bytes private _hookCall;
    bytes private _hookAnswer;

    /* DEPOSIT */

    function test_deposit() public {
        token.mint(PAYER, 100);
        vm.startPrank(PAYER);
        token.approve(address(market), 100);
        vm.expectEmit(address(market));
        emit IInferenceMarket.Deposited(STRANGER, PAYER, 60);
        market.deposit(STRANGER, 60);
        market.deposit(STRANGER, 40);
        vm.stopPrank();
        vm.assertEq(market.balanceOf(STRANGER), 100, "credited to the account");
        vm.assertEq(market.balanceOf(PAYER), 0, "not to the payer");
        vm.assertEq(token.balanceOf(PAYER), 0, "taken from the payer");
    }

    function test_RevertWhen_deposit_zero() public {
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        market.deposit(STRANGER, 0);
        expect(abi.encodeWithSelector(IInferenceMarket.AccountZero.selector));
        market.deposit(address(0), 1);
    }

    function test_deposit_theMost() public {
        uint128 most = type(uint128).max;
        token.mint(address(this), uint256(most) + 1);
        token.approve(address(market), type(uint256).max);
        market.deposit(STRANGER, most);
        vm.assertEq(market.balanceOf(STRANGER), most, "2^128 - 1");
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        market.deposit(STRANGER, 1);
        vm.prank(STRANGER);
        market.withdraw(STRANGER, most);
        vm.assertEq(token.balanceOf(STRANGER), most, "and back");
    }

    /* PERMIT */

    function test_depositWithPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = permit(50, START + 10);
        vm.prank(PAYER);
        market.depositWithPermit(STRANGER, 50, START + 10, v, r, s);
        vm.assertEq(market.balanceOf(STRANGER), 50, "credited");
    }

    /// @dev Case 32: whoever uses the permit first cannot make the deposit fail.
    function test_depositWithPermit_frontRun() public {
        (uint8 v, bytes32 r, bytes32 s) = permit(50, START + 10);
        vm.prank(STRANGER);
        token.permit(PAYER, address(market), 50, START + 10, v, r, s);
        vm.prank(PAYER);
        market.depositWithPermit(STRANGER, 50, START + 10, v, r, s);
        vm.assertEq(market.balanceOf(STRANGER), 50, "credited all the same");
    }

    /// @dev The permit of another account moves nothing of it.
    function test_RevertWhen_depositWithPermit_unusable() public {
        (uint8 v, bytes32 r, bytes32 s) = permit(50, START + 10);
        vm.expectRevert();
        vm.prank(STRANGER);
        market.depositWithPermit(STRANGER, 50, START + 10, v, r, s);
        vm.warp(START + 11);
        vm.expectRevert();
        vm.prank(PAYER);
        market.depositWithPermit(PAYER, 50, START + 10, v, r, s);
        vm.assertEq(token.balanceOf(PAYER), 50, "nothing moved");
    }

    function permit(uint256 amount, uint256 deadline) private returns (uint8 v, bytes32 r, bytes32 s) {
        token.mint(PAYER, amount);
        bytes32 permitType = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 content = keccak256(
            abi.encode(permitType, PAYER, address(market), amount, token.nonces(PAYER), deadline)
        );
        return vm.sign(PAYER_KEY, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), content)));
    }

    /* AUTHORISATION */

    function test_depositWithAuthorization() public {
        (uint8 v, bytes32 r, bytes32 s) = authorization(50, address(market));
        vm.expectEmit(address(market));
        emit IInferenceMarket.Deposited(PAYER, PAYER, 50);
        vm.prank(STRANGER);
        market.depositWithAuthorization(PAYER, 50, START - 1, START + 10, NONCE, v, r, s);
        vm.assertEq(market.balanceOf(PAYER), 50, "credited to the payer");
        vm.assertEq(market.balanceOf(STRANGER), 0, "not to who brought it");

        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, PAYER, NONCE));
        market.depositWithAuthorization(PAYER, 50, START - 1, START + 10, NONCE, v, r, s);
    }

    /// @dev What was signed is the payer, the receiver, the amount, the dates and the nonce.
    function test_RevertWhen_depositWithAuthorization_unusable() public {
        (uint8 v, bytes32 r, bytes32 s) = authorization(50, address(market));
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        market.depositWithAuthorization(STRANGER, 50, START - 1, START + 10, NONCE, v, r, s);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        market.depositWithAuthorization(PAYER, 49, START - 1, START + 10, NONCE, v, r, s);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        market.depositWithAuthorization(PAYER, 50, START - 2, START + 10, NONCE, v, r, s);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        market.depositWithAuthorization(PAYER, 50, START - 1, START + 11, NONCE, v, r, s);
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        market.depositWithAuthorization(PAYER, 0, START - 1, START + 10, NONCE, v, r, s);
        vm.warp(START + 10);
        vm.expectRevert();
        market.depositWithAuthorization(PAYER, 50, START - 1, START + 10, NONCE, v, r, s);
        vm.warp(START);

        // Nor does another receiver's serve this market.
        (v, r, s) = authorization(50, STRANGER);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        market.depositWithAuthorization(PAYER, 50, START - 1, START + 10, NONCE, v, r, s);
        vm.assertEq(market.balanceOf(PAYER), 0, "nothing credited");
    }

    /// @dev Nobody but the market can use what was signed for it, so that the tokens always come with their credit.
    function test_RevertWhen_depositWithAuthorization_isUsedAtTheToken() public {
        (uint8 v, bytes32 r, bytes32 s) = authorization(50, address(market));
        vm.expectRevert();
        vm.prank(STRANGER);
        token.receiveWithAuthorization(PAYER, address(market), 50, START - 1, START + 10, NONCE, v, r, s);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        token.transferWithAuthorization(PAYER, address(market), 50, START - 1, START + 10, NONCE, v, r, s);
    }

    function authorization(uint256 amount, address receiver) private returns (uint8 v, bytes32 r, bytes32 s) {
        token.mint(PAYER, amount);
        bytes32 authorizationType = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 content = keccak256(
            abi.encode(authorizationType, PAYER, receiver, amount, START - 1, START + 10, NONCE)
        );
        return vm.sign(PAYER_KEY, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), content)));
    }

    /* WITHDRAW */

    function test_withdraw() public {
        vm.expectEmit(address(market));
        emit IInferenceMarket.Withdrawn(CLIENT, STRANGER, 7);
        uint128 before = market.balanceOf(CLIENT);
        vm.prank(CLIENT);
        market.withdraw(STRANGER, 7);
        vm.assertEq(token.balanceOf(STRANGER), 7, "paid out");
        vm.assertEq(market.balanceOf(CLIENT), before - 7, "debited");
    }

    function test_RevertWhen_withdraw_zero() public {
        vm.startPrank(CLIENT);
        expect(abi.encodeWithSelector(INodeEarnings.AmountZero.selector));
        market.withdraw(CLIENT, 0);
        expect(abi.encodeWithSelector(IInferenceMarket.AccountZero.selector));
        market.withdraw(address(0), 1);
        vm.stopPrank();
    }

    function test_RevertWhen_withdraw_moreThanTheBalance() public {
        uint128 balance = market.balanceOf(CLIENT);
        uint128[2] memory amounts = [balance + 1, type(uint128).max];
        for (uint256 i = 0; i < amounts.length; ++i) {
            expect(abi.encodeWithSelector(IInferenceMarket.BalanceInsufficient.selector, CLIENT, balance, amounts[i]));
            vm.prank(CLIENT);
            market.withdraw(CLIENT, amounts[i]);
        }
        vm.prank(CLIENT);
        market.withdraw(CLIENT, balance);
        vm.assertEq(market.balanceOf(CLIENT), 0, "exactly all");
    }

    function testFuzz_depositAndWithdraw(uint128 amount, uint128 part) public {
        vm.assume(amount != 0);
        part = 1 + (part % amount);
        fund(STRANGER, amount);
        vm.prank(STRANGER);
        market.withdraw(PAYER, part);
        vm.assertEq(market.balanceOf(STRANGER), amount - part, "rest");
        vm.assertEq(token.balanceOf(PAYER), part, "paid out");
    }

    /* HOSTILE TOKENS */

    /// @dev Cases 17 and 18: what arrives is what is credited, so a fee is refused at the door.
    function test_RevertWhen_deposit_tokenTakesAFee() public {
        useHostile();
        _hostile.misbehave(Vice.TAKES_FEE, address(0));
        expect(abi.encodeWithSelector(IInferenceMarket.TokenTransferMismatch.selector, 99, 100));
        market.deposit(STRANGER, 100);
    }

    function test_RevertWhen_token_returnsFalse() public {
        useHostile();
        market.deposit(address(this), 100);
        _hostile.misbehave(Vice.RETURNS_FALSE, address(0));
        bytes memory refusal = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(_hostile));
        expect(refusal);
        market.deposit(STRANGER, 100);
        expect(refusal);
        market.withdraw(STRANGER, 100);
        vm.assertEq(market.balanceOf(address(this)), 100, "still there");
    }

    function test_token_returnsNothing() public {
        useHostile();
        _hostile.misbehave(Vice.RETURNS_NOTHING, address(0));
        market.deposit(address(this), 100);
        market.withdraw(STRANGER, 40);
        vm.assertEq(_hostile.balanceOf(STRANGER), 40, "moved");
        vm.assertEq(market.balanceOf(address(this)), 60, "booked");
    }

    /// @dev Cases 13 and 21: whom the token blocks is the only one hurt, and can name another address.
    function test_token_blocksAPayee() public {
        useHostile();
        market.deposit(STRANGER, 50);
        market.deposit(PAYER, 50);
        _hostile.misbehave(Vice.BLOCKS, STRANGER);
        expect(abi.encodeWithSelector(HostileToken.AccountBlocked.selector, STRANGER));
        vm.prank(STRANGER);
        market.withdraw(STRANGER, 50);
        vm.prank(PAYER);
        market.withdraw(PAYER, 50);
        vm.assertEq(market.balanceOf(STRANGER), 50, "not lost");
        vm.prank(STRANGER);
        market.withdraw(CHALLENGER, 50);
        vm.assertEq(_hostile.balanceOf(CHALLENGER), 50, "paid elsewhere");
    }

    /// @dev Cases 14 and 15: a hook finds every door shut.
    function test_token_hookReenters() public {
        useHostile();
        market.deposit(address(this), 100);
        _hostile.misbehave(Vice.CALLS_BACK, address(this));
        bytes[3] memory calls = [
            abi.encodeCall(IInferenceMarket.withdraw, (address(this), 60)),
            abi.encodeCall(IInferenceMarket.deposit, (address(this), 1)),
            abi.encodeCall(IInferenceMarket.transfer, (STRANGER, 60))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            _hookCall = calls[i];
            market.withdraw(STRANGER, 10);
            assertShut("while withdrawing");
            market.deposit(address(this), 10);
            assertShut("while depositing");
        }
        vm.assertEq(market.balanceOf(address(this)), 100, "each moved once");
    }

    function onTokenMoved(address, address, uint256) external {
        (, _hookAnswer) = address(market).call(_hookCall);
    }

    function assertShut(string memory label) private {
        bytes memory refusal = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(_hookAnswer, refusal, label);
        delete _hookAnswer;
    }

    function useHostile() private {
        _hostile = new HostileToken();
        market = deployMarket(address(_hostile), address(proofs), address(enclaves), marketParameters());
        _hostile.mint(address(this), 1_000);
        _hostile.approve(address(market), 1_000);
    }
}
