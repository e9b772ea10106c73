# SPDX-License-Identifier: MIT
"""What the program says of itself: --help, the manual pages and bash's completion agree, and roff
finds nothing wrong. Prints TAP."""

import os
import re
import shutil
import subprocess

import nodes
from nodes import expect

SOURCE = os.environ.get("srcdir", ".")
PAGES = [os.path.join(nodes.BUILD, "man", "bitcraps.1"),
         os.path.join(nodes.BUILD, "man", "bitcraps-strategies.5"),
         os.path.join(SOURCE, "man", "bitcrapsd.8"),
         os.path.join(SOURCE, "man", "libbitcraps.3")]
SCRIPT = os.path.join(nodes.BUILD, "man", "completion", "bitcraps")
SOLO = nodes.Node("solo")
ALONE = {"odds", "simulate", "strategies", "verify", "version"}  # They never ask a daemon.


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def said_by(*words):
    ran = subprocess.run([nodes.CLIENT, *words], capture_output=True, text=True, check=False,
                         timeout=nodes.DEADLINE_SEC)
    expect(ran.returncode == 0 and ran.stderr == "", f"{words}: {ran}")
    return ran.stdout


def completed(*words, state=None):
    """What bash would offer for the last of the words."""
    ask = ('source "$0"; program=$1; shift; COMP_WORDS=(bitcraps "$@"); COMP_CWORD=$#; '
           '_bitcraps "$program" "${!#}"; printf "%s\\n" "${COMPREPLY[@]}"')
    ran = subprocess.run(["bash", "-c", ask, SCRIPT, os.path.abspath(nodes.CLIENT), *words],
                         capture_output=True, text=True, check=False, cwd=nodes.FOLDER,
                         timeout=nodes.DEADLINE_SEC,
                         env={**os.environ, "BITCRAPS_STATE": state or nodes.FOLDER + "/none"})
    expect(ran.returncode == 0 and ran.stderr == "", f"{words}: {ran}")
    return ran.stdout.split()


def commands():
    """Names of one or two words, as --help lists them."""
    names = [line.split() for line in said_by("--help").splitlines() if line.startswith("  ")]
    return [words[0] + " " + words[1] if words[0] in ("table", "half", "key") else words[0]
            for words in names]


# ---- The tests ------------------------------------------------------------------------------------

def the_page_tells_what_help_tells():
    page = text_of(PAGES[0]).replace("\\-", "-").replace("\\(aq", "'")
    sections = {part.split('"')[0].rstrip("\n"): part for part in page.split('.SS "bitcraps ')}
    expect(len(commands()) > 30, f"{commands()}")
    for name in commands():
        section, = [text for title, text in sections.items()
                    if re.match(re.escape(name) + r"( [^a-z].*)?$", title)]
        told = said_by(*name.split(), "--help")
        options = set(re.findall(r"^  --([a-z-]+)", told, re.M))
        expect(options - {"help", "state"} == set(re.findall(r"\\fB--([a-z-]+)", section)),
               f"{name}: {options} but {section}")
        expect("help" in options, f"{name} --help does not tell of --help")
        expect(("state" in options) == (name not in ALONE), f"{name} --help: --state")
    expect("@" not in page, "something was not filled in")


def roff_finds_nothing_wrong():
    if not shutil.which("groff"):
        print("# groff is not installed: only the pages' shape was looked at")
    for path in PAGES:
        page = text_of(path)
        for heading in (".TH ", ".SH NAME", '.SH "SEE ALSO"'):
            expect(page.count(heading) == 1, f"{path}: {heading}")
        if shutil.which("groff"):
            ran = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-z", path], check=False,
                                 capture_output=True, text=True, timeout=nodes.DEADLINE_SEC)
            expect(ran.returncode == 0 and ran.stderr == "", ran.stderr)


def the_language_is_told_whole():
    page, text = text_of(PAGES[1]), text_of(os.path.join(SOURCE, "strategies", "README.md"))
    expect(page.count(".SH") == text.count("\n## ") + 3, "sections are missing")
    rows = len(re.findall(r"^\| ", text, re.M)) - 2 * text.count("\n| --- ")
    expect(page.count("\n.TP\n") == rows, f"{page.count('.TP')} rows, not {rows}")
    expect(page.count("\n.EX\n") == page.count("\n.EE\n") == text.count("\n```\n") // 2, "code")
    expect("`" not in page and "**" not in page, "marks of the other format are left")


def the_shell_completes_by_the_same_table():
    expect(said_by("--completion", "bash") == text_of(SCRIPT), "the installed script is another")
    first = completed("")
    for name in commands():
        words = name.split()
        expect(words[0] in first and words[-1] in completed(*words), name)
        expect(len(words) == 1 or words[1] in completed(words[0], ""), name)
        told = set(re.findall(r"^  (--[a-z-]+)", said_by(*words, "--help"), re.M))
        expect(set(completed(*words, "--")) == told, f"{name}: {completed(*words, '--')}")
    expect(completed("rules", "--preset", "v") == ["vegas-345"], "presets")
    expect(completed("rules", "--preset", "=", "cra") == ["crapless", "crapssim"], "with =")
    expect(completed("odds", "--house", "bar") == ["bar="], "settings")
    expect("pass-line" in completed("simulate", "--house", "bar", "=", "2", ""), "strategies")
    expect(completed("bot", "3-point-m") == ["3-point-molly"], "strategies for bots")
    expect(completed("doctor", "adapter", "ro") == ["roles"], "checks")
    expect({"dont", "place", "hard"} <= set(completed("bet", "")), "bets")
    expect(completed("bet", "place", "1") == ["10", "11", "12"], "numbers of bets")
    expect(completed("bet", "place", "6", "1") == [], "something for chips")
    expect(completed("nosuch", "") == completed("ledger", "--nosuch") == [], "for nonsense")
    with open(os.path.join(nodes.FOLDER, "fridays.craps"), "w", encoding="utf-8"):
        pass
    expect(completed("verify", "fri") == ["fridays.craps"], "files")
    expect(completed("simulate", "f") == ["fibonacci", "fire", "fridays.craps"], "both")
    ran = SOLO.client("--completion", "fish")
    expect(ran.returncode == 2 and "try bash" in ran.stderr, f"{ran}")


def tables_are_asked_of_the_daemon():
    expect(completed("table", "show", "", state=SOLO.state) == [], "tables without a daemon")
    SOLO.start()
    SOLO.json("table", "new", "--name", "friday", "--seats", "2")
    SOLO.json("table", "new", "--name", "old friends; no rush", "--seats", "2")
    offered = completed("table", "show", "", state=SOLO.state)
    expect(len(offered) == 2 and "friday" in offered, f"{offered}")
    other, = set(offered) - {"friday"}
    expect(SOLO.json("table", "show", other)["name"] == "old friends; no rush", other)
    expect(completed("--state", SOLO.state, "bet", "--table", "fr") == ["friday"], "an option's")
    expect(set(completed("rules", "", state=SOLO.state)) > {"friday", "casino"}, "tables, presets")
    expect(completed("export", "friday", "fri") == ["fridays.craps"], "the second argument")
    expect(SOLO.stop() == 0, "it does not stop in order")


nodes.run([
    the_page_tells_what_help_tells,
    roff_finds_nothing_wrong,
    the_language_is_told_whole,
    the_shell_completes_by_the_same_table,
    tables_are_asked_of_the_daemon,
], [SOLO])
