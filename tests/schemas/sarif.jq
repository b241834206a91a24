# SPDX-License-Identifier: Apache-2.0
# What SARIF 2.1.0 (OASIS, 2020) demands of the properties we write: their types, the words of
# enumerations, indexes that lead to what they name, and no property that it does not know.
def only($names): (keys_unsorted - $names) == [];
def is_message: type == "object" and only(["text"]) and (.text | type == "string" and length > 0);
def is_location:
    only(["physicalLocation", "logicalLocations", "message"]) and (.message | is_message)
    and (.logicalLocations | type == "array" and all(.[];
        only(["fullyQualifiedName", "kind"]) and (.fullyQualifiedName | type == "string")))
    and (.physicalLocation == null or (.physicalLocation | only(["artifactLocation", "region"])
        and (.artifactLocation | only(["uri"]) and (.uri | test("^file:///[A-Za-z0-9._~/@+=,%-]*$")))
        and (.region == null or (.region.startLine | type == "number" and . >= 1))));
.version == "2.1.0" and only(["$schema", "version", "runs"])
and (.runs | type == "array" and length == 1)
and (.runs[0] as $run | $run
    | only(["tool", "invocations", "results"])
    and (.tool.driver | only(["name", "version", "rules"]) and .name == "rpod-doctor"
        and (.rules | length > 0 and (map(.id) | unique | length) == length and all(.[];
            only(["id", "shortDescription", "help"]) and (.shortDescription | is_message)
            and (.help | is_message))))
    and (.invocations | length == 1 and all(.[];
        only(["executionSuccessful", "exitCode", "startTimeUtc", "machine", "properties"])
        and (.executionSuccessful | type == "boolean") and (.exitCode | type == "number")
        and (.startTimeUtc | test("^[0-9-]{10}T[0-9:]{8}Z$"))))
    and (.results | type == "array" and all(.[];
        only(["ruleId", "ruleIndex", "level", "message", "locations", "suppressions", "properties"])
        and (.level | IN("none", "note", "warning", "error"))
        and $run.tool.driver.rules[.ruleIndex].id == .ruleId
        and (.message | is_message)
        and (.locations | type == "array" and all(.[]; is_location))
        and (.suppressions == null or (.suppressions | all(.[];
            (.kind | IN("inSource", "external")) and (.justification | type == "string")))))))
