// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IHumanAuditCredits} from "../interfaces/IHumanAuditCredits.sol";

/// @title The label of a human-audit credit: an SVG image, and the JSON around it
/// @dev A linked library, because the contract has to fit the code size limit. All that comes from outside is numbers and addresses, but for the rules' URI, which is escaped for where it
/// stands.
library CreditLabel {
    using Strings for address;
    using Strings for uint256;

    uint256 private constant DEPARTMENTS = 6;
    uint256 private constant FIRST_ROW = 176;
    uint256 private constant ROW = 26;

    /// @notice The image.
    function svg(uint32 creditId, IHumanAuditCredits.Credit calldata c, string calldata uri)
        external
        view
        returns (string memory)
    {
        return _svg(creditId, c, uri);
    }

    /// @notice The token's metadata as a data URI.
    function json(uint32 creditId, IHumanAuditCredits.Credit calldata c, string calldata uri)
        external
        view
        returns (string memory)
    {
        string memory text = string.concat(
            "{\"name\":\"Human-audit credit ",
            uint256(creditId).toString(),
            "\",\"description\":\"Works led by people and by machines, counted by department under published rules.\",\"external_url\":\"",
            Strings.escapeJSON(uri),
            "\",\"image\":\"data:image/svg+xml;base64,",
            Base64.encode(bytes(_svg(creditId, c, uri))),
            "\",\"attributes\":[",
            _attributes(c),
            "]}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(bytes(text)));
    }

    function _svg(uint32 creditId, IHumanAuditCredits.Credit memory c, string memory uri)
        private
        view
        returns (string memory)
    {
        return string.concat(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 480 430' width='480' height='430' font-family='sans-serif' font-size='15'>",
            "<title>Human-audit credit ",
            uint256(creditId).toString(),
            "</title><desc>Rules: ",
            _escaped(uri),
            "</desc>",
            _head(creditId, c),
            _rows(c),
            _foot(c),
            "</svg>"
        );
    }

    /// @dev Text as it may stand in XML, in an element or an attribute.
    function _escaped(string memory text) private pure returns (string memory) {
        bytes memory given = bytes(text);
        uint256 length = 0;
        for (uint256 i = 0; i < given.length; i++) {
            length += _entity(given[i]).length;
        }
        bytes memory out = new bytes(length);
        uint256 end = 0;
        for (uint256 i = 0; i < given.length; i++) {
            bytes memory part = _entity(given[i]);
            for (uint256 j = 0; j < part.length; j++) {
                out[end++] = part[j];
            }
        }
        return string(out);
    }

    function _head(uint32 creditId, IHumanAuditCredits.Credit memory c) private pure returns (string memory) {
        return string.concat(
            "<rect width='480' height='430' rx='12' fill='#fff' stroke='#222'/><path d='M0 12A12 12 0 0 1 12 0H468A12 12 0 0 1 480 12V88H0Z' fill='",
            _colour(c.state),
            "'/><g fill='#fff'><text x='24' y='38' font-size='22'>Human-audit credit</text><text x='24' y='68'>Production ",
            uint256(c.productionId).toString(),
            "</text><text x='456' y='38' text-anchor='end' font-size='22'>",
            _name(c.state),
            "</text><text x='456' y='68' text-anchor='end'>Credit ",
            uint256(creditId).toString(),
            "</text></g><text x='24' y='112' font-size='13'>",
            _remark(c),
            "</text><g font-size='13'><text x='24' y='144'>Works counted</text><text x='340' y='144' text-anchor='end'>human-led</text><text x='456' y='144' text-anchor='end'>machine-led</text></g><path d='M24 154H456' stroke='#222'/>"
        );
    }

    function _rows(IHumanAuditCredits.Credit memory c) private pure returns (string memory rows) {
        uint32[DEPARTMENTS] memory human = _counts(c.humanLed);
        uint32[DEPARTMENTS] memory machine = _counts(c.machineLed);
        for (uint256 d = 0; d < DEPARTMENTS; d++) {
            string memory y = (FIRST_ROW + d * ROW).toString();
            rows = string.concat(
                rows,
                "<text x='24' y='",
                y,
                "'>",
                _department(d),
                "</text><text x='340' y='",
                y,
                "' text-anchor='end'>",
                uint256(human[d]).toString(),
                "</text><text x='456' y='",
                y,
                "' text-anchor='end'>",
                uint256(machine[d]).toString(),
                "</text>"
            );
        }
    }

    function _foot(IHumanAuditCredits.Credit memory c) private view returns (string memory) {
        return string.concat(
            "<path d='M24 326H456' stroke='#222'/><g font-size='12'><text x='24' y='350'>Counted up to block ",
            uint256(c.asOfBlock).toString(),
            " of chain ",
            block.chainid.toString(),
            ", under rules version ",
            uint256(c.rulesVersion).toString(),
            "</text><text x='24' y='374'>Auditor ",
            c.auditor.toChecksumHexString(),
            "</text><text x='24' y='398'>Contract ",
            address(this).toChecksumHexString(),
            "</text></g>"
        );
    }

    /// @dev What became of it, in words.
    function _remark(IHumanAuditCredits.Credit memory c) private pure returns (string memory remark) {
        string memory successor = uint256(c.correctedBy).toString();
        if (c.state == IHumanAuditCredits.State.SUPERSEDED) {
            return string.concat("Superseded: see credit ", successor, ".");
        }
        remark = "Issued after its challenge period.";
        if (c.state == IHumanAuditCredits.State.ATTESTED) remark = "Attested, not yet issued.";
        if (c.state == IHumanAuditCredits.State.REVOKED) remark = "Revoked: it says nothing any more.";
        if (c.state == IHumanAuditCredits.State.CHALLENGED) {
            remark = string.concat("Not issued. Open challenges: ", uint256(c.openChallenges).toString(), ".");
        }
        if (c.corrects > 0) remark = string.concat(remark, " Follows credit ", uint256(c.corrects).toString(), ".");
        if (c.correctedBy > 0) remark = string.concat(remark, " Correction attested: credit ", successor, ".");
    }

    function _attributes(IHumanAuditCredits.Credit memory c) private pure returns (string memory list) {
        uint32[DEPARTMENTS] memory human = _counts(c.humanLed);
        uint32[DEPARTMENTS] memory machine = _counts(c.machineLed);
        list = string.concat(
            "{\"trait_type\":\"State\",\"value\":\"",
            _name(c.state),
            "\"}",
            _number("Production", c.productionId),
            _number("As of block", c.asOfBlock),
            _number("Rules version", c.rulesVersion)
        );
        for (uint256 d = 0; d < DEPARTMENTS; d++) {
            string memory name = _department(d);
            list = string.concat(
                list,
                _number(string.concat(name, ", human-led"), human[d]),
                _number(string.concat(name, ", machine-led"), machine[d])
            );
        }
    }

    function _number(string memory trait, uint256 value) private pure returns (string memory) {
        return string.concat(",{\"trait_type\":\"", trait, "\",\"value\":", value.toString(), "}");
    }

    function _counts(IHumanAuditCredits.Departments memory d) private pure returns (uint32[DEPARTMENTS] memory) {
        return [d.writing, d.performance, d.design, d.editing, d.musicAndSound, d.visualEffects];
    }

    function _department(uint256 department) private pure returns (string memory) {
        if (department == 0) return "Writing";
        if (department == 1) return "Performance";
        if (department == 2) return "Design";
        if (department == 3) return "Editing";
        return department == 4 ? "Music and sound" : "Visual effects";
    }

    function _name(IHumanAuditCredits.State state) private pure returns (string memory) {
        if (state == IHumanAuditCredits.State.ATTESTED) return "ATTESTED";
        if (state == IHumanAuditCredits.State.CHALLENGED) return "CHALLENGED";
        if (state == IHumanAuditCredits.State.ISSUED) return "ISSUED";
        return state == IHumanAuditCredits.State.SUPERSEDED ? "SUPERSEDED" : "REVOKED";
    }

    /// @dev Green only while it stands.
    function _colour(IHumanAuditCredits.State state) private pure returns (string memory) {
        if (state == IHumanAuditCredits.State.ISSUED) return "#1b5e20";
        if (state == IHumanAuditCredits.State.REVOKED) return "#8e1b1b";
        return state == IHumanAuditCredits.State.SUPERSEDED ? "#555" : "#7a4b00";
    }

    function _entity(bytes1 char) private pure returns (bytes memory) {
        if (char == "&") return "&amp;";
        if (char == "<") return "&lt;";
        if (char == ">") return "&gt;";
        if (char == "\"") return "&quot;";
        if (char == "'") return "&#39;";
        return abi.encodePacked(char);
    }
}
