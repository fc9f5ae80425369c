"""The image as `docker compose up` runs it: migrated, served, behind the proxy, and used."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from bench import postgresql
from tests import scratch
from tests.forms import Form, decide, messages, submit
from tests.ops.conftest import PASSWORD
from tests.ops.image import BASE, Image
from tests.ops.proxy import BEHIND, Proxy, Visitor
from tests.server import came_true, free_port
from tests.test_deployment import SERVICES

CREATE_STAFF = ("python", "manage.py", "createsuperuser", "--noinput", "--username=editor")


class Container:
    """What docker-compose.yml makes of the image: volumes, variables, a server at a port."""

    def __init__(self, image: Image, database: str) -> None:
        self.image, self.port = image, free_port()
        self.files = scratch.folder("volumes")
        self.volumes = {}
        for name in ("media", "backups", "releases"):
            path = self.files / name
            path.mkdir()
            path.chmod(0o777)
            self.volumes[path] = f"/srv/newsroom/{name}"
        self.variables = BEHIND | {"DATABASE_URL": database}

    def run(self, *command: str, **variables: str) -> str:
        process = self.start(*command, **variables)
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 0, said
        return said

    def start(self, *command: str, **variables: str) -> subprocess.Popen:
        return self.image.start(*command, volumes=self.volumes, **self.variables | variables)

    def answers(self) -> bool:
        request = Request(f"http://127.0.0.1:{self.port}/healthz", headers={"Host": "localhost"})
        try:
            return urlopen(request, timeout=5).status == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def image() -> Image:
    return Image()


@pytest.fixture(scope="module")
def container(image: Image) -> Iterator[Container]:
    with postgresql.running(scratch.folder("database"), free_port(), core=0) as address:
        yield Container(image, postgresql.create(address, "newsroom"))


def test_the_image_says_how_it_is_run(image):
    assert image.config["User"] == "newsroom"
    assert image.config["Cmd"][:3] == ["python", "-m", "haisum.serve"]
    assert image.config["Healthcheck"]["Test"][-1] == "haisum.probe"


def test_the_image_has_no_secret_no_data_and_no_tests(image):
    app = image.root / "app"
    assert {path.name for path in app.iterdir()} == {
        *("haisum", "manage.py", "news", "static", "templates")
    }
    assert not list((image.root / "srv/newsroom/media").iterdir())
    assert (image.root / "srv/newsroom/static/staticfiles.json").exists()
    assert not (image.root / "opt/venv/bin/pip").exists()
    assert not [name for name in image.config["Env"] if "KEY" in name or "PASSWORD" in name]


def test_it_has_the_tools_that_backups_are_made_with(container):
    assert re.search(r"\b18\.", container.run("pg_dump", "--version"))


def test_from_an_empty_database_to_a_counted_view(container, record_property):
    container.run(*SERVICES["migrate"]["command"])
    container.run(*SERVICES["static"]["command"])
    container.run(*CREATE_STAFF, "--email=editor@example.com", DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    began = time.monotonic()
    server = container.start("python", "-m", "haisum.serve", f"--port={container.port}")
    assert came_true(container.answers)
    record_property("seconds until it answers", round(time.monotonic() - began, 1))
    record_property("size", container.image.size())
    record_property("size of the base", container.image.size(BASE))
    try:
        files = {"media": container.files / "media", "static": container.files / "releases"}
        with Proxy(container.port, **files) as proxy:
            use(Visitor(proxy), Visitor(proxy))
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0, server.stdout.read()


def use(editor: Visitor, reader: Visitor) -> None:
    """Sign in, write, publish; read, and see the number move."""
    submit(editor, "/admin/login/", "login-form", username="editor", password=PASSWORD)
    category = submit(
        editor, "/admin/news/category/add/", "category_form", name="Projects", language="en"
    )
    assert "was added successfully" in messages(category)[0]
    form = Form(editor.get("/admin/news/article/add/"), "article_form")
    typed = {"title": "The harbour opens", "body": "<p>Today.</p>", "category": "1"}
    editor.post("/admin/news/article/add/", form.data | typed)
    assert "was published" in messages(decide(editor, 1, "publish"))[0]
    home = reader.get("/en/").text
    sheet = re.search(r'"(/static/css/base\.[0-9a-f]+\.css)"', home)
    assert reader.get(sheet[1]).status == 200
    address = re.search(r'"(/en/news/1/[^"]*)"', home)[1]
    numbers = [hits(reader.get(address).text) for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert reader.get("/admin/").status == 200
    assert "The harbour opens" not in reader.get("/admin/").text


def hits(page: str) -> int:
    return int(re.search(r'facts-number">(\d+)<', page)[1])
