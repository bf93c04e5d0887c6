// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicences} from "./interfaces/ILicences.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";
import {UseKind, licenceIdOf} from "./interfaces/Types.sol";
import {DeskWord, DeskWords, GrantWord} from "./lib/GrantWord.sol";

/// @title Usage of grants
contract UsageLedger is IUsageLedger {
    /// @dev A struct of one word, because a pointer to it saves hashing the key twice.
    struct GrantSlot {
        GrantWord word;
    }

    IProductions private immutable PRODUCTIONS;
    ILicences private immutable LICENCES;
    address private immutable SCENE_GRANTS;
    IPayroll private immutable PAYROLL;

    mapping(uint256 grantId => GrantSlot) private _grants;
    mapping(uint24 productionId => DeskWord) private _desks;

    modifier onlyModule(address module) {
        require(msg.sender == module, NotTheModule(msg.sender));
        _;
    }

    constructor(IProductions productions, ILicences licences, address sceneGrants, IPayroll payroll) {
        PRODUCTIONS = productions;
        LICENCES = licences;
        SCENE_GRANTS = sceneGrants;
        PAYROLL = payroll;
    }

    /// @inheritdoc IUsageLedger
    function record(Use calldata use) external {
        uint256 grantId = use.grantId;
        GrantSlot storage slot = _grants[grantId];
        (GrantWord grant, DeskWord desk) = _reportable(grantId, slot.word);
        _settle(grantId, slot, _meter(grantId, grant, desk, use), use.iterations);
    }

    /// @inheritdoc IUsageLedger
    function recordBatch(Use[] calldata uses) external {
        uint256 i = 0;
        while (i < uses.length) {
            uint256 grantId = uses[i].grantId;
            GrantSlot storage slot = _grants[grantId];
            (GrantWord grant, DeskWord desk) = _reportable(grantId, slot.word);
            uint256 before = grant.iterationsLeft();
            do {
                grant = _meter(grantId, grant, desk, uses[i]);
                // A counter below the array's length can't overflow.
                unchecked {
                    i++;
                }
            } while (i < uses.length && uses[i].grantId == grantId);
            _settle(grantId, slot, grant, before - grant.iterationsLeft());
        }
    }

    /// @inheritdoc IUsageLedger
    function openDesk(uint24 productionId, address reporter, uint16 reportDays)
        external
        onlyModule(address(PRODUCTIONS))
    {
        _desks[productionId] = DeskWords.opened(reporter, reportDays);
    }

    /// @inheritdoc IUsageLedger
    function setReporter(uint24 productionId, address reporter) external onlyModule(address(PRODUCTIONS)) {
        _desks[productionId] = _desks[productionId].withReporter(reporter);
    }

    /// @inheritdoc IUsageLedger
    function closeDesk(uint24 productionId) external onlyModule(address(PRODUCTIONS)) {
        _desks[productionId] = _desks[productionId].cancelled(block.timestamp);
    }

    /// @inheritdoc IUsageLedger
    function noteStrike(uint24 productionId) external onlyModule(address(PRODUCTIONS)) {
        _desks[productionId] = _desks[productionId].struck();
    }

    /// @inheritdoc IUsageLedger
    function noteHalt(uint24 productionId) external onlyModule(address(LICENCES)) {
        _desks[productionId] = _desks[productionId].halted();
    }

    /// @inheritdoc IUsageLedger
    function openGrant(uint256 grantId, GrantWord grant) external onlyModule(SCENE_GRANTS) {
        _grants[grantId].word = grant;
    }

    /// @inheritdoc IUsageLedger
    function revokeGrant(uint256 grantId) external onlyModule(SCENE_GRANTS) {
        _grants[grantId].word = _grant(grantId).revoked(block.timestamp);
    }

    /// @inheritdoc IUsageLedger
    function closeGrant(uint256 grantId, bool keepsFloor) external onlyModule(SCENE_GRANTS) returns (GrantWord before) {
        before = _grant(grantId);
        require(!before.isClosed(), GrantIsClosed(grantId));
        _grants[grantId].word = before.closed(keepsFloor);
    }

    /// @inheritdoc IUsageLedger
    function grantOf(uint256 grantId) external view returns (Grant memory) {
        return _grant(grantId).unpack();
    }

    /// @inheritdoc IUsageLedger
    function wordOf(uint256 grantId) external view returns (GrantWord) {
        return _grant(grantId);
    }

    /// @inheritdoc IUsageLedger
    function deskOf(uint24 productionId) external view returns (Desk memory) {
        DeskWord desk = _desks[productionId];
        return Desk({
            reporter: desk.reporter(),
            cancelledAt: uint40(desk.cancelledAt()),
            reportDays: uint16(desk.reportSeconds() / 1 days),
            struckOnce: desk.struckOnce(),
            haltedOnce: desk.haltedOnce()
        });
    }

    /// @inheritdoc IUsageLedger
    function reportableUntil(uint256 grantId) external view returns (uint256) {
        GrantWord grant = _grant(grantId);
        return grant.expires() + _desks[grant.productionId()].reportSeconds();
    }

    /// @inheritdoc IUsageLedger
    function endedUnused(uint256 grantId) external view returns (bool) {
        GrantWord grant = _grant(grantId);
        if (grant.isUsed()) return false;
        if (grant.isRevoked()) return true;
        uint24 productionId = grant.productionId();
        uint256 cancelledAt = _desks[productionId].cancelledAt();
        uint256 revokedAt = LICENCES.licenceOf(licenceIdOf(productionId, grant.memberId())).revokedAt;
        uint256 expires = grant.expires();
        return (cancelledAt > 0 && cancelledAt <= grant.notBefore()) || (revokedAt > 0 && revokedAt < expires);
    }

    function _grant(uint256 grantId) private view returns (GrantWord grant) {
        grant = _grants[grantId].word;
        require(GrantWord.unwrap(grant) != 0, NoGrant(grantId));
    }

    /// @dev The grant and its desk, once the caller and the day of reporting were found right.
    function _reportable(uint256 grantId, GrantWord grant) private view returns (GrantWord, DeskWord desk) {
        require(GrantWord.unwrap(grant) != 0, NoGrant(grantId));
        desk = _desks[grant.productionId()];
        require(
            msg.sender == desk.reporter() || PRODUCTIONS.mayReport(grant.productionId(), msg.sender),
            NotAReporter(grant.productionId(), msg.sender)
        );
        require(!grant.isClosed(), GrantIsClosed(grantId));
        uint256 lastDay = grant.expires() + desk.reportSeconds();
        require(block.timestamp <= lastDay, ReportTooLate(grantId, lastDay));
        return (grant, desk);
    }

    /// @dev Checks one use, tells it, and moves the meter.
    function _meter(uint256 grantId, GrantWord grant, DeskWord desk, Use calldata use) private returns (GrantWord) {
        uint256 usedAt = use.usedAt;
        if (usedAt > block.timestamp || usedAt < grant.notBefore() || usedAt >= grant.expires()) {
            _refuseTime(grant, grantId, usedAt);
        }
        if (desk.isTroubled()) _checkHalts(grant, desk, usedAt);
        uint256 iterations = use.iterations;
        uint256 outputSeconds = use.outputSeconds;
        UseKind kind = use.kind;
        bytes32 outputHash = use.outputHash;
        require(iterations > 0 && outputHash != 0, EmptyUse());
        require(kind <= UseKind.PLACEMENT || grant.isActive(), PassiveGrant(grantId, kind));
        require(iterations <= grant.iterationsLeft(), IterationCapExceeded(grantId, iterations, grant.iterationsLeft()));
        require(outputSeconds <= grant.secondsLeft(), SecondsCapExceeded(grantId, outputSeconds, grant.secondsLeft()));
        uint256 meter = uint256(kind) | (usedAt << 8) | (iterations << 48) | (outputSeconds << 80);
        emit Used(grantId, uint112(meter), outputHash, use.promptCommitment, use.model);
        return grant.metered(iterations, outputSeconds);
    }

    function _refuseTime(GrantWord grant, uint256 grantId, uint256 usedAt) private view {
        uint40 expires = uint40(grant.expires());
        require(usedAt <= block.timestamp, UseInTheFuture(usedAt, block.timestamp));
        require(!grant.isRevoked() || usedAt < expires, GrantIsRevoked(grantId, usedAt, expires));
        revert OutsideWindow(grantId, usedAt, uint40(grant.notBefore()), expires);
    }

    /// @dev Asked only where something was ever halted.
    function _checkHalts(GrantWord grant, DeskWord desk, uint256 usedAt) private view {
        uint24 productionId = grant.productionId();
        uint256 cancelledAt = desk.cancelledAt();
        require(cancelledAt == 0 || usedAt < cancelledAt, UsedAfterCancellation(productionId, uint40(cancelledAt)));
        if (desk.struckOnce()) {
            require(!PRODUCTIONS.struckAt(productionId, usedAt), UsedDuringStrike(productionId, usedAt));
        }
        if (desk.haltedOnce()) LICENCES.requireNotHaltedAt(licenceIdOf(productionId, grant.memberId()), usedAt);
    }

    function _settle(uint256 grantId, GrantSlot storage slot, GrantWord grant, uint256 iterations) private {
        uint256 counted = PAYROLL.chargeIterations(
            grant.productionId(),
            grant.memberId(),
            grantId,
            grant.price(),
            iterations,
            grant.countedLeft(),
            grant.isBackground()
        );
        slot.word = grant.counted(counted);
    }
}
