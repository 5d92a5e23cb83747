"""Takes states, distances and a contract; gives verdicts bound to digests, and the gate."""

from karat.verdicts.alarms import Alarm, Watch, alarm
from karat.verdicts.build import Build
from karat.verdicts.gate import Admission, admission, refuse_unless_admitted
from karat.verdicts.judging import JUDGE_VERSION, judge
from karat.verdicts.ledger import Ledger, record
from karat.verdicts.lineage import Link, links
from karat.verdicts.neighbours import days_after
from karat.verdicts.trial import Subject, current_golden, subject
from karat.verdicts.verdict import Finding, Outcome, Verdict, worst
from karat.verdicts.waiver import Standing, Waiver, against, waiver_for

__all__ = [
    "JUDGE_VERSION",
    "Admission",
    "Alarm",
    "Build",
    "Finding",
    "Ledger",
    "Link",
    "Outcome",
    "Standing",
    "Subject",
    "Verdict",
    "Waiver",
    "Watch",
    "admission",
    "against",
    "alarm",
    "current_golden",
    "days_after",
    "judge",
    "links",
    "record",
    "refuse_unless_admitted",
    "subject",
    "waiver_for",
    "worst",
]
