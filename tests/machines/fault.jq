# SPDX-License-Identifier: Apache-2.0
#
# What the answers of 'fault-guest' say: $healthy before, $now after; $verdict, $id and $fact are what
# the doctor has to find, $blind that skips need no cause. In front of it stands what 'host.sh' calls
# late.

def looks: map(select(.what == "look"));
def checks: (.answer.checks // [])[];
# What only took too long is this machine's, which is emulated, unless it is what has to be found.
def bad: [checks | select(.verdict == "fail" or .verdict == "warn") |
    select((late | not) or (.verdict == "fail" and .id == $id)) | "\(.verdict) \(.id)"];

# What the same one saw on the healthy host.
def before: (.who | sub("^other:"; "")) as $who | $healthy | looks | map(select(.who == $who))[0];
def new: bad - (before | bad);
def wanted: checks | select(.id == $id);

# Each check that passed and is skipped now says because of which, and that is the one, or another
# that is skipped for the same reason, or gave no answer in time.
def because($all):
    if . == $id then true
    elif . == null then false
    else . as $on | [$all[] | select(.id == $on)][0] |
        late or (.verdict == "skip" and (.skipped_because | . != $on and because($all)))
    end;
# What was to come after something that took too long.
def untried($all): (.why | startswith("was not tried")) and any($all[]; late);
def loose: if $blind then [] else
    [checks] as $all | [before | checks | select(.verdict == "pass") | .id] as $passed |
    [$all[] | select(.verdict == "skip" and (.id | IN($passed[])) and
        (late or untried($all) | not) and
        (.skipped_because | because($all) | not)) | "skip \(.id)"] end;

def evidence: [.evidence[] | "\(.source): \(.found) \(.wanted // "")"] | join("\n");

def found: ([looks[] | wanted | .verdict == $verdict] | length > 0 and all);
def exact: found and ([looks[] | new == ["\($verdict) \($id)"] and loose == [] and
    (wanted | evidence | contains($fact))] | all);
def nothing: ([looks[] | new == [] and loose == [] and (.answer.checks | length > 0)] |
    length > 0 and all);
# What a check says that passes.
def said: "\(.verdict): \(.why)\n\(evidence)";
def mentioned: [looks[] | wanted | select(.verdict != "skip") |
    .verdict == "pass" and (said | contains($fact))] | length > 0 and all;
def mention: [looks[] | wanted | said] | join("; ");
def others:
    [looks[] | "\(.who): " + ((new + loose) | join(", ")) +
        " with \"\([wanted | evidence] | join("\n"))\""] | join("; ");
# What each line that was told leads to first. A message is told once, whatever its numbers and names.
def certainty: if $verdict == "fail" then "confirmed" else "likely" end;
def explanation: [.[] | select(.what == "explain") | .answer][0] // { lines: 0, messages: [] };
def leads: .causes[0] | .check.id == $id and (.certainty == certainty or (.check | late));
def told: explanation.lines;
def explained: [explanation.messages[] | select(leads)] |
    group_by(.line) | map(map(.count) | max) | add // 0;
def unexplained: [explanation.messages | group_by(.line)[] | select(any(.[]; leads) | not) | .[] |
    "\(.text): " + ([.causes[] | "\(.certainty) \(.check.id)"] | join(", "))] | join("; ");
def late_count: [looks[] | checks | select(late)] +
    [explanation.messages[] | .causes[0].check // empty | select(late)] | length;
def fix: [looks[] | wanted | .fix[0] // empty][0] // "";
def remains:
    ([looks[] | new[] as $new | "\(.who): \($new)"] +
        [.[] | select(.what == "hello" or .what == "mend") | select(.status != 0) |
            "\(.what) exits \(.status)"]) | join("; ");
def mended: ([looks[] | new == [] and (.answer.checks | length > 0)] | length > 0 and all) and
    ([.[] | select(.what == "hello")] | length == 1 and .[0].status == 0);

# All of it at once, as NAME=VALUE, with a NUL after each.
$now | { found: found, exact: exact, nothing: nothing, mentioned: mentioned, mention: mention,
    others: others, told: told, explained: explained, unexplained: unexplained, late: late_count,
    fix: fix, remains: remains, mended: mended } | to_entries[] | "\(.key)=\(.value)\u0000"
