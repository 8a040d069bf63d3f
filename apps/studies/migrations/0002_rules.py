"""What only the database can hold: the order of states, what is fixed when, and who may write an answer."""

from django.db import migrations

from apps.core.refusals import Refuse
from apps.core.triggers import AppendOnly, CopyOf, ForbidUpdate

STEPS = (
    ("draft", "prepared"),
    ("prepared", "draft"),
    ("prepared", "locked"),
    ("locked", "open"),
    ("open", "closed"),
    ("closed", "open"),
    ("closed", "unblinded"),
)
NO_STEP = (
    'OLD."state" <> NEW."state" AND NOT ('
    + " OR ".join(f"(OLD.\"state\" = '{a}' AND NEW.\"state\" = '{b}')" for a, b in STEPS)
    + ")"
)
DESIGN_MOVES = (
    'OLD."state" <> \'draft\' AND (OLD."protocol" <> NEW."protocol" OR OLD."title" <> NEW."title" '
    'OR OLD."protocol_version" <> NEW."protocol_version" OR OLD."seed" <> NEW."seed" '
    'OR COALESCE(OLD."margin", -1) <> COALESCE(NEW."margin", -1))'
)
REPORTS_MOVE = (
    "OLD.\"state\" NOT IN ('draft', 'prepared') "
    'AND (OLD."audit" <> NEW."audit" OR OLD."draw_report" <> NEW."draw_report")'
)
DIGEST_MOVES = (
    'OLD."digest" <> NEW."digest" AND NOT (OLD."state" = \'prepared\' AND NEW."state" = \'locked\')'
)


def no_draft(row: str) -> str:
    return f'(SELECT s."state" FROM "studies_study" s WHERE s."id" = {row}."study_id") <> \'draft\''  # noqa: S608 - of ours


PICTURE_MOVES = (
    f'{no_draft("OLD")} AND (OLD."image_digest" <> NEW."image_digest" '
    'OR (OLD."image_key" <> NEW."image_key" AND NEW."image_key" <> \'\') '
    'OR (OLD."length" <> NEW."length" AND NEW."image_key" <> \'\'))'
)
CROP_MOVES = 'NEW."crop_id" IS NOT NULL AND (OLD."crop_id" IS NULL OR OLD."crop_id" <> NEW."crop_id")'
OF_A_DRAFT = (
    'EXISTS (SELECT 1 FROM "studies_study" s WHERE s."id" = OLD."study_id" AND s."state" = \'draft\')'
)
SLOT_OUT_OF_PLACE = (
    'NOT EXISTS (SELECT 1 FROM "studies_enrolment" e JOIN "studies_study" s ON s."id" = e."study_id" '
    'JOIN "studies_studycase" c ON c."study_id" = s."id" WHERE e."id" = NEW."enrolment_id" '
    'AND c."id" = NEW."case_id" AND s."state" IN (\'locked\', \'open\'))'
)
NOT_THE_READER = (
    'NOT EXISTS (SELECT 1 FROM "studies_slot" t JOIN "studies_enrolment" e ON e."id" = t."enrolment_id" '
    'JOIN "studies_study" s ON s."id" = e."study_id" WHERE t."id" = NEW."slot_id" '
    'AND e."reader_id" = NEW."author_id" AND e."withdrawn_at" IS NULL AND s."state" = \'open\')'
)
SKIPS = (
    'EXISTS (SELECT 1 FROM "studies_slot" t JOIN "studies_slot" b ON b."enrolment_id" = t."enrolment_id" '
    'AND b."position" < t."position" JOIN "studies_studycase" c ON c."id" = b."case_id" '
    'WHERE t."id" = NEW."slot_id" AND c."image_key" <> \'\' '
    'AND NOT EXISTS (SELECT 1 FROM "studies_reading" r WHERE r."slot_id" = b."id"))'
)
NOT_NEXT_REVISION = (
    'NEW."revision" <> (SELECT COUNT(*) FROM "studies_reading" r WHERE r."slot_id" = NEW."slot_id")'
)
OF_AN_ERASED_PERSON = (
    'EXISTS (SELECT 1 FROM "core_erasure" e WHERE e."row" = OLD."author_id" AND e."kind" = \'person\')'
)
DESIGN = "the design of a study is fixed"
READER = "only the reader of a slot of an open study writes to it"


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_erasing"),
        ("studies", "0001_initial"),
    ]

    operations = [
        Refuse(
            "studies_study",
            "INSERT",
            "begins_as_a_draft",
            "NEW.\"state\" <> 'draft'",
            "a study begins as a draft",
        ),
        Refuse("studies_study", "UPDATE", "one_step", NO_STEP, "a study takes no such step"),
        Refuse("studies_study", "UPDATE", "design_stays", DESIGN_MOVES, DESIGN),
        Refuse("studies_study", "UPDATE", "reports_stay", REPORTS_MOVE, DESIGN),
        Refuse("studies_study", "UPDATE", "digest_once", DIGEST_MOVES, "a study is named when it is locked"),
        Refuse("studies_study", "DELETE", "kept", "OLD.\"state\" <> 'draft'", "a study is kept"),
        ForbidUpdate("studies_study", ["project_id", "created_by_id"]),
        AppendOnly("studies_transition", delete_if=OF_A_DRAFT),
        ForbidUpdate("studies_unblindrequest", ["study_id", "who_id", "why"]),
        Refuse("studies_studycase", "INSERT", "new_in_drafts", no_draft("NEW"), DESIGN),
        Refuse("studies_studycase", "DELETE", "gone_in_drafts", no_draft("OLD"), DESIGN),
        Refuse("studies_studycase", "UPDATE", "picture_stays", PICTURE_MOVES, DESIGN),
        ForbidUpdate("studies_studycase", ["study_id", "code", "number", "practice", "control", "replicate"]),
        CopyOf("studies_casekey", "study_id", "case_id", "studies_studycase"),
        CopyOf("studies_casekey", "replicate", "case_id", "studies_studycase"),
        Refuse("studies_casekey", "INSERT", "new_in_drafts", no_draft("NEW"), DESIGN),
        Refuse("studies_casekey", "DELETE", "gone_in_drafts", no_draft("OLD"), DESIGN),
        Refuse("studies_casekey", "UPDATE", "crop_stays", CROP_MOVES, "a key is never changed"),
        ForbidUpdate(
            "studies_casekey",
            [
                "case_id",
                "study_id",
                "replicate",
                "first_id",
                "arm",
                "stratum",
                "origin",
                "generator_version",
                "intended_class",
            ],
        ),
        ForbidUpdate("studies_enrolment", ["study_id", "reader_id", "pseudonym"]),
        Refuse(
            "studies_enrolment",
            "UPDATE",
            "withdrawn_for_good",
            'OLD."withdrawn_at" IS NOT NULL AND NEW."withdrawn_at" IS NULL',
            "who has withdrawn stays so",
        ),
        Refuse(
            "studies_enrolment",
            "UPDATE",
            "one_order",
            'OLD."digest" <> \'\' AND OLD."digest" <> NEW."digest"',
            "a reader has one order",
        ),
        Refuse("studies_enrolment", "DELETE", "kept", no_draft("OLD"), "readers of a study are kept"),
        ForbidUpdate("studies_invitation", ["study_id", "token_hash"]),
        AppendOnly("studies_slot"),
        Refuse("studies_slot", "INSERT", "in_its_place", SLOT_OUT_OF_PLACE, "a slot is of a locked study"),
        AppendOnly("studies_viewing", forget=["screen"], forget_if=OF_AN_ERASED_PERSON),
        Refuse("studies_viewing", "INSERT", "by_its_reader", NOT_THE_READER, READER),
        AppendOnly("studies_reading"),
        Refuse("studies_reading", "INSERT", "by_its_reader", NOT_THE_READER, READER),
        Refuse("studies_reading", "INSERT", "in_order", SKIPS, "no image is skipped"),
        Refuse("studies_reading", "INSERT", "next_revision", NOT_NEXT_REVISION, "revisions have no gap"),
    ]
