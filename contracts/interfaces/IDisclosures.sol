// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Disclosures of machine-made material
/// @notice A studio says so when what it gives a member to work from was made by a machine. The member acknowledges or
/// contests by signature, and can report material that was not disclosed.
interface IDisclosures {
    /// @notice What the material is to the member. The first two are script work.
    enum Kind {
        BEAT_SHEET,
        DRAFT,
        STORYBOARD,
        DESIGN,
        PERFORMANCE_REFERENCE
    }

    /// @notice What the member said to a disclosure.
    enum Reply {
        NONE,
        ACKNOWLEDGED,
        CONTESTED
    }

    /// @param workStarts When the work begins for which the material is a baseline, seconds.
    /// @param materialHash Salted commitment to the material. It tells nothing to who has neither it nor its salt.
    /// @param modelHash The model that made it.
    struct Disclosure {
        uint24 productionId;
        Kind kind;
        uint40 workStarts;
        bytes32 materialHash;
        bytes32 modelHash;
    }

    /// @notice What a member signs: I was told that this material is machine-made. It agrees to nothing else.
    struct Acknowledgement {
        uint24 productionId;
        uint24 memberId;
        Kind kind;
        bytes32 materialHash;
        uint256 deadline;
    }

    /// @notice What a member signs: this disclosure is wrong.
    /// @param reasonHash Salted commitment to the member's reason.
    struct Contest {
        uint24 productionId;
        uint24 memberId;
        Kind kind;
        bytes32 materialHash;
        bytes32 reasonHash;
        uint256 deadline;
    }

    /// @notice What a member signs: I was given this as a baseline, and nobody disclosed it.
    struct Report {
        uint24 productionId;
        uint24 memberId;
        Kind kind;
        bytes32 materialHash;
        uint256 deadline;
    }

    /// @notice What is known of one material given to one member. A time that is 0 has not come.
    /// @param repliedAt When the member acknowledged or contested.
    /// @param reportedAt When the member reported it; it stays, whatever the studio says to it.
    /// @param answeredAt When the studio answered the report with evidence.
    struct State {
        uint40 disclosedAt;
        uint40 workStarts;
        uint40 repliedAt;
        uint40 reportedAt;
        uint40 answeredAt;
        Kind kind;
        Reply reply;
    }

    /// @param terms Packed, from the low end: kind 8 bits, workStarts 40, late 8, reported 8. `late` is 1 when the work
    /// had begun or the member had reported the material, `reported` 1 when it answers that report.
    event Disclosed(
        uint24 indexed productionId, uint24 indexed memberId, bytes32 materialHash, bytes32 modelHash, uint64 terms
    );
    event DisclosureAcknowledged(uint24 indexed productionId, uint24 indexed memberId, bytes32 materialHash);
    event DisclosureContested(
        uint24 indexed productionId, uint24 indexed memberId, bytes32 materialHash, bytes32 reasonHash
    );
    event UndisclosedReported(uint24 indexed productionId, uint24 indexed memberId, bytes32 materialHash, Kind kind);
    event ReportAnswered(
        uint24 indexed productionId, uint24 indexed memberId, bytes32 materialHash, bytes32 evidenceHash
    );

    /// @notice Only the studio and its reporters disclose for a production. Send it from one of their keys.
    error NotADiscloser(uint24 productionId, address caller);

    /// @notice A disclosure is to somebody. Name at least one member.
    error NoRecipients();

    /// @notice A hash is missing. Give it.
    error MissingHash();

    /// @notice The start of the work is missing. Say when the member begins to work from the material.
    error MissingStart();

    /// @notice This material was disclosed to this member already, at the time given. There is nothing left to do.
    error AlreadyDisclosed(uint24 memberId, bytes32 materialHash, uint40 disclosedAt);

    /// @notice Nothing like this was disclosed to this member. Check production, member, kind and hash; report material
    /// that nobody disclosed.
    error NotDisclosed(uint24 productionId, uint24 memberId, Kind kind, bytes32 materialHash);

    /// @notice The member replied to this disclosure already, at the time given. One reply is final.
    error AlreadyReplied(Reply reply, uint40 repliedAt);

    /// @notice The member reported this material already, at the time given. One report is enough.
    error AlreadyReported(uint40 reportedAt);

    /// @notice The member did not report this material. There is nothing to answer.
    error NotReported(uint24 productionId, uint24 memberId, bytes32 materialHash);

    /// @notice The report was answered already, at the time given. The studio may still disclose the material.
    error AlreadyAnswered(uint40 answeredAt);

    /// @notice The deadline that the member signed has passed. Ask for a new signature.
    error StatementExpired(uint256 deadline, uint256 nowSeconds);

    /// @notice Discloses machine-made material to the members who are given it. Only the studio or a reporter. Script
    /// work needs a writers' room that is large enough, unless a member reported the material: then it was given
    /// already. After the work's start it is still taken, as late.
    function disclose(Disclosure calldata disclosure, uint24[] calldata memberIds) external;

    /// @notice Takes the member's acknowledgement. Anyone relays it.
    function acknowledge(Acknowledgement calldata statement, bytes calldata signature) external;

    /// @notice Takes the member's objection. Anyone relays it.
    function contest(Contest calldata statement, bytes calldata signature) external;

    /// @notice Takes a member's report of material that was not disclosed. Anyone relays it.
    function reportUndisclosed(Report calldata statement, bytes calldata signature) external;

    /// @notice Answers a report with evidence, such as that no machine made the material. Only the studio or a reporter.
    /// The other answer is to disclose the same material.
    function answerReport(uint24 productionId, uint24 memberId, bytes32 materialHash, bytes32 evidenceHash) external;

    /// @notice What is known of one material given to one member.
    function stateOf(uint24 productionId, uint24 memberId, bytes32 materialHash) external view returns (State memory);
}
