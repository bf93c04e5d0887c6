// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MemberConsents} from "./consents/MemberConsents.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {ISceneGrants} from "./interfaces/ISceneGrants.sol";
import {ISubstitutionPremiums} from "./interfaces/ISubstitutionPremiums.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";
import {GrantWord} from "./lib/GrantWord.sol";
import {PremiumBooks} from "./premiums/PremiumBooks.sol";

/// @title Savings statements and substitution premiums
contract SubstitutionPremiums is PremiumBooks, MemberConsents {
    using SafeCast for uint256;

    bytes32 private constant SAVINGS_TYPEHASH = keccak256(
        "Savings(uint64 travel,uint64 lodging,uint64 insurance,uint64 overtime,uint64 reshoots,uint64 other)"
    );
    bytes32 private constant RESTATEMENT_TYPEHASH = keccak256(
        "Restatement(uint256 grantId,Savings savings,bytes32 evidenceHash,uint256 nonce,uint256 deadline)Savings(uint64 travel,uint64 lodging,uint64 insurance,uint64 overtime,uint64 reshoots,uint64 other)"
    );
    uint256 private constant WHOLE_BPS = 10_000;

    struct Modules {
        IMembers members;
        IRateCard rateCard;
        IProductions productions;
        ISceneGrants sceneGrants;
        IUsageLedger ledger;
        IPayroll payroll;
    }

    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;
    ISceneGrants private immutable SCENE_GRANTS;

    constructor(Modules memory modules)
        MemberConsents(modules.members)
        PremiumBooks(modules.ledger, modules.payroll)
    {
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
        SCENE_GRANTS = modules.sceneGrants;
    }

    /// @inheritdoc ISubstitutionPremiums
    function file(uint256 grantId, Savings calldata savings, bytes32 evidenceHash, uint40 streamSeconds) external {
        _file(grantId, savings, evidenceHash, streamSeconds);
    }

    /// @inheritdoc ISubstitutionPremiums
    function fileShared(Share[] calldata shares, Savings calldata total, bytes32 evidenceHash, uint40 streamSeconds)
        external
    {
        Savings memory sum;
        for (uint256 i = 0; i < shares.length; i++) {
            Savings calldata part = shares[i].savings;
            sum.travel += part.travel;
            sum.lodging += part.lodging;
            sum.insurance += part.insurance;
            sum.overtime += part.overtime;
            sum.reshoots += part.reshoots;
            sum.other += part.other;
        }
        require(keccak256(abi.encode(sum)) == keccak256(abi.encode(total)), SharesDontSum());
        emit SavingsShared(evidenceHash, total, shares.length);
        for (uint256 i = 0; i < shares.length; i++) {
            _file(shares[i].grantId, shares[i].savings, evidenceHash, streamSeconds);
        }
    }

    /// @inheritdoc ISubstitutionPremiums
    function restate(Restatement calldata r, IPayroll.Stream[] calldata streams, bytes calldata signature) external {
        GrantWord g = LEDGER.wordOf(r.grantId);
        PRODUCTIONS.requireStudio(g.productionId(), msg.sender);
        require(r.evidenceHash != 0, MissingEvidence());
        uint64 premium = _premium(g, r.savings);
        uint64 before = premiumOf(r.grantId);
        require(premium < before, NotLower(r.grantId, premium, before));
        _takeConsent(g.memberId(), r.nonce, r.deadline, _restatementHash(r), signature);
        uint64 returned = _lower(r.grantId, g, before - premium, streams);
        emit SavingsRestated(r.grantId, r.evidenceHash, r.savings, before - returned, returned);
    }

    /// @inheritdoc ISubstitutionPremiums
    function startFloor(uint256 grantId) external {
        uint256 until = LEDGER.reportableUntil(grantId);
        require(block.timestamp > until, StillFileable(grantId, until));
        uint64 floor = SCENE_GRANTS.floorHeld(grantId);
        require(floor > 0 && !LEDGER.endedUnused(grantId), NoFloorToStart(grantId));
        GrantWord g = LEDGER.wordOf(grantId);
        emit FloorStarted(grantId, floor);
        _stream(grantId, g, floor, floor, uint40(g.longestStreamWeeks()) * 1 weeks);
    }

    /// @inheritdoc ISubstitutionPremiums
    function premiumFor(uint256 grantId, Savings calldata savings) external view returns (uint64) {
        return _premium(LEDGER.wordOf(grantId), savings);
    }

    function _file(uint256 grantId, Savings calldata savings, bytes32 evidenceHash, uint40 streamSeconds) private {
        GrantWord g = LEDGER.wordOf(grantId);
        PRODUCTIONS.requireStudio(g.productionId(), msg.sender);
        require(evidenceHash != 0, MissingEvidence());
        uint256 longest = uint256(g.longestStreamWeeks()) * 1 weeks;
        require(streamSeconds <= longest, StreamTooLong(streamSeconds, longest));

        uint64 premium = _premium(g, savings);
        uint64 before = premiumOf(grantId);
        require(premium >= before, LowerThanBefore(grantId, premium, before));
        emit SavingsStated(grantId, evidenceHash, savings, premium);
        if (premium == before) return;
        // Nothing was streamed yet: the floor is still reserved, unless it went back with the grant.
        uint64 held = before == 0 ? SCENE_GRANTS.floorHeld(grantId) : 0;
        _stream(grantId, g, premium - before, held, streamSeconds);
    }

    /// @dev The share is rounded up: against the studio.
    function _premium(GrantWord g, Savings calldata s) private view returns (uint64) {
        IPayroll.LicenceAccount memory licence = PAYROLL.licenceAccount(g.productionId(), g.memberId());
        uint256 total =
            uint256(s.travel) + s.lodging + s.insurance + s.overtime + s.reshoots + s.other;
        uint256 share = (total * licence.premiumShareBps + WHOLE_BPS - 1) / WHOLE_BPS;
        uint256 floor = uint256(g.digitalDays()) * RATE_CARD.dayRate(licence.version, g.replicaType());
        return (share > floor ? share : floor).toUint64();
    }

    function _restatementHash(Restatement calldata r) private pure returns (bytes32) {
        Savings calldata s = r.savings;
        bytes32 savingsHash = keccak256(
            abi.encode(SAVINGS_TYPEHASH, s.travel, s.lodging, s.insurance, s.overtime, s.reshoots, s.other)
        );
        return keccak256(
            abi.encode(RESTATEMENT_TYPEHASH, r.grantId, savingsHash, r.evidenceHash, r.nonce, r.deadline)
        );
    }
}
