"""What django-migration-linter and a few rules of our own find in the migrations: part of CI."""

from __future__ import annotations

import os
import re
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import PostgresqlAnalyser
from django_migration_linter.sql_analyser.base import Check, CheckMode, CheckType

# What is found and meant, with its reason. A migration after the first release has none but that
# its table is known to stay small, or that no release which may still run uses what goes.
ACCEPTED: dict[str, set[str]] = {
    # A partial index of what is worked on; before the first release no site had many articles.
    "0003_desk": {"CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE"},
    # Categories and tags: hundreds of rows, milliseconds. Their new columns are all empty.
    "0007_term_pairs": {"ADD_UNIQUE", "CREATE_INDEX", "CREATE_INDEX_EXCLUSIVE"},
}


def adds_validated(kind: str):
    """Tells of a constraint that every row of a table in use is read for, while it is locked."""

    def found(statements: list[str], **_) -> bool:
        made = re.findall(r'CREATE TABLE ("\w+")', "\n".join(statements))
        adds = re.compile(rf'ALTER TABLE ("\w+") ADD (?:CONSTRAINT|COLUMN) .*{kind}')
        added = [match[1] for statement in statements if (match := adds.match(statement))]
        return any(table not in made for table in added)

    return found


class Analyser(PostgresqlAnalyser):
    migration_checks = [
        *PostgresqlAnalyser.migration_checks,
        *(
            Check(
                code=code,
                fn=adds_validated(kind),
                message=f"{code} reads a table in use while it is locked; add it NOT VALID",
                mode=CheckMode.TRANSACTION,
                type=CheckType.ERROR,
            )
            for code, kind in {
                "ADD_CHECK": r"\bCHECK \((?!.*NOT VALID)",
                "ADD_FOREIGN_KEY": r"FOREIGN KEY(?!.*NOT VALID)",
            }.items()
        ),
    ]


def findings(name: str, capsys: pytest.CaptureFixture, accepted: set[str] = frozenset()) -> str:
    linter = MigrationLinter(no_cache=True, all_warnings_as_errors=True)
    linter.sql_analyser_class = Analyser
    linter.exclude_migration_tests = accepted
    linter.lint_migration(linter.migration_loader.disk_migrations["news", name])
    said = capsys.readouterr().out
    assert linter.has_errors == ("ERR" in said)
    return said if linter.has_errors else ""


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    """Only asked, and in no transaction, which some of the SQL would refuse to be made in."""
    with django_db_blocker.unblock():
        yield
        connection.close()


def names() -> list[str]:
    loader = MigrationLoader(None)
    return sorted(name for app, name in loader.disk_migrations if app == "news")


if os.environ.get("TEST_DATABASE") == "postgresql":

    @pytest.mark.parametrize("name", names()[1:])  # Before the first there is nobody to disturb.
    def test_no_migration_disturbs_a_site_in_use(name, capsys, database):
        assert not findings(name, capsys, ACCEPTED.get(name, frozenset()))

    @pytest.mark.parametrize("name", ACCEPTED)
    def test_nothing_is_accepted_that_is_not_there(name, capsys, database):
        for code in ACCEPTED[name]:
            assert findings(name, capsys, ACCEPTED[name] - {code}), code

    def test_safe_ones_pass(settings, capsys, database):
        settings.MIGRATION_MODULES = {"news": "tests.data.nextrelease"}
        for name in ("9001_expand", "9002_backfill", "9003_index"):
            assert not findings(name, capsys)

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("9004_rename", ["RENAMING columns"]),
            (
                "9006_unsafe",
                [
                    "NOT NULL constraint on columns",
                    "DROPPING columns",
                    "CREATE INDEX locks table",
                    "ADDING unique constraint",
                    "ADD_CHECK reads a table in use",
                    "ADD_FOREIGN_KEY reads a table in use",
                    "ALTERING columns",
                    "not reversible",
                ],
            ),
        ],
    )
    def test_unsafe_ones_are_refused(name, words, settings, capsys, database):
        settings.MIGRATION_MODULES = {"news": "tests.data.nextrelease"}
        said = findings(name, capsys)
        assert not [word for word in words if word not in said], said


# --- Rules of our own, for every database ---


def test_what_is_not_one_transaction_is_one_operation():
    """Broken off after its first operation, it could neither go on nor back."""
    for name in names():
        migration = import_module(f"news.migrations.{name}").Migration
        assert migration.atomic or len(migration.operations) == 1, name


@pytest.mark.django_db
def test_columns_that_were_added_have_a_default_for_the_release_before():
    """Whose code goes on writing rows, and does not know them."""
    loader = MigrationLoader(connection)
    for name in names()[1:]:
        before = loader.project_state([("news", name)], at_end=False)
        after = loader.project_state([("news", name)])
        for key in before.models.keys() & after.models.keys():
            columns = after.models[key].fields
            for field in columns.keys() - before.models[key].fields.keys():
                column = columns[field]
                assert column.null or column.many_to_many or column.has_db_default(), (name, field)
