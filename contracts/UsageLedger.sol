// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicences} from "./interfaces/ILicences.sol";
import {IPayroll} from "./interfaces/IPayroll.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IUsageLedger} from "./interfaces/IUsageLedger.sol";
import {AssetClass, ReplicaType, UseKind, licenceIdOf} from "./interfaces/Types.sol";
import {GrantWord} from "./lib/GrantWord.sol";

/// @title Usage of grants
contract UsageLedger is IUsageLedger {
    using GrantWord for Grant;
    using GrantWord for uint256;

    IProductions private immutable PRODUCTIONS;
    ILicences private immutable LICENCES;
    address private immutable SCENE_GRANTS;
    IPayroll private immutable PAYROLL;

    mapping(uint256 grantId => uint256 word) private _grants;
    mapping(uint24 productionId => Desk) private _desks;

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
        Grant memory grant = _reportable(use.grantId);
        _meter(grant, use);
        _settle(use.grantId, grant, use.iterations);
    }

    /// @inheritdoc IUsageLedger
    function recordBatch(Use[] calldata uses) external {
        uint256 i = 0;
        while (i < uses.length) {
            uint256 grantId = uses[i].grantId;
            Grant memory grant = _reportable(grantId);
            uint32 iterations = 0;
            for (; i < uses.length && uses[i].grantId == grantId; i++) {
                _meter(grant, uses[i]);
                iterations += uses[i].iterations;
            }
            _settle(grantId, grant, iterations);
        }
    }

    /// @inheritdoc IUsageLedger
    function openDesk(uint24 productionId, address reporter, uint16 reportDays)
        external
        onlyModule(address(PRODUCTIONS))
    {
        _desks[productionId] = Desk(reporter, 0, reportDays, false, false);
    }

    /// @inheritdoc IUsageLedger
    function setReporter(uint24 productionId, address reporter) external onlyModule(address(PRODUCTIONS)) {
        _desks[productionId].reporter = reporter;
    }

    /// @inheritdoc IUsageLedger
    function closeDesk(uint24 productionId) external onlyModule(address(PRODUCTIONS)) {
        _desks[productionId].cancelledAt = uint40(block.timestamp);
    }

    /// @inheritdoc IUsageLedger
    function noteStrike(uint24 productionId) external onlyModule(address(PRODUCTIONS)) {
        _desks[productionId].struckOnce = true;
    }

    /// @inheritdoc IUsageLedger
    function noteHalt(uint24 productionId) external onlyModule(address(LICENCES)) {
        _desks[productionId].haltedOnce = true;
    }

    /// @inheritdoc IUsageLedger
    function openGrant(uint256 grantId, Grant calldata grant) external onlyModule(SCENE_GRANTS) {
        _grants[grantId] = grant.pack();
    }

    /// @inheritdoc IUsageLedger
    function revokeGrant(uint256 grantId) external onlyModule(SCENE_GRANTS) {
        Grant memory grant = _grant(grantId);
        grant.revoked = true;
        if (grant.expires > block.timestamp) grant.expires = uint40(block.timestamp);
        _grants[grantId] = grant.pack();
    }

    /// @inheritdoc IUsageLedger
    function closeGrant(uint256 grantId) external onlyModule(SCENE_GRANTS) returns (Grant memory before) {
        before = _grant(grantId);
        Grant memory grant = _grant(grantId);
        grant.closed = true;
        grant.iterationsLeft = 0;
        grant.secondsLeft = 0;
        grant.countedLeft = 0;
        _grants[grantId] = grant.pack();
    }

    /// @inheritdoc IUsageLedger
    function grantOf(uint256 grantId) external view returns (Grant memory) {
        return _grant(grantId);
    }

    /// @inheritdoc IUsageLedger
    function deskOf(uint24 productionId) external view returns (Desk memory) {
        return _desks[productionId];
    }

    /// @inheritdoc IUsageLedger
    function reportableUntil(uint256 grantId) external view returns (uint256) {
        Grant memory grant = _grant(grantId);
        return grant.expires + uint256(_desks[grant.productionId].reportDays) * 1 days;
    }

    /// @inheritdoc IUsageLedger
    function endedUnused(uint256 grantId) external view returns (bool) {
        Grant memory grant = _grant(grantId);
        uint40 cancelledAt = _desks[grant.productionId].cancelledAt;
        return !grant.used && (grant.revoked || (cancelledAt > 0 && cancelledAt < grant.expires));
    }

    function _grant(uint256 grantId) private view returns (Grant memory) {
        uint256 word = _grants[grantId];
        require(word != 0, NoGrant(grantId));
        return word.unpack();
    }

    /// @dev The grant, once the caller and the day of reporting were found right.
    function _reportable(uint256 grantId) private view returns (Grant memory grant) {
        grant = _grant(grantId);
        Desk memory desk = _desks[grant.productionId];
        require(
            msg.sender == desk.reporter || PRODUCTIONS.mayReport(grant.productionId, msg.sender),
            NotAReporter(grant.productionId, msg.sender)
        );
        require(!grant.closed, GrantIsClosed(grantId));
        uint256 lastDay = grant.expires + uint256(desk.reportDays) * 1 days;
        require(block.timestamp <= lastDay, ReportTooLate(grantId, lastDay));
    }

    /// @dev Checks one use against the grant in memory, moves the meter and tells.
    function _meter(Grant memory grant, Use calldata use) private {
        uint256 usedAt = use.usedAt;
        require(use.iterations > 0 && use.outputHash != 0, EmptyUse());
        require(usedAt <= block.timestamp, UseInTheFuture(usedAt, block.timestamp));
        require(!grant.revoked || usedAt < grant.expires, GrantIsRevoked(use.grantId, usedAt, grant.expires));
        require(
            usedAt >= grant.notBefore && usedAt < grant.expires,
            OutsideWindow(use.grantId, usedAt, grant.notBefore, grant.expires)
        );
        require(
            grant.assetClass == AssetClass.ACTIVE || use.kind <= UseKind.PLACEMENT, PassiveGrant(use.grantId, use.kind)
        );
        require(
            use.iterations <= grant.iterationsLeft,
            IterationCapExceeded(use.grantId, use.iterations, grant.iterationsLeft)
        );
        require(
            use.outputSeconds <= grant.secondsLeft,
            SecondsCapExceeded(use.grantId, use.outputSeconds, grant.secondsLeft)
        );
        _checkHalts(grant, usedAt);
        grant.iterationsLeft -= use.iterations;
        grant.secondsLeft -= use.outputSeconds;
        grant.used = true;
        emit Used(
            use.grantId,
            use.kind,
            use.usedAt,
            use.iterations,
            use.outputSeconds,
            use.outputHash,
            use.promptCommitment,
            use.model
        );
    }

    /// @dev Costs nothing more than a warm read until something was ever halted.
    function _checkHalts(Grant memory grant, uint256 usedAt) private view {
        Desk memory desk = _desks[grant.productionId];
        require(
            desk.cancelledAt == 0 || usedAt < desk.cancelledAt,
            UsedAfterCancellation(grant.productionId, desk.cancelledAt)
        );
        if (desk.struckOnce) {
            require(
                !PRODUCTIONS.struckAt(grant.productionId, usedAt), UsedDuringStrike(grant.productionId, usedAt)
            );
        }
        if (desk.haltedOnce) LICENCES.requireNotHaltedAt(licenceIdOf(grant.productionId, grant.memberId), usedAt);
    }

    function _settle(uint256 grantId, Grant memory grant, uint32 iterations) private {
        uint64 counted = PAYROLL.chargeIterations(
            grant.productionId,
            grant.memberId,
            grantId,
            grant.price,
            iterations,
            grant.countedLeft,
            grant.replicaType == ReplicaType.BACKGROUND
        );
        grant.countedLeft -= counted;
        _grants[grantId] = grant.pack();
    }
}
