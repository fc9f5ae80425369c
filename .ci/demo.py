"""What a newcomer does first, on a fresh clone: `make demo`, look around, move in an old page."""

from __future__ import annotations

import html
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLD_PAGES = ROOT.parent / "shared" / "seed"  # Real pages of the old site, where they are at hand.
OLD_ADDRESS = "/en/s/3224-8945-40486.html"
READER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36"


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


class Demo:
    def __init__(self, clone: Path) -> None:
        self.clone = clone
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.opener = urllib.request.build_opener(KeepRedirects)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("DJANGO")
        }

    def make(self) -> list[str]:
        return ["make", "demo", f"PORT={self.port}", "DEMO_PASSWORD=long-words-open-doors"]

    def start(self) -> float:
        """Seconds until the first page."""
        began = time.monotonic()
        # A group of its own, which Ctrl-C of a terminal would reach as a whole.
        self.process = subprocess.Popen(
            self.make(), cwd=self.clone, env=self.environment, start_new_session=True
        )
        while time.monotonic() - began < 600:
            if self.process.poll() is not None:
                sys.exit(f"make demo ended with {self.process.returncode}.")
            try:
                if self.get("/en/")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.2)
        sys.exit("make demo: no page after ten minutes.")

    def stop(self) -> None:
        """As Ctrl-C in a terminal does."""
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            sys.exit("Ctrl-C did not stop make demo.")

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, where it leads to, and the text."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"User-Agent": READER}
        )
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, "", answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location", ""), error.read().decode()

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [".venv/bin/python", "manage.py", *arguments],
            cwd=self.clone,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        expect(done.returncode == 0, f"manage.py {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout


def expect(fact: bool, otherwise: str) -> None:
    if not fact:
        sys.exit(f"Not as it should be: {otherwise}")


def look_around(demo: Demo) -> None:
    home = demo.get("/en/")[2]
    for path in ("/zh-hans/", "/en/news/", "/admin/login/", "/healthz"):
        expect(demo.get(path)[0] == 200, path)
    files = set(re.findall(r'"(/(?:static|media)/[^" ]+)"', home))
    expect(any(path.startswith("/media/") for path in files), "no picture on the home page")
    expect(any(path.endswith(".css") for path in files), "no style sheet on the home page")
    for path in files:
        expect(demo.get(path)[0] == 200, path)
    expect(demo.get("/en/nothing-here/")[0] == 404, "/en/nothing-here/")


def refuse_a_taken_port(demo: Demo) -> None:
    second = subprocess.run(
        demo.make(),
        cwd=demo.clone,
        env=demo.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    expect(second.returncode != 0, "two demos on one port")
    expect(f"Port {demo.port} is not free" in second.stderr, second.stderr)
    expect("Traceback" not in second.stderr, second.stderr)


def move_in(demo: Demo, page: Path, scratch: Path) -> None:
    addresses = scratch / "addresses.csv"
    addresses.write_text(f"{page.name},{OLD_ADDRESS}\n")
    command = ["import_legacy", str(page), "--language", "en", "--map", str(addresses)]
    print(demo.manage(*command), end="")
    status, address, _ = demo.get(OLD_ADDRESS)
    expect(status == 301, f"{OLD_ADDRESS} answers {status}")
    address = re.sub(r"^https?://[^/]+", "", address)
    article = shown(demo.get(address)[2])
    for paragraph in page.read_text(encoding="utf-8").split("\n\n")[2:-1]:
        expect(shown(paragraph) in article, f"missing on {address}: {paragraph}")
    title = page.read_text(encoding="utf-8").splitlines()[0]
    expect(shown(title) in article, f"no title on {address}")
    expect("2023-11-08" in article, f"no date on {address}")
    expect(hits(article) == 89, f"{hits(article)} hits: 88 carried over and this view are 89")
    demo.manage(*command)
    expect(hits(demo.get(address)[2]) == 90, "the next view is the 90th, after a second import too")
    demo.stop()
    seconds = demo.start()
    print(f"Started again in {seconds:.1f} s")
    expect(seconds < 30, "it takes too long to start again")
    expect(hits(demo.get(address)[2]) == 91, "a second make demo keeps articles and numbers")


def shown(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def hits(page: str) -> int:
    found = re.search(r"Browsing volume:\s*([\d,]+)\s*Hits", shown(page))
    return int(found[1].replace(",", "")) if found else -1


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="newsroom-clone-") as scratch:
        clone = Path(scratch) / "newsroom"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        demo = Demo(clone)
        print(f"Started in {demo.start():.1f} s")
        try:
            look_around(demo)
            refuse_a_taken_port(demo)
            if pages := sorted(OLD_PAGES.glob("*.txt")):
                move_in(demo, pages[0], Path(scratch))
            else:
                print("No pages of the old site here: nothing was moved in.")
        finally:
            demo.stop()
    print("The demo works.")


if __name__ == "__main__":
    main()
